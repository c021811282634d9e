"""What providers say about an attempt, in our words, and the order in which such words can follow each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from usance.kernel.money import Money


class Outcome(StrEnum):
    """What a provider says about an attempt, in our words."""

    SUCCEEDED = "succeeded"
    PENDING = "pending"
    DECLINED_SOFT = "declined_soft"
    DECLINED_HARD = "declined_hard"
    AUTHENTICATION_NEEDED = "authentication_needed"
    NOT_ATTEMPTED = "not_attempted"
    UNKNOWN = "unknown"


IN_FLIGHT: Final = frozenset({Outcome.UNKNOWN, Outcome.PENDING})
"""While an attempt is in one of these, money may be on its way and no other attempt begins."""

_ENDS: Final = frozenset({Outcome.DECLINED_SOFT, Outcome.DECLINED_HARD, Outcome.NOT_ATTEMPTED})
_MONEY: Final = frozenset({Outcome.SUCCEEDED})

FORWARD: Final[Mapping[Outcome, frozenset[Outcome]]] = {
    Outcome.UNKNOWN: frozenset(Outcome) - {Outcome.UNKNOWN},
    Outcome.PENDING: frozenset(Outcome) - IN_FLIGHT,
    Outcome.AUTHENTICATION_NEEDED: _ENDS | _MONEY,
    Outcome.DECLINED_SOFT: _MONEY,
    Outcome.DECLINED_HARD: _MONEY,
    Outcome.NOT_ATTEMPTED: _MONEY,
    Outcome.SUCCEEDED: frozenset(),
}
"""What may follow what. Money that moved is a fact whatever was believed before; nothing undoes it here."""


@dataclass(frozen=True, slots=True)
class ChargeResult:
    """A provider's answer. `amount` is what was really processed, None when nothing was."""

    outcome: Outcome
    reference: str | None = None
    amount: Money | None = None
    code: str | None = None
    message: str | None = None
