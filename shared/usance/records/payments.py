"""Attempts and payments in the documents table.

{org}#doc#{invoice}     attempt#{n}     attempts, by number
                        payment#{id}    payments
{org}#attempts          {attempt id}    {"invoice", "number"}: to find an attempt by what a provider calls it
{org}#parked-attempts   {attempt id}    {"invoice", "at"}: outcomes that nobody could tell; a person has to look
{org}#payments          {payment id}    list entry
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from usance.kernel.instant import show_instant
from usance.payments.attempt import Attempt
from usance.payments.payment import Payment
from usance.ports import Body, Delete, Key, Put, Table, Tables


@dataclass(frozen=True, slots=True)
class StoredAttempt:
    """An attempt and the version it was read at."""

    attempt: Attempt
    version: int


def attempt_key(organisation: str, invoice: str, number: int) -> Key:
    """Where an attempt is."""
    return Key(Table.DOCUMENTS, f"{organisation}#doc#{invoice}", f"attempt#{number:04}")


def payment_key(organisation: str, invoice: str, payment: str) -> Key:
    """Where a payment is."""
    return Key(Table.DOCUMENTS, f"{organisation}#doc#{invoice}", f"payment#{payment}")


def _parked_key(organisation: str, attempt: str) -> Key:
    return Key(Table.DOCUMENTS, f"{organisation}#parked-attempts", attempt)


def open_attempt(organisation: str, attempt: Attempt) -> list[Put]:
    """The changes that record a new attempt; refused when there is one of its number."""
    place = {"invoice": attempt.invoice, "number": attempt.number}
    return [
        Put(attempt_key(organisation, attempt.invoice, attempt.number), attempt.to_json()),
        Put(Key(Table.DOCUMENTS, f"{organisation}#attempts", attempt.id), place),
    ]


def put_attempt(organisation: str, attempt: Attempt, version: int) -> Put:
    """Write an attempt over the version it was read at."""
    return Put(attempt_key(organisation, attempt.invoice, attempt.number), attempt.to_json(), expect=version)


def mark_parked(organisation: str, attempt: Attempt, at: datetime) -> Put:
    """Put an attempt on the list of those that a person has to look at."""
    return Put(_parked_key(organisation, attempt.id), {"invoice": attempt.invoice, "at": show_instant(at)})


def unmark_parked(organisation: str, attempt: Attempt) -> Delete:
    """Take an attempt off that list; it need not be on it."""
    return Delete(_parked_key(organisation, attempt.id), 1)


def parked_attempts(tables: Tables, organisation: str) -> Iterator[tuple[str, Body]]:
    """Attempts whose outcome nobody could tell, by id."""
    for item in tables.query(Table.DOCUMENTS, f"{organisation}#parked-attempts"):
        yield item.key.sort, item.body


def read_attempts(tables: Tables, organisation: str, invoice: str) -> list[StoredAttempt]:
    """The attempts of an invoice, by number."""
    items = tables.query(Table.DOCUMENTS, f"{organisation}#doc#{invoice}", prefix="attempt#")
    return [StoredAttempt(Attempt.from_json(item.body), item.version) for item in items]


def invoice_of(tables: Tables, organisation: str, attempt: str) -> str | None:
    """The invoice that an attempt of this organisation was made for; None when it is none of its attempts."""
    item = tables.get(Key(Table.DOCUMENTS, f"{organisation}#attempts", attempt))
    return None if item is None else item.body["invoice"]


def payment_puts(organisation: str, payment: Payment) -> list[Put]:
    """The new items of a payment: itself and its list entry; refused when it is recorded already."""
    body = payment.to_json()
    return [
        Put(payment_key(organisation, payment.invoice, payment.id), body),
        Put(Key(Table.DOCUMENTS, f"{organisation}#payments", payment.id), body),
    ]


def read_payments(tables: Tables, organisation: str, invoice: str) -> list[Payment]:
    """The payments of an invoice, in order of id."""
    items = tables.query(Table.DOCUMENTS, f"{organisation}#doc#{invoice}", prefix="payment#")
    return [Payment.from_json(item.body) for item in items]


def list_payments(
    tables: Tables, organisation: str, *, after: str | None, limit: int, newest_first: bool = False
) -> Iterator[Payment]:
    """Payments of an organisation in order of id, which is order of their attempts."""
    partition = f"{organisation}#payments"
    for item in tables.query(Table.DOCUMENTS, partition, after=after, limit=limit, newest_first=newest_first):
        yield Payment.from_json(item.body)
