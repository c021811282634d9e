"""Invoices and credit notes: immutable once issued. What changes afterwards (payments, void) is kept beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from usance.invoicing.line import Line, LineKind
from usance.kernel.money import Money


class DocumentKind(StrEnum):
    """Kinds of document. Each has its own numbers."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class Status(StrEnum):
    """States of a document. `upcoming` is for previews."""

    UPCOMING = "upcoming"
    DRAFT = "draft"
    APPROVED = "approved"
    PARTIALLY_PAID = "partially_paid"
    PAID = "paid"
    VOID = "void"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True)
class Document:
    """A document of one contract. The total is the sum of the rounded lines, tax lines included.

    `bill_on` is the day whose dues it gathers; `number` is None until it is issued. `evidence` names the object that
    keeps the events behind its metered lines as they were when it was issued. `from_wallet` is what the customer's
    wallet paid when it was issued; None for nothing.
    """

    id: str
    kind: DocumentKind
    organisation: str
    contract: str
    customer: str
    currency: str
    bill_on: date
    issued_on: date
    due_on: date
    lines: tuple[Line, ...]
    number: str | None = None
    evidence: str | None = None
    from_wallet: Money | None = None

    @property
    def subtotal(self) -> Money:
        return Money.total((line.amount for line in self.lines if line.kind is not LineKind.TAX), self.currency)

    @property
    def tax(self) -> Money:
        return Money.total((line.amount for line in self.lines if line.kind is LineKind.TAX), self.currency)

    @property
    def total(self) -> Money:
        return Money.total((line.amount for line in self.lines), self.currency)

    @property
    def wallet_applied(self) -> Money:
        """What the customer's wallet paid; it changes no line and no tax."""
        return Money.zero(self.currency) if self.from_wallet is None else self.from_wallet

    @property
    def amount_due(self) -> Money:
        """What was left to be paid when it was issued; never negative."""
        return max(self.total - self.wallet_applied, Money.zero(self.currency))

    def to_json(self) -> dict[str, Any]:
        """JSON values; amounts in major units as text."""
        return {
            "id": self.id,
            "kind": self.kind.value,
            "number": self.number,
            "organisation": self.organisation,
            "contract": self.contract,
            "customer": self.customer,
            "currency": self.currency,
            "bill_on": self.bill_on.isoformat(),
            "issued_on": self.issued_on.isoformat(),
            "due_on": self.due_on.isoformat(),
            "lines": [line.to_json() for line in self.lines],
            "subtotal": str(self.subtotal),
            "tax": str(self.tax),
            "total": str(self.total),
            "wallet_applied": str(self.wallet_applied),
            "evidence": self.evidence,
        }

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Document:
        """Read what `to_json` wrote."""
        currency = body["currency"]
        return cls(
            id=body["id"],
            kind=DocumentKind(body["kind"]),
            organisation=body["organisation"],
            contract=body["contract"],
            customer=body["customer"],
            currency=currency,
            bill_on=date.fromisoformat(body["bill_on"]),
            issued_on=date.fromisoformat(body["issued_on"]),
            due_on=date.fromisoformat(body["due_on"]),
            lines=tuple(Line.from_json(line, currency) for line in body["lines"]),
            number=body["number"],
            evidence=body.get("evidence"),
            from_wallet=_applied(body.get("wallet_applied"), currency),
        )


def _applied(text: str | None, currency: str) -> Money | None:
    applied = Money.parse(text or "0", currency)
    return applied or None
