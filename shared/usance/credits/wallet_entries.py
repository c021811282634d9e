"""What is recorded of a wallet, and what follows from it: which credit paid what, and which money lapsed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from usance.credits.grant import END_OF_TIME
from usance.kernel.amount import ONE
from usance.kernel.money import Money

Kind = Literal["purchased", "promotional"]


@dataclass(frozen=True, slots=True)
class WalletCredit:
    """Money put in, at an instant; usable before `expires_at` (None: for ever). Raises ValueError for none at all."""

    id: str
    kind: Kind
    amount: Money
    at: datetime
    expires_at: datetime | None = None
    priority: int = 0
    """The lowest is spent first."""
    cost_basis: Decimal = ONE
    """What the customer pays for one unit of it: 0 when it is given, 0.5 when it is sold at half its price."""
    label: str | None = None
    source: str | None = None
    """How it was paid: a reference of the seller's, or the payment or invoice that it came from."""

    def __post_init__(self) -> None:
        _positive(self.amount)

    @property
    def cost(self) -> Money:
        """What the customer pays for it."""
        return Money.of(self.amount.amount * self.cost_basis, self.amount.currency)

    @property
    def rank(self) -> tuple[int, datetime, bool, datetime, str]:
        """Where it stands in the order of spending."""
        return self.priority, self.expires_at or END_OF_TIME, self.kind == "purchased", self.at, self.id


@dataclass(frozen=True, slots=True)
class WalletDebit:
    """Money that paid for a document. Raises ValueError for none at all."""

    id: str
    ref: str
    """The document."""
    amount: Money
    at: datetime

    def __post_init__(self) -> None:
        _positive(self.amount)


@dataclass(frozen=True, slots=True)
class WalletReturn:
    """A debit undone, because its document was voided: the money goes back to the credits it came from."""

    id: str
    debit: str
    at: datetime


@dataclass(frozen=True, slots=True)
class WalletVoid:
    """A credit withdrawn: what is left of it is gone."""

    id: str
    credit: str
    at: datetime


Entry = WalletCredit | WalletDebit | WalletReturn | WalletVoid


@dataclass(frozen=True, slots=True)
class WalletDraw:
    """What a credit paid of a debit; negative when the debit was undone."""

    credit: str
    kind: Kind
    debit: str
    ref: str
    at: datetime
    amount: Money


@dataclass(frozen=True, slots=True)
class WalletLapse:
    """What of a credit expired or was voided. Purchased money that expired is breakage, and revenue."""

    credit: str
    kind: Kind
    at: datetime
    amount: Money
    reason: Literal["expired", "voided"]


def _positive(amount: Money) -> None:
    if amount.minor <= 0:
        raise ValueError(f"{amount} {amount.currency} does not move: a wallet takes amounts above zero")
