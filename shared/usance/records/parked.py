"""Parked contracts: those that could not be billed safely, each with the reason.

{org}#parked  {contract}   {"reason", "at"}
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from usance.kernel.instant import show_instant
from usance.ports import Delete, Item, Key, Put, Table, Tables


def parked_key(organisation: str, contract: str) -> Key:
    """Where the reason for parking a contract is."""
    return Key(Table.DOCUMENTS, f"{organisation}#parked", contract)


def park(tables: Tables, organisation: str, contract: str, reason: str, at: datetime) -> None:
    """Record why a contract could not be billed, over an earlier reason."""
    key = parked_key(organisation, contract)
    known = tables.get(key)
    body = {"reason": reason, "at": show_instant(at)}
    tables.transact([Put(key, body, expect=known.version if known else None)])


def release(tables: Tables, organisation: str, contract: str) -> None:
    """Take a contract that was billed off the list."""
    known = tables.get(parked_key(organisation, contract))
    if known is not None:
        tables.transact([Delete(known.key, known.version)])


def is_parked(tables: Tables, organisation: str, contract: str) -> bool:
    """Whether a contract could not be billed the last time."""
    return tables.get(parked_key(organisation, contract)) is not None


def list_parked(tables: Tables, organisation: str) -> Iterator[Item]:
    """The parked contracts of an organisation."""
    return tables.query(Table.DOCUMENTS, f"{organisation}#parked")
