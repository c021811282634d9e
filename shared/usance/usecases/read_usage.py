"""Read usage: every acknowledged event of a window, each once, also while a fold is running.

The manifest and what it does not list are read first, the buckets afterwards. A fold writes in the other order, so an
event that has left the first place by the time we look there is in the second when we look there. Seeing it in both
is harmless: it has one identity.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Final

from usance.metering.event import Event
from usance.metering.fold import fold
from usance.metering.line import Line
from usance.ports import Objects, Tables
from usance.records.buckets import bucket_lines, read_buckets, read_manifest, unfolded_items, unfolded_objects
from usance.records.usage import item_lines, object_lines

_INSTANT: Final = timedelta(microseconds=1)
_MOST_REMEMBERED: Final = 200_000
"""Events of immutable objects that a reader remembers between reads."""


class Day:
    """The distinct events of a day."""

    __slots__ = ("by_customer", "by_id")

    def __init__(self, lines: Iterable[Line]) -> None:
        self.by_id = {line.id: line for line in lines}
        self.by_customer: dict[str, list[Line]] = {}
        for line in self.by_id.values():
            self.by_customer.setdefault(line.customer, []).append(line)


class UsageReader:
    """Reads usage, and remembers the content of objects, which never change."""

    def __init__(self, tables: Tables, objects: Objects) -> None:
        self._tables, self._objects = tables, objects
        self._days: OrderedDict[str, Day] = OrderedDict()
        self._batches: OrderedDict[str, list[Line]] = OrderedDict()
        self._remembered = 0

    def __call__(
        self, organisation: str, event_type: str, customers: frozenset[str], start: datetime, end: datetime
    ) -> Iterator[Event]:
        """The events of customers (by any reference they were sent under) with start <= timestamp < end.

        Raises ValueError when kept events cannot be read.
        """
        first, last = start.date(), (end - _INSTANT).date()
        tail = self._tail(organisation, event_type, first, last)
        days = self._read_days(organisation, event_type, first, last, tail)
        for place, day in enumerate(days):
            for customer in sorted(customers):
                for line in day.by_customer.get(customer, ()):
                    if start <= line.timestamp < end and not _second(line, place, days):
                        yield Event(line.id, event_type, line.customer, line.timestamp, line.data)

    def _tail(self, organisation: str, event_type: str, first: date, last: date) -> dict[str, list[Line]]:
        manifest = read_manifest(self._tables, organisation, event_type)
        tail: dict[str, list[Line]] = {}
        for short, found in unfolded_objects(self._objects, manifest):
            _spread(self._batch(found.name, short), first, last, tail)
        for item in unfolded_items(self._tables, organisation, event_type):
            _spread(item_lines(item), first, last, tail)
        return tail

    def _read_days(
        self, organisation: str, event_type: str, first: date, last: date, tail: dict[str, list[Line]]
    ) -> list[Day]:
        folded: dict[str, Day] = {}
        for bucket in read_buckets(self._tables, organisation, event_type, first, last):
            if bucket.object is not None:
                folded[bucket.day] = self._day(bucket.object)
        for day, lines in tail.items():
            present = folded[day].by_id.values() if day in folded else ()
            folded[day] = Day(fold(present, lines).lines)
        return [folded[day] for day in sorted(folded)]

    def _day(self, name: str) -> Day:
        day = self._days.get(name)
        if day is None:
            day = self._days[name] = Day(bucket_lines(self._objects, name))
            self._remember(len(day.by_id))
        self._days.move_to_end(name)
        return day

    def _batch(self, name: str, short: str) -> list[Line]:
        lines = self._batches.get(name)
        if lines is None:
            content = self._objects.get(name)
            if content is None:
                raise ValueError(f"{name} is listed and cannot be read")
            lines = self._batches[name] = object_lines(short, content)
            self._remember(len(lines))
        self._batches.move_to_end(name)
        return lines

    def _remember(self, events: int) -> None:
        self._remembered += events
        while self._remembered > _MOST_REMEMBERED and len(self._batches) > 1:
            self._remembered -= len(self._batches.popitem(last=False)[1])
        while self._remembered > _MOST_REMEMBERED and len(self._days) > 1:
            self._remembered -= len(self._days.popitem(last=False)[1].by_id)


def read_events(
    tables: Tables,
    objects: Objects,
    organisation: str,
    event_type: str,
    customers: frozenset[str],
    start: datetime,
    end: datetime,
) -> Iterator[Event]:
    """Read usage once; see `UsageReader`."""
    return UsageReader(tables, objects)(organisation, event_type, customers, start, end)


def _spread(lines: Iterable[Line], first: date, last: date, tail: dict[str, list[Line]]) -> None:
    for line in lines:
        day = line.timestamp.date()
        if first <= day <= last:
            tail.setdefault(day.isoformat(), []).append(line)


def _second(line: Line, place: int, days: list[Day]) -> bool:
    """Whether an event of the same id on another day of the window counts in place of this one."""
    for other, day in enumerate(days):
        rival = day.by_id.get(line.id) if other != place else None
        if rival is not None and (rival.at, other) < (line.at, place):
            return True
    return False
