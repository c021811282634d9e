"""An organisation in memory that has an alert, and its calls in short."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.world import EARLY, World
from usance.catalog.alert import Alert
from usance.kernel.instant import parse_instant
from usance.ports import Record, Tables
from usance.records.alerts import list_events
from usance.records.organisations import Organisation, read_organisation
from usance.usecases.alerts import Evaluation, create_alert, evaluate_alert
from usance.usecases.bill import Billing
from usance.usecases.registry import Intent

CPU = {"on": "usage", "metric": "cpu", "customer": "acme", "thresholds": [10, 100]}
PLATFORM = {"id": "platform", "prices": {"model": "flat", "amount": "500"}}
COMPUTE = {
    "id": "compute",
    "quantity": {"metric": "cpu"},
    "prices": {"model": "per_unit", "unit_amount": "0.50"},
}


class Watch:
    """An organisation with a customer, a contract and an alert, and its calls in short."""

    def __init__(self, alert: dict[str, Any] = CPU, **organisation: Any) -> None:
        self.world = World()
        self.world.organisation(**organisation)
        self.world.customer()
        self.world.metric()
        self.world.contract(PLATFORM, COMPUTE)
        self.alert = self.create(alert)

    def create(self, alert: dict[str, Any], organisation: str = "org_a") -> Record:
        new = Alert.model_validate(alert)
        return create_alert(self.world.control, self.world.tables, organisation, Intent(EARLY), new)

    @property
    def organisation(self) -> Organisation:
        return read_organisation(self.world.control, "org_a")

    def billing(self, tables: Tables | None = None) -> Billing:
        return self.world.billing if tables is None else replace(self.world.billing, tables=tables)

    def look(self, at: str, tables: Tables | None = None) -> Evaluation:
        return evaluate_alert(self.billing(tables), self.organisation, self.alert, parse_instant(at))

    def turns(self, at: str) -> list[tuple[str, str]]:
        return [(event.turn, str(event.threshold)) for event in self.look(at).raised]

    @property
    def told(self) -> list[tuple[int, str, str]]:
        """What was raised in all, the oldest first."""
        found = list_events(self.world.tables, "org_a", alert=self.alert.id, after=None, limit=1_000)
        return [(event.sequence, event.turn, str(event.threshold)) for event in reversed(found)]
