"""Buy money for a wallet that ran low: an invoice, collected like any other; the money is there when it is paid.

A wallet has one open top-up at most: the invoice and the mark on the wallet's head are one transaction.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import datetime
from typing import Final

from usance.invoicing.document import Document
from usance.invoicing.wallet import top_up_document
from usance.kernel.errors import Conflict
from usance.kernel.instant import local_day
from usance.ports import Tables, TransactionRefused
from usance.records.organisations import Organisation
from usance.records.wallet_hints import low_wallets
from usance.records.wallets import head_puts, read_wallet
from usance.usecases.issue import issue

_TRIES: Final = 8


def top_up_low(tables: Tables, organisation: Organisation, as_of: datetime) -> list[Document]:
    """Look at every wallet that was left low, and buy what its settings say. Returns the invoices issued.

    Called after what may leave one low, and by the sweep for what a crash left over.
    """
    made = []
    for hint in low_wallets(tables, organisation.id):
        document = _top_up(tables, organisation, hint.customer, hint.currency, as_of)
        made += [] if document is None else [document]
        # After the invoice: a crash in between looks at the wallet again, and finds its top-up open.
        with contextlib.suppress(TransactionRefused):
            tables.transact([hint.drop])
    return made


def _top_up(
    tables: Tables, organisation: Organisation, customer: str, currency: str, as_of: datetime
) -> Document | None:
    for _ in range(_TRIES):
        known = read_wallet(tables, organisation.id, customer, currency)
        head = known.head
        amount = head.wants(known.latest(as_of).balance)
        if amount is None:
            return None
        ordinal = head.top_ups + 1
        today = local_day(as_of, organisation.zone)
        draft = top_up_document(organisation.id, customer, amount, today, ordinal)
        marked = head_puts(organisation.id, replace(head, open_top_up=draft.id, top_ups=ordinal))
        with contextlib.suppress(TransactionRefused):
            # The stand-in for a contract has had one document for each top-up.
            return issue(tables, draft, head.top_ups or None, as_of, marked).document
    raise Conflict(f"others kept writing to the wallet of {customer}; the same may be done again")
