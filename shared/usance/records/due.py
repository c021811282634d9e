"""Due pointers: the instant at which to look at a contract next.

    {org}#due  {instant}#{contract}

A pointer is a hint and decides nothing: looking at a contract too early finds nothing to do, and what is found does
not depend on how late the look came. An organisation without pointers costs a run one query.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from usance.kernel.instant import parse_instant, show_instant
from usance.ports import Delete, Key, Put, Table, Tables


def pointer_key(organisation: str, at: datetime, contract: str) -> Key:
    """Where a pointer is. Whole seconds, so that instants sort as text."""
    return Key(Table.DOCUMENTS, f"{organisation}#due", f"{show_instant(at.replace(microsecond=0))}#{contract}")


def put_pointer(organisation: str, at: datetime, contract: str) -> Put:
    """Look at a contract at an instant; refused when that pointer is there already, which callers take for success."""
    return Put(pointer_key(organisation, at, contract), {"contract": contract})


def due_pointers(tables: Tables, organisation: str, as_of: datetime) -> Iterator[tuple[str, datetime]]:
    """Contracts to look at up to an instant, earliest first, each with the instant of its pointer."""
    until = f"{show_instant(as_of.replace(microsecond=0))}#~"
    for item in tables.query(Table.DOCUMENTS, f"{organisation}#due", until=until):
        yield item.body["contract"], parse_instant(item.key.sort.partition("#")[0])


def drop_pointer(organisation: str, at: datetime, contract: str) -> Delete:
    """The change that removes a pointer that was followed."""
    return Delete(pointer_key(organisation, at, contract), 1)
