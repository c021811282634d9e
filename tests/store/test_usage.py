"""Usage on both storages: accepted, read before, while and after it is folded, and what is left behind."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from usance.catalog.event_type import EventType
from usance.kernel.clock import FixedClock
from usance.kernel.errors import EventConflict
from usance.metering.schema import Schema
from usance.ports import Table
from usance.records.usage import TAIL_SHARDS, tail_partition
from usance.usecases.accept_usage import Delivery, Intake, accept_usage
from usance.usecases.fold_usage import fold_usage
from usance.usecases.read_usage import UsageReader

NOW = datetime(2025, 8, 1, 12, tzinfo=UTC)
START, END = datetime(2025, 7, 1, tzinfo=UTC), datetime(2025, 8, 1, tzinfo=UTC)
SCHEMA = Schema(EventType.model_validate({"name": "compute", "fields": {"hours": "Decimal"}}).to_json())
ODD = ("e#1", "a/b", "..", "%2e", "é😀", "x" * 255, "ß", "null", "*?", "名" * 255)


def event(id, day=3, hours="0.1"):
    return {"id": id, "customer": "acme", "timestamp": f"2025-07-{day:02}T10:00:00Z", "data": {"hours": hours}}


@pytest.fixture
def send(tables, objects, org):
    clock = FixedClock(NOW)
    intake = Intake(tables, objects, clock)

    def send(events):
        clock.move(clock.now() + timedelta(seconds=1))
        body = json.dumps(events).encode()
        return accept_usage(intake, SCHEMA, Delivery(org, "compute", body, NOW))

    return send


def ids(tables, objects, org, reader=None):
    reader = reader or UsageReader(tables, objects)
    return sorted(one.id for one in reader(org, "compute", frozenset({"acme"}), START, END))


def test_usage_is_read_alike_before_and_after_it_is_folded(send, tables, objects, org):
    large = [event(f"{number * 7919 % 10_007:05}-{number * 104_729}", 1 + number % 28) for number in range(1_500)]
    for id in ODD:
        assert send(event(id)).accepted == 1
        assert send(event(id)).duplicates == 1
        with pytest.raises(EventConflict):
            send(event(id, hours="0.2"))
    small = [event(f"s{number}") for number in range(20)]
    assert send(small).accepted == 20
    assert send(small).duplicates == 20
    assert send(large).accepted == 1_500
    assert len(list(objects.list(f"raw/{org}/"))) == 1
    expected = sorted([*ODD, *(one["id"] for one in small), *(one["id"] for one in large)])
    reader = UsageReader(tables, objects)
    assert ids(tables, objects, org) == ids(tables, objects, org, reader) == expected

    report = fold_usage(tables, objects, FixedClock(NOW), org, "compute")
    assert (report.events, report.buckets, report.conflicts, report.more) == (len(expected), 28, 0, False)
    for shard in range(TAIL_SHARDS):
        assert not list(tables.query(Table.USAGE, tail_partition(org, "compute", shard)))
    assert ids(tables, objects, org) == ids(tables, objects, org, reader) == expected
    assert fold_usage(tables, objects, FixedClock(NOW), org, "compute").events == 0

    assert send(small[:1]).accepted == 1
    send(large[:1_000])
    assert ids(tables, objects, org) == ids(tables, objects, org, reader) == expected
    fold_usage(tables, objects, FixedClock(NOW + timedelta(hours=1)), org, "compute")
    assert ids(tables, objects, org) == expected
