"""The function that looks at alerts: every organisation's, and what it says about a run."""

from __future__ import annotations

import importlib
from types import SimpleNamespace
from typing import Any

import pytest

from tests.functions.api_endpoint import Api
from usance.ports import Kind, Record

CPU = {"on": "usage", "metric": "cpu", "customer": "acme", "thresholds": ["50"]}
NOTHING = {"alerts": 0, "events": 0, "unfinished": 0, "refused": 0, "failed": 0}


def run(left_ms: int = 300_000) -> Any:
    context = SimpleNamespace(
        get_remaining_time_in_millis=lambda: left_ms,
        function_name="alerts",
        memory_limit_in_mb=1,
        invoked_function_arn="arn",
        aws_request_id="r",
    )
    return importlib.import_module("functions.aggregate.alerts").handler({}, context)


def test_it_raises_what_turned_in_every_organisation_once(api: Api) -> None:
    assert run() == NOTHING
    for name in ("One", "Two"):
        organisation = api.open(name)
        api.catalogue()
        api.made("/v1/alerts", CPU)
        api.use(organisation, "2025-07-01T00:00:00Z", "50")
    assert run() == {**NOTHING, "alerts": 2, "events": 2}
    before = api.dump()
    assert run() == {**NOTHING, "alerts": 2}
    assert api.dump() == before
    assert len(api.get("/v1/alert-events").body["data"]) == 1


def test_what_time_does_not_suffice_for_is_left_for_the_next_run(api: Api) -> None:
    api.open()
    api.catalogue()
    api.made("/v1/alerts", CPU)
    assert run(left_ms=1_000) == {**NOTHING, "unfinished": 1}


def test_a_failure_is_raised_after_the_others_were_looked_at(api: Api) -> None:
    organisation = api.open()
    api.catalogue()
    api.made("/v1/alerts", {**CPU, "external_id": "good"})
    metric = api.control.get(organisation, Kind.METRIC, "cpu")
    assert metric is not None
    # A metric that nobody could have recorded, and an alert on it.
    broken = Record(organisation, Kind.METRIC, "met_x", {"event_type": "compute"}, metric.created_at)
    api.control.create(broken)
    api.made("/v1/alerts", {**CPU, "metric": "met_x"})
    api.use(organisation, "2025-07-01T00:00:00Z", "50")
    with pytest.raises(ExceptionGroup) as failed:
        run()
    assert len(failed.value.exceptions) == 1
    assert len(api.get("/v1/alerts/good/events").body["data"]) == 1
