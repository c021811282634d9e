"""Attempts: one try each to take the money of an invoice, recorded before the provider is called.

An attempt's id is derived from the invoice and its number and is the provider's idempotency key, so that whoever does
the same work again does it under the same name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from usance.kernel.ids import derived_id
from usance.kernel.instant import day_start, parse_instant, show_instant
from usance.kernel.money import Money
from usance.payments.outcome import FORWARD, IN_FLIGHT, Outcome


def attempt_id(organisation: str, invoice: str, issued_on: date, number: int) -> str:
    """The id of an invoice's attempt of that number, counted from 1."""
    return derived_id("att", day_start(issued_on, "UTC"), organisation, invoice, str(number))


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to take `amount`. Instants are the organisation's, except `settle_by`, which is the wall clock's.

    `next_try` is when another attempt may follow a soft decline or a call that never was; None: never. `payment` is
    the payment that its money became. `parked` says that asking was given up.
    """

    id: str
    invoice: str
    number: int
    amount: Money
    provider: str
    provider_customer: str
    payment_method: str
    recorded_at: datetime
    status: Outcome = Outcome.UNKNOWN
    reference: str | None = None
    code: str | None = None
    message: str | None = None
    resolved_at: datetime | None = None
    asked_at: datetime | None = None
    settle_by: datetime | None = None
    next_try: datetime | None = None
    payment: str | None = None
    parked: bool = False

    @property
    def in_flight(self) -> bool:
        """Whether money may be on its way, or was taken and is not booked yet."""
        return self.status in IN_FLIGHT or (self.status is Outcome.SUCCEEDED and self.payment is None)

    def may_become(self, outcome: Outcome) -> bool:
        """Whether an outcome lies ahead of what is known."""
        return outcome in FORWARD[self.status]

    def to_json(self) -> dict[str, Any]:
        """JSON values: amounts in major units as text."""
        return {
            "id": self.id,
            "invoice": self.invoice,
            "number": self.number,
            "amount": str(self.amount),
            "currency": self.amount.currency,
            "provider": self.provider,
            "provider_customer": self.provider_customer,
            "payment_method": self.payment_method,
            "recorded_at": show_instant(self.recorded_at),
            "status": self.status.value,
            "reference": self.reference,
            "code": self.code,
            "message": self.message,
            "resolved_at": _shown(self.resolved_at),
            "asked_at": _shown(self.asked_at),
            "settle_by": _shown(self.settle_by),
            "next_try": _shown(self.next_try),
            "payment": self.payment,
            "parked": self.parked,
        }

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Attempt:
        """Read what `to_json` wrote."""
        return cls(
            id=body["id"],
            invoice=body["invoice"],
            number=body["number"],
            amount=Money.parse(body["amount"], body["currency"]),
            provider=body["provider"],
            provider_customer=body["provider_customer"],
            payment_method=body["payment_method"],
            recorded_at=parse_instant(body["recorded_at"]),
            status=Outcome(body["status"]),
            reference=body["reference"],
            code=body["code"],
            message=body["message"],
            resolved_at=_read(body["resolved_at"]),
            asked_at=_read(body["asked_at"]),
            settle_by=_read(body["settle_by"]),
            next_try=_read(body["next_try"]),
            payment=body["payment"],
            parked=body["parked"],
        )


def _shown(instant: datetime | None) -> str | None:
    return None if instant is None else show_instant(instant)


def _read(text: str | None) -> datetime | None:
    return None if text is None else parse_instant(text)
