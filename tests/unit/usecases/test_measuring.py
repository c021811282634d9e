"""Billing reads just the usage that its windows need: all that came before where a metric carries over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from tests.world import World
from usance.catalog.metric import Metric
from usance.ports import Kind
from usance.records.contracts import contract_facts, read_contract
from usance.records.documents import documents_of
from usance.usecases.bill import measure_usage

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
JULY = datetime(2025, 7, 1, tzinfo=UTC)
AUGUST = datetime(2025, 8, 1, tzinfo=UTC)


def item(metric: str):
    return {"id": metric, "quantity": {"metric": metric}, "prices": {"model": "per_unit", "unit_amount": "1"}}


def made(*metrics: tuple[str, dict]) -> World:
    world = World()
    world.organisation()
    world.customer()
    for name, terms in metrics:
        metric = Metric.model_validate({"event_type": "compute", "aggregate": "sum", "field": "hours", **terms})
        world.record("org_a", Kind.METRIC, f"met_{name}", dict(metric.to_json()), name)
    world.contract(*(item(name) for name, _ in metrics))
    return world


def measured(world: World):
    """The quantities of July by metric, and what was read for them."""
    reads = []

    def read(organisation, event_type, customers, start, end):
        reads.append((event_type, start, end))
        return world.read_usage(organisation, event_type, customers, start, end)

    record = read_contract(world.control, "org_a", "ctr_1")
    facts = contract_facts(world.control, record, documents_of(world.tables, "org_a", "ctr_1"))
    found = measure_usage(replace(world.billing, read_usage=read), facts, AUGUST)
    return {window.metric: one.quantity for window, one in found.items()}, reads


def test_a_sum_reads_its_period_alone():
    world = made(("cpu", {}))
    world.use("2025-06-30T00:00:00Z", "100")
    world.use("2025-07-02T00:00:00Z", "2")
    assert measured(world) == ({"cpu": 2}, [("compute", JULY, AUGUST)])


def test_a_level_reads_all_that_came_before_once_for_every_metric_of_its_type():
    seats = {"aggregate": "weighted_sum", "carry_over": True}
    world = made(("cpu", {}), ("level", seats), ("other", {"event_type": "other"}))
    world.use("2024-02-01T00:00:00Z", "7")
    world.use("2025-07-01T00:00:00Z", "2")
    quantities, reads = measured(world)
    # 7 and 2 more, all month
    assert quantities == {"cpu": 2, "level": 9, "other": 0}
    assert reads == [("compute", BEGINNING, AUGUST), ("other", JULY, AUGUST)]
