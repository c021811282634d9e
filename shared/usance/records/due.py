"""Due pointers: the day on which to look at a contract next.

    {org}#due  {day}#{contract}

A pointer is a hint and decides nothing: looking at a contract too early finds nothing to do, and what is found does
not depend on how late the look came. An organisation without pointers costs a run one query.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from usance.ports import Delete, Item, Key, Put, Table, Tables


def pointer_key(organisation: str, day: date, contract: str) -> Key:
    return Key(Table.DOCUMENTS, f"{organisation}#due", f"{day}#{contract}")


def put_pointer(organisation: str, day: date, contract: str) -> Put:
    """Look at a contract on a day; refused when that pointer is there already, which callers take for success."""
    return Put(pointer_key(organisation, day, contract), {"contract": contract})


def due_pointers(tables: Tables, organisation: str, today: date) -> Iterator[tuple[str, Item]]:
    """Contracts to look at up to a day, earliest first, each with its pointer."""
    for item in tables.query(Table.DOCUMENTS, f"{organisation}#due", until=f"{today}#~"):
        yield item.body["contract"], item


def drop_pointer(pointer: Item) -> Delete:
    """The change that removes a pointer that was followed."""
    return Delete(pointer.key, pointer.version)
