"""What goes into a burn-down and what comes out of it: uses, and the ledger that says which grant covered which use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from usance.credits.grant import Kept
from usance.kernel.amount import ZERO

_NO_BALANCES: Mapping[str, Decimal] = {}
_NO_KEPT: Mapping[str, Kept] = {}


@dataclass(frozen=True, slots=True)
class Use:
    """Units used at an instant; negative for a correction.

    What nothing covers waits for a grant that is given before `waits_until`, the end of the billing period (None:
    for ever), and is overage from then on. A correction gives back what the same `consumer` used before it in the same
    period.
    """

    ref: str
    """What was used: an event, or a period of an item."""
    at: datetime
    amount: Decimal
    waits_until: datetime | None = None
    consumer: str = ""
    """Whose use it is, an item for example."""

    def waits_at(self, instant: datetime) -> bool:
        """Whether a grant that is given at an instant may still cover it."""
        return self.waits_until is None or instant < self.waits_until


@dataclass(frozen=True, slots=True)
class Given:
    """Units that a grant was given: its amount, and what a minimum of its rollover adds to the rest."""

    grant: str
    at: datetime
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Draw:
    """Units of a grant that covered a use; negative where a correction gave them back."""

    grant: str
    ref: str
    at: datetime
    """When it was covered: later than the use where that had waited."""
    amount: Decimal


Reason = Literal["expired", "voided", "given_again", "reset", "returned_late"]
"""Why units lapsed: at expiry, by withdrawal, at recurrence, at a reset of usage, or because a correction gave them
back to a grant that had ended or been given again since."""


@dataclass(frozen=True, slots=True)
class Lapse:
    """Units of a grant that can never be used."""

    grant: str
    at: datetime
    amount: Decimal
    reason: Reason


@dataclass(frozen=True, slots=True)
class Opening:
    """Balances to start from instead of the beginning: what grants had at `at`, before what is used at that instant.

    A grant that is not named has its full amount if it is in force then. `waiting` is what was not covered yet.
    Corrections give back only what was used since.
    """

    at: datetime
    balances: Mapping[str, Decimal] = field(default_factory=lambda: _NO_BALANCES)
    waiting: tuple[Use, ...] = ()


@dataclass(frozen=True, slots=True)
class Resets:
    """Instants at which usage starts anew.

    Grants in force keep what `kept` says, by grant; nothing where it says nothing. What waits to be covered becomes
    overage, or with `preserve_overage` burns what was kept.
    """

    at: tuple[datetime, ...]
    preserve_overage: bool = False
    kept: Mapping[str, Kept] = field(default_factory=lambda: _NO_KEPT)


@dataclass(frozen=True, slots=True)
class Burned:
    """Grants and uses at a moment. For each grant: given = drawn + expired + balance.

    At a moment, what expires, is reset or is given at that instant has happened; what is used at it has not.
    """

    at: datetime
    balances: Mapping[str, Decimal]
    """By grant, zero for those that ended or have not begun."""
    given: tuple[Given, ...]
    draws: tuple[Draw, ...]
    expired: tuple[Lapse, ...]
    overage: tuple[tuple[str, Decimal], ...]
    """By use, what no grant covered or will; negative for a correction of more than was used in its period."""
    waiting: tuple[Use, ...]
    """What is not covered yet and may still be."""

    @property
    def uncovered(self) -> Decimal:
        """Units that no grant covers as things stand."""
        return sum((amount for _, amount in self.overage), ZERO) + sum((use.amount for use in self.waiting), ZERO)
