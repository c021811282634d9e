"""Revenue schedules in the ledger table, and the list of those that are open in the documents table.

ledger     {org}#schedule#{document}  {place}     a schedule and how far it was recognised
documents  {org}#open-schedules       {document}  documents with something left to recognise

The list is work to do and no fact: entries are taken off it, and no function may delete from the ledger.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from usance.ports import Delete, Item, Key, Put, Table, Tables
from usance.revenue.recognise import Progress
from usance.revenue.schedule import Schedule


@dataclass(frozen=True, slots=True)
class StoredProgress:
    """A schedule's progress and the version it was read at."""

    progress: Progress
    version: int


def schedule_key(organisation: str, document: str, place: int) -> Key:
    """Where the schedule of a document's line is."""
    return Key(Table.LEDGER, f"{organisation}#schedule#{document}", f"{place:04}")


def open_key(organisation: str, document: str) -> Key:
    """Where a document is marked as having something to recognise."""
    return Key(Table.DOCUMENTS, f"{organisation}#open-schedules", document)


def put_schedule(organisation: str, progress: Progress, expect: int | None = None) -> Put:
    """Write a schedule; a new one, or one over the version it was read at."""
    recognised_to = progress.recognised_to.isoformat() if progress.recognised_to else None
    body = {**progress.schedule.to_json(), "recognised_to": recognised_to}
    schedule = progress.schedule
    return Put(schedule_key(organisation, schedule.document, schedule.place), body, expect)


def put_open(organisation: str, document: str) -> Put:
    """Mark a document as having something to recognise."""
    return Put(open_key(organisation, document), {})


def close(organisation: str, document: str) -> Delete:
    """Take the mark off a document that is fully recognised."""
    return Delete(open_key(organisation, document), 1)


def read_schedules(tables: Tables, organisation: str, document: str) -> list[StoredProgress]:
    """The schedules of a document, in the order of its lines."""
    return [_read(item) for item in tables.query(Table.LEDGER, f"{organisation}#schedule#{document}")]


def open_documents(tables: Tables, organisation: str, *, after: str | None, limit: int) -> Iterator[str]:
    """Documents with something left to recognise, in order of id."""
    for item in tables.query(Table.DOCUMENTS, f"{organisation}#open-schedules", after=after, limit=limit):
        yield item.key.sort


def _read(item: Item) -> StoredProgress:
    recognised_to = item.body["recognised_to"]
    progress = Progress(Schedule.from_json(item.body), date.fromisoformat(recognised_to) if recognised_to else None)
    return StoredProgress(progress, item.version)
