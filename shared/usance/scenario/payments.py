"""Money that arrives in a scenario: it settles the oldest open invoices; what is left goes to the customer's wallet.

Each part that settles an invoice is a payment as collection records them, and posts what those post; the last one
carries what is left.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from usance.kernel.amount import plain
from usance.kernel.ids import derived_id
from usance.kernel.instant import show_instant
from usance.kernel.money import Money
from usance.payments.payment import Payment, allocated
from usance.payments.postings import payment_entry
from usance.scenario.books import Books, Issued
from usance.scenario.scenario import Payment as Fact
from usance.scenario.wallet import Wallet


@dataclass(frozen=True, slots=True)
class Received:
    """Money that arrived, and what it settled: numbers of invoices and amounts."""

    at: datetime
    fact: Fact
    amount: Money
    settled: tuple[tuple[str, Money], ...]
    left: Money


@dataclass(slots=True)
class Payments:
    """The payments of one customer."""

    books: Books
    customer: str
    contract: str
    currency: str
    wallet: Wallet
    received: list[Received] = field(default_factory=list)

    def receive(self, fact: Fact, at: datetime, today: date) -> None:
        """Allocate and post money that arrives at an instant, on a day of the contract's zone."""
        amount = left = Money.parse(plain(fact.amount), self.currency)
        settled: list[tuple[Issued, Money]] = []
        for issued in self.books.issued:
            part = allocated(left, issued.due)
            if part:
                issued.paid += part
                left -= part
                settled.append((issued, part))
        for place, (issued, part) in enumerate(settled, start=1):
            rest = left if place == len(settled) else Money.zero(self.currency)
            payment = self._payment(fact, at, today, issued.document.id, part + rest, part)
            self._post(payment, issued.document.contract, today)
            self.wallet.take_bought(issued, at)
        if not settled:
            self._post(self._payment(fact, at, today, "", left, Money.zero(self.currency)), self.contract, today)
        self.wallet.take_left(left, at)
        numbers = tuple((issued.document.number or "", part) for issued, part in settled)
        self.received.append(Received(at, fact, amount, numbers, left))

    def to_json(self) -> list[dict[str, Any]]:
        """The payments in the order they arrived."""
        return [
            {
                "received_at": show_instant(one.at),
                "amount": str(one.amount),
                "currency": one.amount.currency,
                "method": one.fact.method,
                **({"reference": one.fact.reference} if one.fact.reference else {}),
                "allocations": [{"invoice": number, "amount": str(part)} for number, part in one.settled],
                "unallocated": str(one.left),
            }
            for one in self.received
        ]

    def _payment(self, fact: Fact, at: datetime, today: date, invoice: str, amount: Money, settles: Money) -> Payment:
        name = derived_id("pay", at, self.books.organisation, str(len(self.received)), invoice)
        return Payment(
            id=name,
            invoice=invoice,
            customer=self.customer,
            attempt="",
            provider=fact.method,
            reference=fact.reference,
            amount=amount,
            allocated=settles,
            received_at=at,
            effective_on=today,
        )

    def _post(self, payment: Payment, contract: str, today: date) -> None:
        entry = payment_entry(self.books.organisation, payment, contract, today)
        if entry is not None:
            self.books.journal.append(entry)
