"""Invoices, the explanation of their lines, and payments as answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Self

from pydantic import Field

from functions.api.views.shape import Money, Page, View
from usance.invoicing.document import Document, Status
from usance.invoicing.line import Line
from usance.kernel.amount import plain
from usance.kernel.instant import show_instant
from usance.payments.attempt import Attempt
from usance.payments.attempt import Attempt
from usance.payments.outcome import Outcome
from usance.payments.payment import Payment
from usance.records.documents import DocumentState
from usance.records.evidence import EvidenceEvent
from usance.usecases.look_up import ListedInvoice


class PeriodView(View):
    """Days from `start` up to, not including, `end`."""

    start: date
    end: date


class LineView(View):
    """A line: a charge rounded to money once, with the computation that made it."""

    item: str
    kind: str
    description: str
    quantity: str | None
    unit: str | None
    amount: Money
    tax: Money
    """The tax on it, which is a line of its own."""
    period: PeriodView
    price_version: int | None
    recognition: str
    derivation: dict[str, Any]
    """A tree: each node's value is its operation over its parts, down to what was given."""

    @classmethod
    def of(cls, line: Line) -> Self:
        return cls(**_line(line))


def _line(line: Line) -> dict[str, Any]:
    return {
        "item": line.item,
        "kind": line.kind.value,
        "description": line.description,
        "quantity": None if line.quantity is None else plain(line.quantity),
        "unit": line.unit,
        "amount": Money.of(line.amount),
        "tax": Money.of(line.tax),
        "period": PeriodView(start=line.period.start, end=line.period.end),
        "price_version": line.price_version,
        "recognition": line.recognition.value,
        "derivation": line.derivation.to_json(),
    }


class InvoiceSummary(View):
    """An invoice or credit note in a list."""

    id: str
    kind: str
    number: str | None = Field(examples=["INV-000001"])
    status: Status
    customer: str
    contract: str
    currency: str
    issued_on: date
    due_on: date
    total: Money
    amount_paid: Money
    amount_due: Money
    page: str | None
    """Path of the hosted page, for whoever has to pay. Null for previews."""

    @classmethod
    def listed(cls, organisation: str, one: ListedInvoice) -> Self:
        """The view of a list entry."""
        return cls(
            id=one.id,
            kind=one.entry["kind"],
            number=one.entry["number"],
            customer=one.entry["customer"],
            contract=one.entry["contract"],
            currency=one.entry["currency"],
            issued_on=date.fromisoformat(one.entry["issued_on"]),
            due_on=date.fromisoformat(one.entry["due_on"]),
            **_state(organisation, one.id, one.state),
        )


def _state(organisation: str, id: str, state: DocumentState) -> dict[str, Any]:
    return {
        "status": state.status,
        "total": Money.of(state.total),
        "amount_paid": Money.of(state.paid),
        "amount_due": Money.of(state.amount_due),
        "page": f"/i/{organisation.removeprefix('org_')}.{id}.{state.token}",
    }


class Invoices(Page):
    """Invoices and credit notes."""

    data: list[InvoiceSummary]


class AttemptView(View):
    """One try to collect it."""

    id: str
    status: str
    code: str | None
    """What the provider gave as the reason."""
    recorded_at: str

    @classmethod
    def of(cls, attempt: Attempt) -> Self:
        return cls(
            id=attempt.id,
            status=attempt.status.value,
            code=attempt.code,
            recorded_at=show_instant(attempt.recorded_at),
        )


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


class InvoiceView(InvoiceSummary):
    """An invoice or credit note."""

    subtotal: Money
    tax: Money
    lines: list[LineView]
    attempts: list[AttemptView]
    attempts: list[AttemptView]

    @classmethod
    def of(cls, document: Document, state: DocumentState, attempts: Sequence[Attempt] = ()) -> Self:
        return cls(
            **_document(document),
            **_state(document.organisation, document.id, state),
            lines=[LineView.of(line) for line in document.lines],
            attempts=[AttemptView.of(attempt) for attempt in attempts],
        )

    @classmethod
    def upcoming(cls, document: Document) -> Self:
        """The view of a preview."""
        total, zero = Money.of(document.total), Money.parse(str(document.total - document.total), document.currency)
        return cls(
            **_document(document),
            status=Status.UPCOMING,
            total=total,
            amount_paid=zero,
            amount_due=total if document.total.minor > 0 else zero,
            page=None,
            lines=[LineView.of(line) for line in document.lines],
            attempts=[],
            attempts=[],
        )


def _document(document: Document) -> dict[str, Any]:
    return {
        "id": document.id,
        "kind": document.kind.value,
        "number": document.number,
        "customer": document.customer,
        "contract": document.contract,
        "currency": document.currency,
        "issued_on": document.issued_on,
        "due_on": document.due_on,
        "subtotal": Money.of(document.subtotal),
        "tax": Money.of(document.tax),
    }


class EvidenceView(View):
    """An event behind a line, and the value that the metric took from it when the invoice was issued."""

    id: str
    timestamp: str
    value: str


class ExplainedLine(LineView):
    """A line with the events behind it."""

    place: int
    """Its place among the lines, from 0: give it as `line` to page through its events."""
    event_count: int
    events: list[EvidenceView]
    """The first of them, or the page that was asked for."""

    @classmethod
    def explained(cls, place: int, line: Line, count: int, events: Sequence[EvidenceEvent]) -> Self:
        """The view of a line and some of its events."""
        shown = [EvidenceView(id=event.id, timestamp=event.timestamp, value=event.value) for event in events]
        return cls(**_line(line), place=place, event_count=count, events=shown)


class Explanation(Page):
    """Where an invoice's amounts come from: for each line its derivation and the events that were measured."""

    id: str
    number: str | None
    currency: str
    total: Money
    lines: list[ExplainedLine]

    @classmethod
    def of(
        cls,
        document: Document,
        evidence: Mapping[int, Sequence[EvidenceEvent]],
        events: Mapping[int, Sequence[EvidenceEvent]],
        next_cursor: str | None,
    ) -> Self:
        """The explanation of the lines that `events` has, with those of their events."""
        return cls(
            id=document.id,
            number=document.number,
            currency=document.currency,
            total=Money.of(document.total),
            lines=[
                ExplainedLine.explained(place, document.lines[place], len(evidence.get(place, ())), some)
                for place, some in sorted(events.items())
            ],
            next_cursor=next_cursor,
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
