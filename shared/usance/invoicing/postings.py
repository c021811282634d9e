"""What issuing a document posts.

    invoice issued    debit accounts receivable       the total
                      credit unbilled receivable      lines of usage: it was recognised when it happened
                      credit deferred revenue         all other lines: still to be served; credits bought, less those
                                                      used, which stay with the item that sold them
                      credit tax payable              tax
                      credit customer credit pending  money bought for the wallet: the customer's when it is paid

A credit note posts the same with negative amounts.
"""

from __future__ import annotations

from usance.invoicing.document import Document
from usance.invoicing.line import SOLD_BY, Line, LineKind, Recognition
from usance.kernel.ids import derived_id
from usance.kernel.instant import day_start
from usance.ledger.account import (
    ACCOUNTS_RECEIVABLE,
    CUSTOMER_CREDIT_PENDING,
    DEFERRED_REVENUE,
    TAX_PAYABLE,
    UNBILLED_RECEIVABLE,
    Account,
)
from usance.ledger.journal import JournalEntry, credit, debit, entry


def issue_entry(document: Document) -> JournalEntry | None:
    """The entry of an issued document; None when all its lines are zero."""
    tags = {"invoice": document.id, "contract": document.contract, "customer": document.customer}
    postings = [debit(ACCOUNTS_RECEIVABLE, document.total, **tags)]
    postings += [
        credit(_account(line), line.amount, **tags, **({"item": item} if (item := _item(line)) else {}))
        for line in document.lines
    ]
    return entry(
        derived_id("jrn", day_start(document.issued_on, "UTC"), document.organisation, document.id, "issued"),
        f"{document.kind.value}_issued",
        document.id,
        posted_on=document.issued_on,
        effective_on=document.issued_on,
        postings=postings,
    )


def _item(line: Line) -> str:
    """Whose revenue a line belongs to: its item's, or, of credits that were bought, the item's that sold them."""
    sold_by = line.modifier.partition(SOLD_BY)[2]
    return sold_by if sold_by and line.recognition is Recognition.PREPAID else line.item


def _account(line: Line) -> Account:
    if line.kind is LineKind.TAX:
        return TAX_PAYABLE
    if line.recognition is Recognition.NEVER:
        return CUSTOMER_CREDIT_PENDING
    return UNBILLED_RECEIVABLE if line.recognition is Recognition.USAGE else DEFERRED_REVENUE
