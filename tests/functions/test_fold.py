"""The fold function: all organisations, one failure stops nobody, idle usage costs next to nothing."""

from __future__ import annotations

import importlib
from datetime import timedelta
from types import SimpleNamespace

import pytest

from tests.functions.usage_endpoint import GOOD, NOW, Counted, UsageEndpoint
from usance import wiring
from usance.records.usage import tail_partition
from usance.store.memory import MemoryTables
from usance.usecases.fold_all import fold_all


@pytest.fixture
def endpoint(monkeypatch):
    return UsageEndpoint(monkeypatch)


@pytest.fixture
def fold(endpoint, monkeypatch):
    monkeypatch.setattr(wiring, "control_plane", lambda _settings: endpoint.control)
    handler = importlib.import_module("functions.aggregate.fold").handler

    def run(left_ms: int = 300_000):
        context = SimpleNamespace(
            get_remaining_time_in_millis=lambda: left_ms,
            function_name="fold",
            memory_limit_in_mb=1,
            invoked_function_arn="arn",
            aws_request_id="r",
        )
        return handler({}, context)

    return run


def tail(endpoint):
    return [item.key.sort for item in endpoint.tables.scan() if "#tail#" in item.key.partition]


def test_it_folds_the_usage_of_all_organisations_once(endpoint, fold):
    second = endpoint.organisation("org_bbbb")
    endpoint.event_type("org_bbbb", "compute", {})
    endpoint.post(GOOD)
    endpoint.post([GOOD, {**GOOD, "id": "e2"}], key=second)
    assert fold() == {"event_types": 2, "events": 3, "conflicts": 0, "unfinished": 0, "failed": 0}
    assert tail(endpoint) == []
    before = [(item.key, item.version, item.body) for item in endpoint.tables.scan()]
    assert fold()["events"] == 0
    assert [(item.key, item.version, item.body) for item in endpoint.tables.scan()] == before


def test_one_failure_is_raised_after_the_others_are_folded(endpoint, fold):
    for number in (1, 2, 3):
        endpoint.organisation(f"org_bbb{number}")
        endpoint.event_type(f"org_bbb{number}", "compute", {})
    endpoint.post(GOOD)
    endpoint.objects.put_new("raw/org_bbb2/compute/00/20250801T1200/0000.jsonl.zst", b"not what was written")
    with pytest.raises(ExceptionGroup) as failed:
        fold()
    assert [str(error)[:26] for error in failed.value.exceptions] == ["kept events cannot be read"]
    assert tail(endpoint) == []


def test_what_time_does_not_suffice_for_is_left_for_the_next_run(endpoint, fold):
    endpoint.post(GOOD)
    assert fold(left_ms=1_000) == {"event_types": 0, "events": 0, "conflicts": 0, "unfinished": 1, "failed": 0}
    assert len(tail(endpoint)) == 1
    assert fold()["events"] == 1


def test_idle_usage_is_looked_at_once_an_hour_and_never_forgotten(endpoint):
    endpoint.post(GOOD)

    def run():
        calls: list[str] = []
        fold_all(endpoint.control, Counted(endpoint.tables, calls), endpoint.objects, endpoint.clock, lambda: False)
        return calls

    run()
    endpoint.clock.move(NOW + timedelta(hours=2))
    looks = []
    for _ in range(12):
        looks.append(len(run()))
        endpoint.clock.move(endpoint.clock.now() + timedelta(minutes=5))
    assert sorted(looks)[:11] == [1] * 11
    endpoint.post({**GOOD, "id": "late"})
    for _ in range(12):
        run()
        endpoint.clock.move(endpoint.clock.now() + timedelta(minutes=5))
    assert tail(endpoint) == []


def test_an_event_type_is_folded_in_passes_when_there_is_much(endpoint, monkeypatch, fold):
    monkeypatch.setattr("usance.usecases.fold_usage.MOST_EVENTS", 3)
    for number in range(10):
        endpoint.post({**GOOD, "id": f"id{number}"})
    assert fold()["events"] == 10
    assert tail(endpoint) == []


def test_single_events_are_spread_over_the_shards(endpoint):
    for number in range(60):
        endpoint.post({**GOOD, "id": f"id{number}"})
    used = {item.key.partition for item in endpoint.tables.scan()}
    assert used == {tail_partition("org_aaaa", "compute", shard) for shard in range(4)}
    assert isinstance(endpoint.tables, MemoryTables)
