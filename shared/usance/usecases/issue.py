"""Issue a document: the document, its number, its journal entries and its outbox message in one transaction, and what
the customer's wallet pays of it.

The transaction demands the version of the contract's head that the draft was made against, so two runs never bill one
period twice; the version of the counter, so numbers have no gaps; and the version of the wallet's head, so its money
is spent once. When it is refused nothing was written; the caller reads again and decides again.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from usance.invoicing.document import Document
from usance.invoicing.postings import issue_entry
from usance.kernel.instant import show_instant
from usance.pipeline import numbered
from usance.ports import Change, Put, Tables
from usance.records.documents import counter_key, head_key, initial_state, issue_puts
from usance.records.journal import put_entry
from usance.records.outbox import INVOICE_ISSUED, put_message
from usance.usecases.wallet_changes import spend


@dataclass(frozen=True, slots=True)
class Issued:
    """An issued document, and whether the customer's wallet now calls for a top-up."""

    document: Document
    wallet_low: bool = False


def issue(
    tables: Tables, draft: Document, head_version: int | None, as_of: datetime, also: Sequence[Change] = ()
) -> Issued:
    """Give a document its number, let the wallet pay, and freeze it, with what has to change together with it.

    Raises TransactionRefused when somebody else was first.
    """
    organisation = draft.organisation
    counter = tables.get(counter_key(organisation, draft.kind))
    ordinal = (counter.body["last"] if counter else 0) + 1
    spent = spend(tables, numbered(draft, ordinal), as_of)
    document = spent.document
    entry = issue_entry(document)
    message = {"organisation": organisation, "invoice": document.id}
    tables.transact(
        [
            Put(
                counter_key(organisation, draft.kind),
                {"last": ordinal},
                expect=counter.version if counter else None,
            ),
            Put(
                head_key(organisation, document.contract),
                {"last": document.id, "as_of": show_instant(as_of)},
                expect=head_version,
            ),
            *issue_puts(document, initial_state(document, secrets.token_hex(16), as_of), (head_version or 0) + 1),
            *([put_entry(organisation, entry)] if entry is not None else []),
            put_message(organisation, INVOICE_ISSUED, document.id, as_of, message),
            *spent.changes,
            *also,
        ]
    )
    return Issued(document, spent.low)
