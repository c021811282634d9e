"""Journal entries in the ledger table: by the month they were posted in, never changed, never deleted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from usance.kernel.period import ONE_DAY
from usance.kernel.recurrence import Cadence, Recurrence
from usance.ledger.journal import JournalEntry
from usance.ports import Item, Key, Put, Table, Tables

_MONTHS = Recurrence(date(2000, 1, 1), Cadence.parse("P1M"))


def entry_key(organisation: str, entry: JournalEntry) -> Key:
    """Where an entry is: its posting month, then posting day and id."""
    return Key(Table.LEDGER, _partition(organisation, entry.posted_on), f"{entry.posted_on}#{entry.id}")


def put_entry(organisation: str, entry: JournalEntry) -> Put:
    """The change that posts an entry; refused when it is posted already."""
    return Put(entry_key(organisation, entry), entry.to_json())


def read_entries(tables: Tables, organisation: str, start: date, end: date) -> Iterator[JournalEntry]:
    """Entries posted from `start` up to, not including, `end`, in order of posting."""
    day = start
    while day < end:
        month = _MONTHS.full_period(day)
        last = min(end, month.end) - ONE_DAY
        after = f"{day}" if day > month.start else None
        for item in tables.query(Table.LEDGER, _partition(organisation, day), after=after, until=f"{last}#~"):
            yield _read(item)
        day = month.end


def _partition(organisation: str, day: date) -> str:
    return f"{organisation}#journal#{day:%Y-%m}"


def _read(item: Item) -> JournalEntry:
    return JournalEntry.from_json(item.body)
