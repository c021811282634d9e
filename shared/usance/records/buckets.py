"""What usage was folded into: buckets of a day, and the manifest that says which batches they hold.

The layout is drawn in `usage`. What makes it safe to read while it changes:

1. A bucket only gains events. Its item names one immutable object and is replaced under its version.
2. The manifest names a batch only after every bucket that the batch touches holds its events; an item of the tail is
   deleted only after that too. So whoever looks at the manifest and the tail first, and at the buckets afterwards,
   sees every event at least once, and identity makes it once.
3. Everything that arrived before the manifest's minute is folded. That minute is never younger than
   `SETTLED_AFTER_MINUTES`, past which no acknowledged batch can appear in it (`accept_usage.ACKNOWLEDGE_WITHIN`), so
   the names listed in the manifest are few however long it lives.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from usance.metering.fold import Conflict
from usance.metering.line import Line, unpack
from usance.ports import Body, Item, Key, Objects, Put, StoredObject, Table, Tables
from usance.records.usage import OBJECT_SHARD, TAIL_SHARDS, arrival_minute, raw_prefix, tail_partition

SETTLED_AFTER_MINUTES: Final = 10

_DAY: Final = "day#"
_ENDING: Final = ".jsonl.zst"
_MOST_CONFLICTS: Final = 100


def fold_partition(organisation: str, event_type: str) -> str:
    """The partition of an event type's manifest and buckets."""
    return f"{organisation}#fold#{event_type}"


# -- the manifest ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Manifest:
    """Batches that are folded: all before minute `start`, and those of `names` (`{minute}/{sha256}`)."""

    organisation: str
    event_type: str
    start: str = ""
    names: frozenset[str] = frozenset()
    active_at: str = ""
    """Minute in which the fold last found something."""
    version: int | None = None

    @property
    def key(self) -> Key:
        return Key(Table.USAGE, fold_partition(self.organisation, self.event_type), "manifest")

    def after(self, taken: set[str], pending: str | None, now: datetime, *, found: bool) -> Put | None:
        """The change that adds batches `taken`; None when there is nothing to say.

        `pending` is the first batch that was listed and not taken. `now` is from before the listing. `found` says
        whether there was anything, items of the tail included.
        """
        settled = arrival_minute(now - timedelta(minutes=SETTLED_AFTER_MINUTES))
        start = max(self.start, min(settled, pending.partition("/")[0]) if pending else settled)
        names = {name for name in self.names | taken if name >= start}
        if not found and names == self.names and self.version is not None:
            return None
        active = arrival_minute(now) if found or self.version is None else self.active_at
        body = {"from": start, "names": sorted(names), "active_at": active}
        return Put(self.key, body, expect=self.version)


def read_manifest(tables: Tables, organisation: str, event_type: str) -> Manifest:
    """The manifest as last written; an empty one when there is none."""
    empty = Manifest(organisation, event_type)
    item = tables.get(empty.key)
    if item is None:
        return empty
    body = item.body
    return Manifest(
        organisation, event_type, body["from"], frozenset(body["names"]), body["active_at"], version=item.version
    )


def unfolded_objects(objects: Objects, manifest: Manifest) -> Iterator[tuple[str, StoredObject]]:
    """Batches that the manifest does not list, oldest minute first, each with its short name."""
    prefix = raw_prefix(manifest.organisation, manifest.event_type)
    for found in objects.list(prefix, after=prefix + manifest.start if manifest.start else None):
        short = found.name[len(prefix) :].removesuffix(_ENDING)
        if short not in manifest.names:
            yield short, found


def unfolded_items(tables: Tables, organisation: str, event_type: str) -> Iterator[Item]:
    """Single events and small batches that are not folded, or are and have not been dropped yet."""
    for shard in range(TAIL_SHARDS):
        yield from tables.query(Table.USAGE, tail_partition(organisation, event_type, shard))


# -- buckets ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where a day's distinct events are, and the conflicts that were met."""

    organisation: str
    event_type: str
    day: str
    object: str | None = None
    events: int = 0
    conflicts: tuple[Conflict, ...] = ()
    version: int | None = None

    @property
    def key(self) -> Key:
        return Key(Table.USAGE, fold_partition(self.organisation, self.event_type), _DAY + self.day)

    def after(self, name: str, events: int, conflicts: tuple[Conflict, ...]) -> Put:
        """The change that makes this bucket name another object. Its conflicts are remembered, the first of them."""
        every = {(one.id, one.refused_at): one for one in (*conflicts, *self.conflicts)}
        listed = sorted(every.values(), key=lambda one: (one.refused_at, one.id))[:_MOST_CONFLICTS]
        body: Body = {
            "object": name,
            "events": events,
            "conflicts": [{"id": one.id, "kept_at": one.kept_at, "refused_at": one.refused_at} for one in listed],
        }
        return Put(self.key, body, expect=self.version)


def read_bucket(tables: Tables, organisation: str, event_type: str, day: str) -> Bucket:
    """A day's bucket as last written; an empty one when there is none."""
    empty = Bucket(organisation, event_type, day)
    item = tables.get(empty.key)
    return empty if item is None else _bucket(organisation, event_type, item)


def read_buckets(tables: Tables, organisation: str, event_type: str, first: date, last: date) -> Iterator[Bucket]:
    """The buckets of days from the first to the last, both included."""
    after = _DAY + (first - timedelta(days=1)).isoformat()
    partition = fold_partition(organisation, event_type)
    for item in tables.query(Table.USAGE, partition, prefix=_DAY, after=after, until=_DAY + last.isoformat()):
        yield _bucket(organisation, event_type, item)


def bucket_lines(objects: Objects, name: str) -> list[Line]:
    """The events of a bucket's object. Raises ValueError when it is missing or cannot be read."""
    content = objects.get(name)
    if content is None:
        raise ValueError(f"the bucket names {name}, and there is no such object")
    return unpack(content)


def folded_name(bucket: Bucket, digest: str) -> str:
    """The name of a bucket's content."""
    return f"folded/{bucket.organisation}/{bucket.event_type}/{OBJECT_SHARD}/{bucket.day}/{digest}{_ENDING}"


def _bucket(organisation: str, event_type: str, item: Item) -> Bucket:
    body: Any = item.body
    conflicts = tuple(Conflict(one["id"], one["kept_at"], one["refused_at"]) for one in body["conflicts"])
    day = item.key.sort.removeprefix(_DAY)
    return Bucket(organisation, event_type, day, body["object"], body["events"], conflicts, item.version)
