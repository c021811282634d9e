"""The control plane in memory."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC
from threading import Lock

from usance.ports import Kind, Page, Record
from usance.store.body import decode
from usance.store.records import check_new, check_page, check_successor, id_first, outdated, partition, storable, taken


@dataclass(slots=True)
class _Shelf:
    """Records of one kind in one organisation; bodies apart, as text."""

    records: dict[str, tuple[Record, bytes]] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    by_external_id: dict[str, str] = field(default_factory=dict)

    def read(self, id: str | None) -> Record | None:
        found = None if id is None else self.records.get(id)
        return None if found is None else replace(found[0], body=decode(found[1]))


class MemoryControlPlane:
    """`ports.ControlPlane` in memory. Safe to use from several threads."""

    def __init__(self) -> None:
        self._shelves: dict[str, _Shelf] = {}
        self._organisations: set[str] = set()
        self._lock = Lock()

    def create(self, record: Record) -> None:
        text = check_new(record)
        with self._lock:
            shelf = self._shelves.setdefault(partition(record.organisation, record.kind), _Shelf())
            if record.id in shelf.records:
                taken(record, external=False)
            if record.external_id is not None:
                if record.external_id in shelf.by_external_id:
                    taken(record, external=True)
                shelf.by_external_id[record.external_id] = record.id
            shelf.records[record.id] = (_kept(record), text)
            insort(shelf.order, record.id)
            if record.kind is Kind.ORGANISATION:
                self._organisations.add(record.id)

    def get(self, organisation: str, kind: Kind, reference: str) -> Record | None:
        shelf = self._shelves.get(partition(organisation, kind))
        if shelf is None or not storable(reference):
            return None
        by_id, by_external_id = shelf.read(reference), shelf.read(shelf.by_external_id.get(reference))
        return (by_id or by_external_id) if id_first(kind, reference) else (by_external_id or by_id)

    def list(self, organisation: str, kind: Kind, *, limit: int = 100, after: str | None = None) -> Page:
        check_page(limit, after)
        shelf = self._shelves.get(partition(organisation, kind), _Shelf())
        start = 0 if after is None else bisect_right(shelf.order, after)
        ids = shelf.order[start : start + limit + 1]
        records = tuple(record for id in ids[:limit] if (record := shelf.read(id)) is not None)
        return Page(records, records[-1].id if len(ids) > limit else None)

    def replace(self, record: Record) -> None:
        text = check_successor(record)
        with self._lock:
            shelf = self._shelves.get(partition(record.organisation, record.kind), _Shelf())
            stored = shelf.read(record.id)
            if stored is None or (stored.version, stored.external_id) != (record.version - 1, record.external_id):
                outdated(record, stored)
            shelf.records[record.id] = (_kept(record), text)

    def organisations(self) -> Iterator[str]:
        yield from sorted(self._organisations)


def _kept(record: Record) -> Record:
    return replace(record, body={}, created_at=record.created_at.astimezone(UTC))
