"""Fold usage: put what arrived into its buckets, then say so, then drop what is no longer needed.

The order is what makes it safe to stop anywhere and to run twice at once: buckets first, the manifest when they all
hold, deletions last. Who has to know of what arrived is told before the manifest is written, and again by the next
fold when this one stopped in between. A fold that was stopped leaves events in both places, and identity counts them
once; the next fold finds them again and changes nothing by merging them again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from usance.kernel.clock import Clock
from usance.kernel.errors import Conflict as Contested
from usance.metering.fold import fold
from usance.metering.line import Line, encode_line, pack
from usance.ports import Delete, Item, Objects, Tables, TransactionRefused
from usance.records.buckets import (
    Manifest,
    bucket_lines,
    folded_name,
    read_bucket,
    read_manifest,
    unfolded_items,
    unfolded_objects,
)
from usance.records.usage import item_lines, object_lines

MOST_EVENTS: Final = 200_000
"""Events of one pass, so that memory is bounded; a pass that leaves something says so."""
Notice = Callable[[Sequence[Line]], object]
"""Told of events that arrived, before they count as folded; the same ones perhaps more than once."""

_TRIES: Final = 8
_CHUNK: Final = 100


@dataclass(frozen=True, slots=True)
class FoldReport:
    """What one pass over an event type did. `more` means that something is left for the next pass."""

    events: int = 0
    buckets: int = 0
    conflicts: int = 0
    more: bool = False


@dataclass(slots=True)
class _Taken:
    """What a pass takes in: the events by day, and where they came from."""

    now: datetime
    """From before anything was listed."""
    days: dict[str, list[Line]] = field(default_factory=dict)
    events: int = 0
    items: list[Item] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    pending: str | None = None
    more: bool = False

    def add(self, lines: Iterable[Line]) -> None:
        for line in lines:
            self.days.setdefault(line.timestamp.date().isoformat(), []).append(line)
            self.events += 1

    @property
    def full(self) -> bool:
        return self.events >= MOST_EVENTS


def fold_usage(
    tables: Tables,
    objects: Objects,
    clock: Clock,
    organisation: str,
    event_type: str,
    *,
    arrived: Notice | None = None,
) -> FoldReport:
    """Fold what arrived for one event type, about `MOST_EVENTS` events at most. `clock` is the wall clock.

    Raises ValueError for kept events that cannot be read, which is a defect and stops this event type only, and
    Conflict when others keep changing a bucket.
    """
    now = clock.now()
    manifest = read_manifest(tables, organisation, event_type)
    taken = _take(tables, objects, manifest, now)
    conflicts = sum(_fold_day(tables, objects, manifest, day, lines) for day, lines in sorted(taken.days.items()))
    if arrived is not None and taken.events:
        arrived([line for lines in taken.days.values() for line in lines])
    if not _record(tables, manifest, taken):
        # Another fold was quicker. The buckets hold what it and we found; the rest is found again by the next fold.
        return FoldReport(taken.events, len(taken.days), conflicts, more=True)
    _drop(tables, taken.items)
    return FoldReport(taken.events, len(taken.days), conflicts, taken.more)


def fold_until(done: Callable[[], bool], one_pass: Callable[[], FoldReport]) -> FoldReport:
    """Make passes until nothing is left or `done` says that time is up."""
    total = FoldReport(more=True)
    while total.more and not done():
        report = one_pass()
        total = FoldReport(
            total.events + report.events,
            total.buckets + report.buckets,
            total.conflicts + report.conflicts,
            report.more,
        )
    return total


def _take(tables: Tables, objects: Objects, manifest: Manifest, now: datetime) -> _Taken:
    taken = _Taken(now)
    for item in unfolded_items(tables, manifest.organisation, manifest.event_type):
        if taken.full:
            taken.more = True
            break
        taken.add(item_lines(item))
        taken.items.append(item)
    for short, found in unfolded_objects(objects, manifest):
        if taken.full:
            taken.pending, taken.more = short, True
            break
        content = objects.get(found.name)
        if content is None:
            raise ValueError(f"{found.name} is listed and cannot be read")
        taken.add(object_lines(short, content))
        taken.names.add(short)
    return taken


def _fold_day(tables: Tables, objects: Objects, manifest: Manifest, day: str, arrived: list[Line]) -> int:
    """Merge what arrived into a day's bucket; the number of new conflicts."""
    for _ in range(_TRIES):
        bucket = read_bucket(tables, manifest.organisation, manifest.event_type, day)
        present = bucket_lines(objects, bucket.object) if bucket.object else []
        folded = fold(present, arrived)
        known = set(bucket.conflicts)
        conflicts = tuple(one for one in folded.conflicts if one not in known)
        packed = pack([encode_line(line) for line in folded.lines])
        name = folded_name(bucket, hashlib.sha256(packed).hexdigest())
        if name == bucket.object and not conflicts:
            return 0
        objects.put_new(name, packed, "application/zstd")
        try:
            tables.transact([bucket.after(name, len(folded.lines), conflicts)])
        except TransactionRefused:
            continue  # another fold changed the bucket, or our own write was repeated: look again, merge again
        return len(conflicts)
    raise Contested(f"others keep changing the bucket of {day}; the next fold tries again")


def _record(tables: Tables, manifest: Manifest, taken: _Taken) -> bool:
    change = manifest.after(taken.names, taken.pending, taken.now, found=taken.events > 0)
    if change is None:
        return True
    try:
        tables.transact([change])
    except TransactionRefused:
        kept = tables.get(change.key)
        return kept is not None and dict(kept.body) == dict(change.body)
    return True


def _drop(tables: Tables, items: list[Item]) -> None:
    for first in range(0, len(items), _CHUNK):
        chunk = items[first : first + _CHUNK]
        try:
            tables.transact([Delete(item.key, item.version) for item in chunk])
        except TransactionRefused:
            continue  # another fold dropped some of them; what is left is folded again, without effect, and dropped
