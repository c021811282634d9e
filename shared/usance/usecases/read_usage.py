"""Read usage: every acknowledged event of a window, each once, also while a fold is running.

The manifest and what it does not list are read first, the buckets afterwards. A fold writes in the other order, so an
event that has left the first place by the time we look there is in the second when we look there. Seeing it in both
is harmless: it has one identity.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
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
_MOST_MERGED: Final = 62
"""Days that a reader remembers with their unfolded events: two months of one event type."""


class Day:
    """The distinct events of a day."""

    __slots__ = ("by_customer", "by_id")

    def __init__(self, lines: Iterable[Line]) -> None:
        self.by_id = {line.id: line for line in lines}
        self.by_customer: dict[str, list[Line]] = {}
        for line in self.by_id.values():
            self.by_customer.setdefault(line.customer, []).append(line)


@dataclass(slots=True)
class Arrived:
    """What has arrived for a day and is not folded, and the names of what it came in."""

    lines: list[Line] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)


class UsageReader:
    """Reads usage, and remembers the content of objects, which never change."""

    def __init__(self, tables: Tables, objects: Objects) -> None:
        self._tables, self._objects = tables, objects
        self._days: OrderedDict[str, Day] = OrderedDict()
        self._batches: OrderedDict[str, dict[str, list[Line]]] = OrderedDict()
        self._remembered = 0
        self._merged: dict[tuple[str, str, str], tuple[tuple[str, ...], Day]] = {}

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

    def _tail(self, organisation: str, event_type: str, first: date, last: date) -> dict[str, Arrived]:
        manifest = read_manifest(self._tables, organisation, event_type)
        tail: dict[str, Arrived] = {}
        for short, found in unfolded_objects(self._objects, manifest):
            _spread(self._batch(found.name, short), short, first, last, tail)
        for item in unfolded_items(self._tables, organisation, event_type):
            # An item never changes, but one of its key may come again after it was dropped: later.
            _spread(_by_day(item_lines(item)), f"{item.key.sort}@{item.body['at']}", first, last, tail)
        return tail

    def _read_days(
        self, organisation: str, event_type: str, first: date, last: date, tail: dict[str, Arrived]
    ) -> list[Day]:
        days: dict[str, Day] = {}
        names: dict[str, str] = {}
        for bucket in read_buckets(self._tables, organisation, event_type, first, last):
            if bucket.object is not None:
                days[bucket.day], names[bucket.day] = self._day(bucket.object), bucket.object
        for day, arrived in tail.items():
            made_of = (names.get(day, ""), *arrived.sources)
            days[day] = self._merge((organisation, event_type, day), made_of, days.get(day), arrived)
        return [days[day] for day in sorted(days)]

    def _merge(
        self, place: tuple[str, str, str], made_of: tuple[str, ...], present: Day | None, arrived: Arrived
    ) -> Day:
        """A day with what is not folded yet; the same day as before when it is made of the same."""
        known = self._merged.get(place)
        if known is None or known[0] != made_of:
            if len(self._merged) >= _MOST_MERGED:
                self._merged.clear()
            lines = present.by_id.values() if present else ()
            known = self._merged[place] = (made_of, Day(fold(lines, arrived.lines).lines))
        return known[1]

    def _day(self, name: str) -> Day:
        day = self._days.get(name)
        if day is None:
            day = self._days[name] = Day(bucket_lines(self._objects, name))
            self._remember(len(day.by_id))
        self._days.move_to_end(name)
        return day

    def _batch(self, name: str, short: str) -> dict[str, list[Line]]:
        days = self._batches.get(name)
        if days is None:
            content = self._objects.get(name)
            if content is None:
                raise ValueError(f"{name} is listed and cannot be read")
            lines = object_lines(short, content)
            days = self._batches[name] = _by_day(lines)
            self._remember(len(lines))
        self._batches.move_to_end(name)
        return days

    def _remember(self, events: int) -> None:
        self._remembered += events
        while self._remembered > _MOST_REMEMBERED and len(self._batches) > 1:
            self._remembered -= sum(map(len, self._batches.popitem(last=False)[1].values()))
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


def _by_day(lines: Iterable[Line]) -> dict[str, list[Line]]:
    days: dict[str, list[Line]] = {}
    for line in lines:
        days.setdefault(line.timestamp.date().isoformat(), []).append(line)
    return days


def _spread(days: dict[str, list[Line]], source: str, first: date, last: date, tail: dict[str, Arrived]) -> None:
    for day, lines in days.items():
        if first.isoformat() <= day <= last.isoformat():
            arrived = tail.setdefault(day, Arrived())
            arrived.lines += lines
            arrived.sources.append(source)


def _second(line: Line, place: int, days: list[Day]) -> bool:
    """Whether an event of the same id on another day of the window counts in place of this one."""
    for other, day in enumerate(days):
        rival = day.by_id.get(line.id) if other != place else None
        if rival is not None and (rival.at, other) < (line.at, place):
            return True
    return False
