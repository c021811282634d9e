"""A meter in memory: ports, a clock, and what has been acknowledged, for trying every order and every crash."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from usance.catalog.event_type import EventType
from usance.kernel.clock import FixedClock
from usance.metering.schema import Schema
from usance.records.buckets import SETTLED_AFTER_MINUTES
from usance.store.memory import MemoryObjects, MemoryTables
from usance.usecases import accept_usage as accepting
from usance.usecases.accept_usage import Delivery, Intake, accept_usage
from usance.usecases.fold_usage import fold_usage
from usance.usecases.read_usage import UsageReader

NOW = datetime(2025, 7, 10, 12, tzinfo=UTC)
START, END = datetime(2025, 7, 1, tzinfo=UTC), datetime(2025, 8, 1, tzinfo=UTC)
SCHEMA = Schema(EventType.model_validate({"name": "e", "fields": {"n": "Decimal"}}).to_json())
CUSTOMERS = ("acme", "zeta")


def event(number: int, **changes) -> dict:
    """The event of a number, always the same: a copy is a copy wherever it is made."""
    at = START + timedelta(hours=7 * number)
    return {
        "id": f"id{number}",
        "customer": CUSTOMERS[number % 2],
        "timestamp": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "data": {"n": number},
        **changes,
    }


class Meter:
    """Ports, a clock, and what has been acknowledged."""

    def __init__(self) -> None:
        self.tables, self.objects, self.clock = MemoryTables(), MemoryObjects(), FixedClock(NOW)
        self.acknowledged: dict[str, int] = {}
        self.reader = UsageReader(self.tables, self.objects)

    def send(self, *numbers: int, large: bool = False) -> None:
        events = [event(number) for number in numbers]
        body = json.dumps(events if len(events) > 1 else events[0]).encode()
        intake = Intake(self.tables, self.objects, self.clock)
        with patch.object(accepting, "ITEM_BYTES", 0 if large else accepting.ITEM_BYTES):
            receipt = accept_usage(intake, SCHEMA, Delivery("org_a", "e", body, NOW))
        assert receipt.accepted + receipt.duplicates == len(numbers)
        self.acknowledged |= {f"id{number}": number for number in numbers}

    def fold(self, tables=None, objects=None):
        return fold_usage(tables or self.tables, objects or self.objects, self.clock, "org_a", "e")

    def read(self, reader=None) -> list[tuple[str, str]]:
        found = (reader or self.reader)("org_a", "e", frozenset(CUSTOMERS), START, END)
        return sorted((one.id, str(one.data["n"])) for one in found)

    def expected(self) -> list[tuple[str, str]]:
        return sorted((id, str(number)) for id, number in self.acknowledged.items())

    def check(self) -> None:
        assert self.read() == self.expected()
        assert self.read(UsageReader(self.tables, self.objects)) == self.expected()

    def dump(self):
        items = {(item.key.partition, item.key.sort): (item.version, item.body) for item in self.tables.scan()}
        return items, [one.name for one in self.objects.list("")]


def mixed() -> Meter:
    """Events in buckets, in both kinds of place and in all the tail has, with copies between all of them."""
    meter = Meter()
    meter.send(0, 1, 2, 3, large=True)
    meter.send(4)
    meter.fold()
    meter.clock.move(NOW + timedelta(minutes=SETTLED_AFTER_MINUTES + 5))
    meter.send(2, 3, 5, 6, large=True)
    meter.send(4)
    meter.send(7)
    meter.send(1, 8, 9)
    meter.send(6, 10)
    return meter
