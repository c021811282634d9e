"""The outbox: what has to be told after a fact, written in the same transaction as the fact.

    {org}#outbox  {message id}   {"type", "at", "payload"}

A message is removed once it was passed on. Passing it on twice must be harmless, because the removal may be lost.
The ids are derived from the fact, so a fact written once has one message.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from usance.kernel.ids import derived_id
from usance.kernel.instant import show_instant
from usance.ports import Body, Delete, Item, Key, Put, Table, Tables

INVOICE_ISSUED: Final = "invoice.issued"
PAYMENT_SUCCEEDED: Final = "payment.succeeded"


def put_message(organisation: str, type_: str, source: str, at: datetime, payload: Body) -> Put:
    """The change that writes the message of a fact. `source` is the fact's id."""
    key = Key(Table.DOCUMENTS, f"{organisation}#outbox", derived_id("msg", at, organisation, type_, source))
    return Put(key, {"type": type_, "at": show_instant(at), "payload": dict(payload)})


def waiting(tables: Tables, organisation: str, limit: int | None = None) -> Iterator[Item]:
    """Messages not passed on yet, oldest first."""
    return tables.query(Table.DOCUMENTS, f"{organisation}#outbox", limit=limit)


def passed_on(message: Item) -> Delete:
    """The change that removes a message that was passed on."""
    return Delete(message.key, message.version)
