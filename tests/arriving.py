"""An organisation in memory whose usage goes the whole way: accepted, folded, read, billed as it arrives."""

from __future__ import annotations

import json
from typing import Any

from tests.world import World
from usance.catalog.event_type import EventType
from usance.contract.contract import Contract
from usance.kernel.instant import parse_instant
from usance.metering.schema import Schema
from usance.ports import Kind, Queue
from usance.records.due import due_pointers
from usance.records.organisations import read_organisation
from usance.usecases.accept_usage import Delivery, Intake, accept_usage
from usance.usecases.bill import Billing
from usance.usecases.billing_run import RunRequest, bill_chunk, dispatch
from usance.usecases.contracts import record_contract
from usance.usecases.fold_all import fold_all
from usance.usecases.read_usage import UsageReader
from usance.usecases.registry import Intent

EVENT_TYPE = {"name": "compute", "fields": {"hours": "Decimal"}}
SCHEMA = Schema(EventType.model_validate(EVENT_TYPE).to_json())
NOON = parse_instant("2025-07-10T12:00:00Z")
TERMS: dict[str, Any] = {
    "customer": "acme",
    "starts_on": "2025-07-01",
    "items": [
        {
            "id": "compute",
            "quantity": {"metric": "cpu"},
            "billing": {"every": "P1M", "timing": "advance"},
            "prices": {"model": "per_unit", "unit_amount": "0.05"},
        }
    ],
}


class Rig(World):
    """An organisation whose usage goes the whole way: accepted, folded, read."""

    def __init__(self, test_clock: str | None = None) -> None:
        super().__init__()
        self.organisation(test_clock=test_clock)
        self.record("org_a", Kind.EVENT_TYPE, "evt_1", dict(EventType.model_validate(EVENT_TYPE).to_json()), "compute")
        self.customer()
        self.metric()
        self.clock.move(NOON)
        self.runs = 0

    @property
    def billing(self) -> Billing:
        control, tables, objects = (self.fuse.guard(one) for one in (self.control, self.tables, self.objects))
        return Billing(control, tables, objects, UsageReader(tables, objects))

    def agree(self, name: str = "a", **terms) -> str:
        contract = Contract.model_validate({**TERMS, "id": name, **terms})
        organisation = read_organisation(self.control, "org_a")
        tables, control = self.fuse.guard(self.tables), self.fuse.guard(self.control)
        return record_contract(control, tables, organisation, Intent(self.clock.now(), (name,)), contract).id

    def send(self, id: str, at: str, hours: str, customer: str = "acme") -> None:
        event = {"id": id, "customer": customer, "timestamp": at, "data": {"hours": hours}}
        intake = Intake(self.tables, self.objects, self.clock)
        delivery = Delivery("org_a", "compute", json.dumps(event).encode(), self.clock.now())
        assert accept_usage(intake, SCHEMA, delivery).accepted == 1

    def fold(self) -> None:
        control, tables, objects = (self.fuse.guard(one) for one in (self.control, self.tables, self.objects))
        run = fold_all(control, tables, objects, self.clock, lambda: False)
        assert not run.failed

    def bill(self) -> None:
        """A run as the schedule starts one."""
        self.runs += 1
        dispatch(self.control, self.tables, self.queues, self.clock, f"run-{self.runs}", RunRequest())
        for message in self.queues.take(Queue.BILL):
            assert not bill_chunk(self.billing, self.clock, message).failed

    def charged(self) -> list[str]:
        """Amounts of the lines of all documents, in the order of their numbers."""
        bodies = [body for body in self.bodies("org_a#doc#") if "lines" in body]
        return [line["amount"] for body in sorted(bodies, key=lambda one: one["number"]) for line in body["lines"]]

    def due(self, until: str = "2025-07-31T23:00:00Z") -> list[str]:
        return [at.isoformat() for _contract, at in due_pointers(self.tables, "org_a", parse_instant(until))]
