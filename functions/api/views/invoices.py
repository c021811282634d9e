"""Invoices and credit notes as answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Self

from pydantic import Field

from functions.api.views.payments import AttemptView
from functions.api.views.shape import Money, Page, View
from usance.invoicing.document import Document, Status
from usance.invoicing.line import Line
from usance.kernel.amount import plain
from usance.payments.attempt import Attempt
from usance.records.documents import DocumentState
from usance.usecases.look_up import ListedInvoice


class PeriodView(View):
    """Days from `start` up to, not including, `end`."""

    start: date
    end: date


class LineTaxView(View):
    """A component of the tax on a line."""

    label: str
    percentage: str
    compound: bool
    amount: Money


class LineView(View):
    """A line: a charge rounded to money once, with the computation that made it."""

    item: str
    """The item that it is for; "" for what belongs to a whole phase or contract, and for tax."""
    kind: str
    modifier: str
    """What made the line, where it is no charge; with item and cycle it says what is corrected by what."""
    description: str
    quantity: str | None
    billable_quantity: str | None
    """What was priced, where that is another than what was used."""
    unit: str | None
    amount: Money
    tax: Money
    """The tax on it, which is a line of its own for each component."""
    taxes: list[LineTaxView]
    """The same by component."""
    period: PeriodView
    price_version: int | None
    recognition: str
    derivation: dict[str, Any]
    """A tree: each node's value is its operation over its parts, down to what was given."""

    @classmethod
    def of(cls, line: Line) -> Self:
        return cls(**line_members(line))


def line_members(line: Line) -> dict[str, Any]:
    """The members of a line's view."""
    return {
        "item": line.item,
        "kind": line.kind.value,
        "modifier": line.modifier,
        "description": line.description,
        "quantity": None if line.quantity is None else plain(line.quantity),
        "billable_quantity": None if line.billable_quantity is None else plain(line.billable_quantity),
        "unit": line.unit,
        "amount": Money.of(line.amount),
        "tax": Money.of(line.tax),
        "taxes": _taxes(line),
        "period": PeriodView(start=line.period.start, end=line.period.end),
        "price_version": line.price_version,
        "recognition": line.recognition.value,
        "derivation": line.derivation.to_json(),
    }


def _taxes(line: Line) -> list[LineTaxView]:
    components = line.tax_rule.components if line.tax_rule else ()
    return [
        LineTaxView(label=one.label, percentage=plain(one.percentage), compound=one.compound, amount=Money.of(tax))
        for one, tax in zip(components, line.taxes, strict=False)
    ]


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
    wallet_applied: Money
    """What the customer's wallet paid when it was issued."""
    amount_paid: Money
    """What payments have settled since."""
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
        "wallet_applied": Money.of(state.wallet_applied),
        "amount_paid": Money.of(state.paid),
        "amount_due": Money.of(state.amount_due),
        "page": f"/i/{organisation.removeprefix('org_')}.{id}.{state.token}",
    }


class Invoices(Page):
    """Invoices and credit notes."""

    data: list[InvoiceSummary]


class InvoiceView(InvoiceSummary):
    """An invoice or credit note."""

    subtotal: Money
    tax: Money
    lines: list[LineView]
    attempts: list[AttemptView]

    @classmethod
    def of(cls, document: Document, state: DocumentState, attempts: Sequence[Attempt]) -> Self:
        return cls(
            **_document(document),
            **_state(document.organisation, document.id, state),
            lines=[LineView.of(line) for line in document.lines],
            attempts=[AttemptView.of(attempt) for attempt in attempts],
        )

    @classmethod
    def upcoming(cls, document: Document) -> Self:
        """The view of a preview."""
        return cls(
            **_document(document),
            status=Status.UPCOMING,
            total=Money.of(document.total),
            wallet_applied=Money.of(document.wallet_applied),
            amount_paid=Money.parse(str(document.total - document.total), document.currency),
            amount_due=Money.of(document.amount_due),
            page=None,
            lines=[LineView.of(line) for line in document.lines],
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
