"""A whole installation in memory: an organisation, a customer, usage, and the use cases over the memory twins."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.faults import Fuse
from usance.catalog.metric import Metric
from usance.contract.amendment import Amendment
from usance.contract.contract import Contract
from usance.kernel.clock import FixedClock
from usance.kernel.instant import parse_instant
from usance.metering.event import Event
from usance.ports import Kind, Record, Table
from usance.records.contracts import amendment_entry, contract_body
from usance.records.due import put_pointer
from usance.store.memory import (
    MemoryControlPlane,
    MemoryObjects,
    MemoryQueues,
    MemoryTables,
    MemoryWorkflows,
)
from usance.usecases.bill import Billing

EARLY = datetime(2025, 7, 1, tzinfo=UTC)


@dataclass
class World:
    """Ports, and a fuse that all of them burn on."""

    clock: FixedClock = field(default_factory=lambda: FixedClock(EARLY))
    control: MemoryControlPlane = field(default_factory=MemoryControlPlane)
    tables: MemoryTables = field(default_factory=MemoryTables)
    objects: MemoryObjects = field(default_factory=MemoryObjects)
    queues: MemoryQueues = field(default_factory=MemoryQueues)
    workflows: MemoryWorkflows = field(default_factory=MemoryWorkflows)
    usage: list[Event] = field(default_factory=list)
    fuse: Fuse = field(default_factory=Fuse)

    @property
    def billing(self) -> Billing:
        return Billing(
            self.fuse.guard(self.control), self.fuse.guard(self.tables), self.fuse.guard(self.objects), self.read_usage
        )

    def read_usage(self, _organisation, event_type, customers, start, end):
        return [
            event
            for event in self.usage
            if event.event_type == event_type and event.customer in customers and start <= event.timestamp < end
        ]

    def organisation(self, name: str = "org_a", *, test_clock: str | None = None, **body: Any) -> str:
        self.record(
            name,
            Kind.ORGANISATION,
            name,
            {"name": name, "mode": "test", "currency": "USD", "timezone": "UTC", "test_clock": test_clock, **body},
        )
        return name

    def record(
        self, organisation: str, kind: Kind, name: str, body: dict[str, Any], external: str | None = None
    ) -> None:
        self.control.create(Record(organisation, kind, name, body, EARLY, external))

    def customer(self, organisation: str = "org_a", name: str = "cus_acme", external: str = "acme") -> str:
        self.record(organisation, Kind.CUSTOMER, name, {"name": "ACME Inc."}, external)
        return name

    def metric(self, organisation: str = "org_a", name: str = "cpu") -> None:
        metric = Metric.model_validate({"event_type": "compute", "aggregate": "sum", "field": "hours"})
        self.record(organisation, Kind.METRIC, f"met_{name}", dict(metric.to_json()), name)

    def contract(self, *items: dict[str, Any], organisation: str = "org_a", name: str = "ctr_1", **terms: Any) -> str:
        contract = Contract.model_validate({"starts_on": "2025-07-01", "items": items, **terms})
        body = contract_body(contract, customer="cus_acme", currency="USD", zone="UTC")
        self.tables.transact([put_pointer(organisation, parse_instant(f"{contract.starts_on} 00:00:00"), name)])
        self.record(organisation, Kind.CONTRACT, name, dict(body))
        return name

    def amend(self, at: str, contract: str = "ctr_1", organisation: str = "org_a", **change: Any) -> None:
        record = self.control.get(organisation, Kind.CONTRACT, contract)
        assert record is not None
        entry = amendment_entry(Amendment.model_validate(change), parse_instant(at))
        body = {**record.body, "amendments": [*record.body["amendments"], entry]}
        self.control.replace(
            Record(
                organisation, Kind.CONTRACT, contract, body, record.created_at, record.external_id, record.version + 1
            )
        )

    def use(self, at: str, hours: str, customer: str = "acme") -> None:
        self.usage.append(Event(f"e{len(self.usage)}", "compute", customer, parse_instant(at), {"hours": hours}))

    def dump(self) -> dict[Any, Any]:
        """All items of all hot tables."""
        return {(item.key.table, item.key.partition, item.key.sort): item.body for item in self.tables.scan()}

    def bodies(self, prefix: str, table: Table = Table.DOCUMENTS) -> list[Any]:
        """Bodies of the items whose partition begins with a prefix, by partition and sort key."""
        rows = sorted((key, body) for key, body in self.dump().items() if key[0] == table and key[1].startswith(prefix))
        return [body for _key, body in rows]
