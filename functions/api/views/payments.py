"""Attempts to take money, and money received, as answers."""

from __future__ import annotations

from datetime import date
from typing import Self

from functions.api.views.shape import Money, Page, View
from usance.kernel.instant import show_instant
from usance.payments.attempt import Attempt
from usance.payments.outcome import Outcome
from usance.payments.payment import Payment


class AttemptView(View):
    """One try to take the money of an invoice."""

    id: str
    number: int
    amount: Money
    provider: str
    status: Outcome
    code: str | None
    """What the provider said."""
    message: str | None
    recorded_at: str
    resolved_at: str | None
    next_try: str | None
    """When another attempt follows."""
    payment: str | None
    parked: bool
    """Whether asking the provider was given up: a person has to look."""

    @classmethod
    def of(cls, attempt: Attempt) -> Self:
        return cls(
            id=attempt.id,
            number=attempt.number,
            amount=Money.of(attempt.amount),
            provider=attempt.provider,
            status=attempt.status,
            code=attempt.code,
            message=attempt.message,
            recorded_at=show_instant(attempt.recorded_at),
            resolved_at=show_instant(attempt.resolved_at) if attempt.resolved_at else None,
            next_try=show_instant(attempt.next_try) if attempt.next_try else None,
            payment=attempt.payment,
            parked=attempt.parked,
        )


class PaymentView(View):
    """Money received, in the amount and currency that the provider processed."""

    id: str
    invoice: str
    customer: str
    attempt: str
    provider: str
    reference: str | None
    amount: Money
    allocated: Money
    """What of it settled the invoice."""
    unallocated: Money
    received_at: str
    effective_on: date

    @classmethod
    def of(cls, payment: Payment) -> Self:
        return cls(
            id=payment.id,
            invoice=payment.invoice,
            customer=payment.customer,
            attempt=payment.attempt,
            provider=payment.provider,
            reference=payment.reference,
            amount=Money.of(payment.amount),
            allocated=Money.of(payment.allocated),
            unallocated=Money.of(payment.unallocated),
            received_at=show_instant(payment.received_at),
            effective_on=payment.effective_on,
        )


class Payments(Page):
    """Payments."""

    data: list[PaymentView]
