"""Runs over all alerts: who is looked at, and what a failure, a refusal and a short time leave."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.watch import CPU, Watch
from tests.world import EARLY, World
from usance.catalog.alert import Alert
from usance.kernel.errors import NotFound
from usance.ports import Kind, Record
from usance.records.alerts import organisations_with_alerts
from usance.usecases.evaluate_alerts import evaluate_all


def run(watch: Watch, left: Callable[[], bool] = lambda: False) -> Any:
    return evaluate_all(watch.billing(), watch.world.clock, left)


def test_a_run_looks_at_every_organisation_that_has_alerts_and_at_no_other() -> None:
    watch = Watch(test_clock="2025-07-20T00:00:00Z")
    for name in ("org_b", "org_c"):
        watch.world.organisation(name, test_clock="2025-07-20T00:00:00Z")
        watch.world.customer(name)
        watch.world.metric(name)
    watch.create(CPU, "org_b")
    watch.world.use("2025-07-02T00:00:00Z", "10")
    assert list(organisations_with_alerts(watch.world.tables)) == ["org_a", "org_b"]
    first = run(watch)
    assert (first.alerts, first.events, first.refused, first.failed) == (2, 2, [], [])
    assert (run(watch).events, len(watch.told)) == (0, 1)


def test_without_alerts_a_run_is_one_query() -> None:
    world = World()
    world.organisation()
    world.fuse.arm(None)
    evaluate_all(world.billing, world.clock, lambda: False)
    assert world.fuse.calls == 1


def test_what_cannot_be_looked_at_stops_nobody_and_is_told_apart_from_a_failure() -> None:
    watch = Watch(test_clock="2025-07-20T00:00:00Z")
    watch.create({"on": "spend", "contract": "ctr_1", "thresholds": [5]})
    # A contract that cannot be read is a failure; a customer that is gone is the organisation's own doing.
    broken = watch.world.control.get("org_a", Kind.CONTRACT, "ctr_1")
    assert broken is not None
    record = Record("org_a", Kind.CONTRACT, "ctr_1", {**broken.body, "terms": {}}, EARLY, None, 2)
    watch.world.control.replace(record)
    gone = {**Alert.model_validate(CPU).to_json(), "customer": "cus_gone"}
    watch.world.record("org_a", Kind.ALERT, "alr_gone", gone)
    watch.world.use("2025-07-02T00:00:00Z", "10")
    done = run(watch)
    assert (done.alerts, done.events) == (1, 1)
    assert [type(error) for _, error in done.refused] == [NotFound]
    assert len(done.failed) == 1


def test_a_run_that_is_cut_short_begins_elsewhere_the_next_time() -> None:
    watch = Watch(test_clock="2025-07-20T00:00:00Z")
    for threshold in (1, 2):
        watch.create({**CPU, "thresholds": [threshold]})
    watch.world.use("2025-07-02T00:00:00Z", "10")
    raised = 0
    for _ in range(3):
        looks: list[bool] = []
        short = run(watch, lambda looks=looks: bool(looks) or looks.append(True) is not None)  # type: ignore[misc]
        assert (short.alerts, short.unfinished) == (1, 2)
        raised += short.events
        watch.world.clock.move(watch.world.clock.now() + timedelta(minutes=1))
    assert raised == 3
