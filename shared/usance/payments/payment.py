"""Payments: money that a provider processed, and what of it settles the invoice it was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from usance.kernel.ids import derived_id
from usance.kernel.instant import parse_instant, show_instant
from usance.kernel.money import Money
from usance.payments.attempt import Attempt


@dataclass(frozen=True, slots=True)
class Payment:
    """Money received, in the amount and currency processed. `allocated` settles the invoice; the rest is the
    customer's, kept as credit."""

    id: str
    invoice: str
    customer: str
    attempt: str
    provider: str
    reference: str | None
    amount: Money
    allocated: Money
    received_at: datetime
    effective_on: date

    @property
    def unallocated(self) -> Money:
        return self.amount - self.allocated

    def to_json(self) -> dict[str, Any]:
        """JSON values: amounts in major units as text."""
        return {
            "id": self.id,
            "invoice": self.invoice,
            "customer": self.customer,
            "attempt": self.attempt,
            "provider": self.provider,
            "reference": self.reference,
            "currency": self.amount.currency,
            "amount": str(self.amount),
            "allocated": str(self.allocated),
            "unallocated": str(self.unallocated),
            "received_at": show_instant(self.received_at),
            "effective_on": self.effective_on.isoformat(),
        }

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Payment:
        """Read what `to_json` wrote."""
        currency = body["currency"]
        return cls(
            id=body["id"],
            invoice=body["invoice"],
            customer=body["customer"],
            attempt=body["attempt"],
            provider=body["provider"],
            reference=body["reference"],
            amount=Money.parse(body["amount"], currency),
            allocated=Money.parse(body["allocated"], currency),
            received_at=parse_instant(body["received_at"]),
            effective_on=date.fromisoformat(body["effective_on"]),
        )


def payment_id(organisation: str, attempt: Attempt) -> str:
    """The id of the one payment that an attempt can become."""
    return derived_id("pay", attempt.recorded_at, organisation, attempt.id)


def allocated(amount: Money, amount_due: Money) -> Money:
    """What of an amount settles what is due: at most that, and nothing in another currency."""
    if amount.currency != amount_due.currency:
        return Money.zero(amount.currency)
    return min(amount, amount_due)
