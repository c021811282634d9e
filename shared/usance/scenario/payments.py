"""Money that arrives in a scenario: it settles the oldest open invoices; what is left stays with the customer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from usance.kernel.amount import plain
from usance.kernel.ids import derived_id
from usance.kernel.instant import show_instant
from usance.kernel.money import Money
from usance.ledger.account import ACCOUNTS_RECEIVABLE, CASH, CUSTOMER_CREDIT
from usance.ledger.journal import credit, debit, entry
from usance.scenario.books import Books, Issued
from usance.scenario.scenario import Payment


@dataclass(frozen=True, slots=True)
class Received:
    """A payment, what it settled, and what was left of it."""

    at: datetime
    payment: Payment
    amount: Money
    settled: tuple[tuple[str, Money], ...]
    left: Money


@dataclass(slots=True)
class Payments:
    """The payments of one customer."""

    books: Books
    customer: str
    currency: str
    received: list[Received] = field(default_factory=list)

    def receive(self, payment: Payment, at: datetime, today: date) -> None:
        """Allocate and post a payment."""
        amount = left = Money.parse(plain(payment.amount), self.currency)
        name = derived_id("pay", at, self.customer, str(len(self.received)))
        tags = {"payment": name, "customer": self.customer}
        postings, settled = [debit(CASH, amount, **tags)], []
        for issued in self._open():
            part = min(left, issued.due)
            if part:
                issued.paid += part
                left -= part
                settled.append((issued.document.number or "", part))
                postings.append(credit(ACCOUNTS_RECEIVABLE, part, invoice=issued.document.id, **tags))
        postings.append(credit(CUSTOMER_CREDIT, left, **tags))
        posted = entry(
            derived_id("jrn", at, name, "received"),
            "payment_received",
            name,
            posted_on=today,
            effective_on=today,
            postings=postings,
        )
        if posted is not None:
            self.books.journal.append(posted)
        self.received.append(Received(at, payment, amount, tuple(settled), left))

    def to_json(self) -> list[dict[str, Any]]:
        """The payments in the order they arrived."""
        return [
            {
                "received_at": show_instant(one.at),
                "amount": str(one.amount),
                "currency": one.amount.currency,
                "method": one.payment.method,
                **({"reference": one.payment.reference} if one.payment.reference else {}),
                "allocations": [{"invoice": number, "amount": str(part)} for number, part in one.settled],
                "unallocated": str(one.left),
            }
            for one in self.received
        ]

    def wallet(self) -> dict[str, Any]:
        """What is left of all payments; nothing when all of it settled invoices."""
        left = Money.total((one.left for one in self.received), self.currency)
        return {"currency": self.currency, "unallocated": str(left)} if left else {}

    def _open(self) -> list[Issued]:
        return [issued for issued in self.books.issued if issued.due]
