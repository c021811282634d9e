"""Issue a document: the document, its number, its journal entry and its outbox message in one transaction.

The transaction demands the version of the contract's head that the draft was made against, so two runs never bill one
period twice, and the version of the counter, so numbers have no gaps. When it is refused nothing was written; the
caller reads again and decides again.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from usance.invoicing.document import Document
from usance.invoicing.postings import issue_entry
from usance.pipeline import numbered
from usance.ports import Put, Tables
from usance.records.documents import counter_key, head_key, initial_state, issue_puts
from usance.records.journal import put_entry
from usance.records.outbox import INVOICE_ISSUED, put_message


def issue(tables: Tables, draft: Document, head_version: int | None, as_of: datetime) -> Document:
    """Give a document its number and freeze it. Raises TransactionRefused when somebody else was first."""
    organisation = draft.organisation
    counter = tables.get(counter_key(organisation, draft.kind))
    ordinal = (counter.body["last"] if counter else 0) + 1
    document = numbered(draft, ordinal)
    entry = issue_entry(document)
    message = {"organisation": organisation, "invoice": document.id}
    tables.transact(
        [
            Put(
                counter_key(organisation, draft.kind),
                {"last": ordinal},
                expect=counter.version if counter else None,
            ),
            Put(head_key(organisation, document.contract), {"last": document.id}, expect=head_version),
            *issue_puts(document, initial_state(document, secrets.token_hex(16))),
            *([put_entry(organisation, entry)] if entry is not None else []),
            put_message(organisation, INVOICE_ISSUED, document.id, as_of, message),
        ]
    )
    return document
