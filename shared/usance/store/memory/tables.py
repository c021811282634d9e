"""Hot tables in memory: a dictionary and a sorted list of sort keys for each partition.

Bodies are kept as the same JSON text that DynamoDB would hold and are decoded afresh for each reader.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from threading import Lock

from usance.ports import Change, Delete, Item, Key, Put, Table, TransactionRefused
from usance.store.body import decode
from usance.store.bounds import Prepared, check_key, check_query, from_seconds, prepare
from usance.store.span import Span, span


@dataclass(slots=True)
class _Partition:
    items: dict[str, Prepared] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)

    def between(self, wanted: Span) -> list[str]:
        """Sort keys of an interval, in order."""
        start = (bisect_right if wanted.low_open else bisect_left)(self.order, wanted.low)
        if wanted.high is None:
            return self.order[start:]
        return self.order[start : (bisect_left if wanted.high_open else bisect_right)(self.order, wanted.high)]


class MemoryTables:
    """`ports.Tables` in memory. Safe to use from several threads."""

    def __init__(self) -> None:
        self._partitions: dict[tuple[Table, str], _Partition] = {}
        self._lock = Lock()

    def get(self, key: Key) -> Item | None:
        check_key(key)
        stored = self._stored(key)
        return None if stored is None else _item(stored)

    def get_many(self, keys: Sequence[Key]) -> dict[Key, Item]:
        return {key: item for key in dict.fromkeys(keys) if (item := self.get(key)) is not None}

    def query(
        self,
        table: Table,
        partition: str,
        *,
        prefix: str = "",
        after: str | None = None,
        until: str | None = None,
        limit: int | None = None,
        newest_first: bool = False,
    ) -> Iterator[Item]:
        check_query(partition, limit, prefix, after, until)
        return self._query(table, partition, span(prefix, after, until, newest_first=newest_first), limit, newest_first)

    def _query(
        self,
        table: Table,
        partition: str,
        wanted: Span,
        limit: int | None,
        newest_first: bool,  # noqa: FBT001 - private
    ) -> Iterator[Item]:
        # What is in the partition when the first item is asked for, as in one page of DynamoDB.
        with self._lock:
            found = self._partitions.get((table, partition))
            if found is None or wanted.empty:
                return
            sorts = found.between(wanted)
            if newest_first:
                sorts.reverse()
            page = [found.items[sort] for sort in sorts[:limit]]
        yield from map(_item, page)

    def transact(self, changes: Sequence[Change]) -> None:
        prepared = prepare(changes)
        with self._lock:
            refused = [change.key for change in changes if not self._holds(change)]
            if refused:
                raise TransactionRefused(refused)
            for one in prepared:
                self._apply(one)

    def scan(self) -> Iterator[Item]:
        """Every item of every table, by table, partition and sort key: for tests and dumps."""
        for _, found in sorted(self._partitions.items()):
            yield from (_item(found.items[sort]) for sort in found.order)

    def _stored(self, key: Key) -> Prepared | None:
        found = self._partitions.get((key.table, key.partition))
        return None if found is None else found.items.get(key.sort)

    def _holds(self, change: Change) -> bool:
        stored = self._stored(change.key)
        if stored is None:
            return change.expect is None or isinstance(change, Delete)
        return stored.version == change.expect

    def _apply(self, one: Prepared) -> None:
        key = one.change.key
        place = (key.table, key.partition)
        if isinstance(one.change, Put):
            found = self._partitions.setdefault(place, _Partition())
            if key.sort not in found.items:
                insort(found.order, key.sort)
            found.items[key.sort] = one
        elif isinstance(one.change, Delete) and (held := self._partitions.get(place)) and key.sort in held.items:
            del held.items[key.sort]
            del held.order[bisect_left(held.order, key.sort)]


def _item(stored: Prepared) -> Item:
    expires_at = None if stored.expires_at is None else from_seconds(stored.expires_at)
    return Item(stored.change.key, decode(stored.text), stored.version, expires_at)
