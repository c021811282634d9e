"""Schedule and recognise revenue: the steps of the revenue workflow.

`schedule` records the schedules of an issued document; `recognise_document` posts what has become revenue and moves
the schedules on, entries and progress in one transaction. Both may be repeated.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice
from typing import Final

from usance.kernel.clock import Clock
from usance.kernel.instant import local_day
from usance.ports import Change, ControlPlane, Tables, TransactionRefused
from usance.records.documents import read_document
from usance.records.journal import put_entry
from usance.records.organisations import read_organisation
from usance.records.schedules import (
    StoredProgress,
    close,
    open_documents,
    put_open,
    put_schedule,
    read_schedules,
)
from usance.revenue.recognise import Progress, recognition_entries, slices
from usance.revenue.schedule import schedules_of

_AT_ONCE: Final = 40
"""Schedules in one transaction: each makes one change of its own, their months' entries the rest of the hundred."""

_TRIES: Final = 8


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a step posted, and where the next one begins (None: nothing is left)."""

    entries: int
    cursor: str | None = None


def schedule(tables: Tables, organisation: str, document: str) -> int:
    """Record the schedules of a document. Returns how many it has."""
    made = schedules_of(read_document(tables, organisation, document))
    if not made:
        return 0
    # The mark first: a document whose schedules are half recorded is found again, and completed, by the next run.
    with contextlib.suppress(TransactionRefused):
        tables.transact([put_open(organisation, document)])
    known = {stored.progress.schedule.place for stored in read_schedules(tables, organisation, document)}
    for one in made:
        if one.place not in known:
            with contextlib.suppress(TransactionRefused):
                tables.transact([put_schedule(organisation, Progress(one))])
    return len(made)


def recognise_document(tables: Tables, organisation: str, document: str, as_of: datetime, zone: str) -> int:
    """Post what a document's lines have become of revenue before the day of `as_of`. Returns the number of entries.

    The day is cut in the organisation's zone. Raises TransactionRefused when others keep recognising the same.
    """
    for _ in range(_TRIES - 1):
        with contextlib.suppress(TransactionRefused):
            return _recognise(tables, organisation, document, as_of, zone)
    return _recognise(tables, organisation, document, as_of, zone)


def _recognise(tables: Tables, organisation: str, document: str, as_of: datetime, zone: str) -> int:
    today = local_day(as_of, zone)
    stored = read_schedules(tables, organisation, document)
    unfinished = [one for one in stored if not one.progress.is_complete()]
    posted, still_open = 0, False
    for start in range(0, len(unfinished), _AT_ONCE):
        batch = unfinished[start : start + _AT_ONCE]
        moved = [_moved(one, today) for one in batch]
        still_open = still_open or not all(progress.is_complete() for progress in moved)
        due = [part for one in batch for part in slices(one.progress, today)]
        entries = recognition_entries(organisation, document, due, today)
        changes: list[Change] = [put_entry(organisation, entry) for entry in entries]
        changes += [
            put_schedule(organisation, progress, one.version)
            for one, progress in zip(batch, moved, strict=True)
            if progress != one.progress
        ]
        if changes:
            tables.transact(changes)
        posted += len(entries)
    if not still_open:
        with contextlib.suppress(TransactionRefused):
            tables.transact([close(organisation, document)])
    return posted


def _moved(one: StoredProgress, today: date) -> Progress:
    schedule = one.progress.schedule
    reached = max(one.progress.recognised_to or schedule.period.start, min(today, schedule.complete_on))
    return replace(one.progress, recognised_to=reached) if today > schedule.period.start else one.progress


def recognise_next(
    control: ControlPlane, tables: Tables, clock: Clock, *, cursor: str | None, limit: int
) -> Recognised:
    """Recognise the next `limit` documents that have something left, organisation by organisation, past the cursor
    that the step before gave."""
    begun, _, document = (cursor or "").partition("/")
    posted, left = 0, limit
    for name in control.organisations():
        if name < begun:
            continue
        organisation = read_organisation(control, name)
        as_of, after = organisation.as_of(clock), (document or None) if name == begun else None
        for open_document in islice(open_documents(tables, name, after=after, limit=left), left):
            posted += recognise_document(tables, name, open_document, as_of, organisation.zone)
            left -= 1
            if not left:
                return Recognised(posted, f"{name}/{open_document}")
    return Recognised(posted)
