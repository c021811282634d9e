"""What changes in a wallet when money goes in or out, for the transactions of which it is a part.

Each set of changes holds one write of the wallet's head over the version that was read. When the transaction is
refused, whoever made it reads the wallet again and decides again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from usance.credits.wallet_entries import WalletCredit, WalletDebit, WalletLapse
from usance.invoicing.document import Document
from usance.invoicing.wallet import application_entry, buys_credit, credit_entry, lapse_entry
from usance.ledger.account import CASH, Account
from usance.ledger.journal import JournalEntry
from usance.ports import Change, Put, Tables
from usance.records.journal import put_entry
from usance.records.wallet_hints import put_low
from usance.records.wallets import (
    StoredWallet,
    WalletHead,
    credit_puts,
    debit_of,
    head_puts,
    put_debit,
    put_lapse,
    read_entries,
    read_head,
)


@dataclass(frozen=True, slots=True)
class Deposit:
    """A credit to put in, and where the money for it comes from; None when that is posted elsewhere."""

    credit: WalletCredit
    paid_by: Account | None = CASH


@dataclass(frozen=True, slots=True)
class Spent:
    """A document with what its customer's wallet pays of it, what that changes, and whether it calls for a top-up."""

    document: Document
    changes: tuple[Change, ...] = ()
    low: bool = False


def deposit(organisation: str, head: WalletHead, deposits: Sequence[Deposit], on: date) -> list[Change]:
    """Put credits in, on a day of the organisation; each at its instant, or just after the entry before it."""
    changes: list[Change] = []
    for one in deposits:
        credit = replace(one.credit, at=head.next_at(one.credit.at))
        head = head.entered(credit.at, credit.amount)
        changes += credit_puts(organisation, head.customer, credit)
        if one.paid_by is not None:
            changes += _posted(organisation, credit_entry(organisation, head.customer, credit, on, paid_by=one.paid_by))
    return [*changes, *head_puts(organisation, head)]


def spend(tables: Tables, document: Document, as_of: datetime) -> Spent:
    """Let a document's customer pay with its wallet as the document is issued. One read where there is no wallet.

    Credit notes and invoices that buy money for a wallet are not paid by one.
    """
    organisation = document.organisation
    if document.total.minor <= 0 or buys_credit(document):
        return Spent(document)
    head = read_head(tables, organisation, document.customer, document.currency)
    if head is None:
        return Spent(document)
    known = read_entries(tables, organisation, head) if head.left else StoredWallet(head)
    paid, after = pays(known, document, as_of)
    low = head.wants(after.latest(as_of).balance) is not None
    if after is known and not low:
        return Spent(document)
    changes: list[Change] = [_low(organisation, head)] if low else []
    debits = [one for one in after.entries[len(known.entries) :] if isinstance(one, WalletDebit)]
    changes += [put_debit(organisation, paid.customer, one) for one in debits]
    changes += _posted(organisation, application_entry(paid))
    return Spent(paid, (*changes, *head_puts(organisation, after.head)), low)


def pays(known: StoredWallet, document: Document, as_of: datetime) -> tuple[Document, StoredWallet]:
    """A document with what a wallet pays of it at a moment, and the wallet afterwards; the same where it pays nothing.

    Previews call it too, for documents without a number.
    """
    at = known.head.next_at(as_of)
    paid = min(known.at(at).balance, document.total)
    if paid.minor <= 0:
        return document, known
    entries = (*known.entries, debit_of(document.id, paid, at))
    return replace(document, from_wallet=paid), replace(known, head=known.head.entered(at, -paid), entries=entries)


def lapsed(
    organisation: str, head: WalletHead, of: WalletCredit, lapse: WalletLapse, days: tuple[date, date]
) -> list[Change]:
    """Post what of a credit expired or was voided. `days` are the day of posting and the day it belongs to."""
    at = lapse.at if head.at is None else max(head.at, lapse.at)
    posted_on, effective_on = days
    made = lapse_entry(organisation, head.customer, of, lapse, posted_on=posted_on, effective_on=effective_on)
    after = head.entered(at, -lapse.amount)
    return [
        put_lapse(organisation, head.customer, lapse),
        *_posted(organisation, made),
        *head_puts(organisation, after),
        *([_low(organisation, head)] if after.wants(after.left) is not None else []),
    ]


def _low(organisation: str, head: WalletHead) -> Put:
    return put_low(organisation, head.customer, head.currency, head.version)


def _posted(organisation: str, made: JournalEntry | None) -> list[Put]:
    return [] if made is None else [put_entry(organisation, made)]
