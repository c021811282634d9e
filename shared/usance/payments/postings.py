"""What receiving money posts.

payment received  debit cash                  what the provider processed, in its currency
                  credit accounts receivable  what of it settles the invoice
                  credit customer credit      the rest: too much, another currency, an invoice void meanwhile
"""

from __future__ import annotations

from datetime import date

from usance.kernel.ids import derived_id
from usance.ledger.account import ACCOUNTS_RECEIVABLE, CASH, CUSTOMER_CREDIT
from usance.ledger.journal import JournalEntry, credit, debit, entry
from usance.payments.payment import Payment


def payment_entry(organisation: str, payment: Payment, contract: str, posted_on: date) -> JournalEntry | None:
    """The entry of a payment, tagged with its invoice, contract and customer; None for an amount of zero."""
    tags = {
        "payment": payment.id,
        "invoice": payment.invoice,
        "contract": contract,
        "customer": payment.customer,
    }
    return entry(
        derived_id("jrn", payment.received_at, organisation, payment.id, "received"),
        "payment_received",
        payment.id,
        posted_on=posted_on,
        effective_on=payment.effective_on,
        postings=[
            debit(CASH, payment.amount, **tags),
            credit(ACCOUNTS_RECEIVABLE, payment.allocated, **tags),
            credit(CUSTOMER_CREDIT, payment.unallocated, **tags),
        ],
    )
