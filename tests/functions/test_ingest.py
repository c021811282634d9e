"""The ingest function: what it answers, what it writes, and how often."""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.functions.usage_endpoint import GOOD, NOW, UsageEndpoint
from usance.ports import Kind
from usance.usecases.fold_usage import fold_usage
from usance.usecases.read_usage import read_events


@pytest.fixture
def endpoint(monkeypatch):
    return UsageEndpoint(monkeypatch)


def many(count, start=0):
    return [
        {**GOOD, "id": hashlib.sha256(str(number).encode()).hexdigest(), "data": {"hours": number, "region": "eu"}}
        for number in range(start, start + count)
    ]


def read(endpoint, organisation="org_aaaa"):
    start, end = datetime(2022, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    found = read_events(endpoint.tables, endpoint.objects, organisation, "compute", frozenset({"acme"}), start, end)
    return sorted(one.id for one in found)


def test_one_event_is_kept_and_its_copy_reported_at_once(endpoint):
    assert endpoint.post(GOOD) == (200, {"accepted": 1, "duplicates": 0, "refused": []})
    assert endpoint.post(GOOD) == (200, {"accepted": 0, "duplicates": 1, "refused": []})
    rewritten = {**GOOD, "timestamp": "2025-07-03T12:00:00+02:00", "data": {"region": "eu", "hours": "1.50"}}
    assert endpoint.post(rewritten) == (200, {"accepted": 0, "duplicates": 1, "refused": []})
    assert read(endpoint) == ["e1"]


def test_another_content_under_one_id_is_a_conflict_and_the_first_is_kept(endpoint):
    endpoint.post(GOOD)
    before = list(endpoint.tables.scan())
    status, document = endpoint.post({**GOOD, "data": {"hours": 2, "region": "eu"}})
    assert (status, document["code"]) == (409, "event_conflict")
    assert document["errors"] == [
        {
            "pointer": "/id",
            "code": "event_conflict",
            "detail": "another event has this id and another content; the first is kept",
        }
    ]
    assert list(endpoint.tables.scan()) == before


@pytest.mark.parametrize("count", [1, 2, 10, 500, 3_000])
def test_a_request_is_one_write_and_no_read_when_warm(endpoint, count):
    endpoint.post(many(1, 900_000))
    status, receipt = endpoint.post(many(count))
    assert (status, receipt["accepted"]) == (200, count)
    assert endpoint.calls == (["put_new"] if count >= 500 else ["transact"])


@pytest.mark.parametrize("count", [3, 700])
def test_arrays_lines_and_gzip_are_the_same(endpoint, count):
    events = many(count)
    lines = "\n".join(json.dumps(event) for event in events).encode()
    for body, headers in (
        (json.dumps(events).encode(), {}),
        (lines, {"content_type": "application/x-ndjson"}),
        (gzip.compress(lines), {"content_encoding": "gzip"}),
        (gzip.compress(json.dumps(events).encode()), {}),
    ):
        status, receipt = endpoint.post(body, headers=headers)
        assert status == 200
        assert receipt["accepted"] + receipt["duplicates"] == count
    assert read(endpoint) == sorted(event["id"] for event in events)


def test_good_events_are_accepted_and_bad_ones_named_by_index(endpoint):
    bad = {"id": "bad", "customer": "acme", "timestamp": "yesterday", "data": {"hours": True}}
    status, receipt = endpoint.post([GOOD, bad, {**GOOD, "id": "e2"}, 7])
    assert status == 200
    assert (receipt["accepted"], receipt["duplicates"]) == (2, 0)
    assert [(one["index"], one.get("id")) for one in receipt["refused"]] == [(1, "bad"), (3, None)]
    assert {(error["pointer"], error["code"]) for error in receipt["refused"][0]["errors"]} == {
        ("/timestamp", "invalid_timestamp"),
        ("/data/hours", "wrong_type"),
        ("/data/region", "missing"),
    }
    assert read(endpoint) == ["e1", "e2"]


def test_atomic_refuses_all_for_one_bad_event(endpoint):
    status, document = endpoint.post([GOOD, {**GOOD, "id": ""}], query={"atomic": "true"})
    assert (status, document["code"]) == (422, "invalid_input")
    assert [(error["pointer"], error["code"]) for error in document["errors"]] == [("/1/id", "wrong_length")]
    assert endpoint.kept() == 0
    assert endpoint.post([GOOD, {**GOOD, "id": "e2"}], query={"atomic": "true"})[0] == 200


def test_copies_and_conflicts_within_a_request(endpoint):
    other = {**GOOD, "data": {"hours": 9, "region": "eu"}}
    status, receipt = endpoint.post([GOOD, {**GOOD, "id": "e2"}, GOOD, other])
    assert (status, receipt["accepted"], receipt["duplicates"]) == (200, 2, 1)
    assert [(one["index"], one["errors"][0]["code"]) for one in receipt["refused"]] == [(3, "event_conflict")]


def test_events_without_ids_count_once_for_one_idempotency_key(endpoint):
    events = [{name: value for name, value in GOOD.items() if name != "id"}, {**GOOD, "id": None, "customer": "zeta"}]
    for key in ("k1", "k1", "k2"):
        assert endpoint.post(events, idempotency_key=key)[0] == 200
    assert len(read(endpoint)) == 2
    assert endpoint.post(events[:1], idempotency_key="k1")[1]["accepted"] == 1
    assert len(read(endpoint)) == 2


def test_a_batch_sent_again_changes_no_table(endpoint):
    endpoint.post(many(10))
    before = list(endpoint.tables.scan())
    assert endpoint.post(many(10)) == (200, {"accepted": 0, "duplicates": 10, "refused": []})
    endpoint.clock.move(NOW + timedelta(days=2))
    assert endpoint.post(many(10))[1]["duplicates"] == 10
    assert list(endpoint.tables.scan()) == before


def test_copies_count_once_after_the_fold_too(endpoint):
    endpoint.post(GOOD)
    endpoint.post(many(20))
    fold_usage(endpoint.tables, endpoint.objects, endpoint.clock, "org_aaaa", "compute")
    endpoint.clock.move(NOW + timedelta(days=400))
    endpoint.event_type("org_aaaa", "other", {})
    assert endpoint.post(GOOD)[0] == 200
    assert endpoint.post(many(20))[0] == 200
    assert len(read(endpoint)) == 21


def test_identity_belongs_to_the_organisation_and_the_event_type(endpoint):
    second = endpoint.organisation("org_bbbb")
    endpoint.event_type("org_bbbb", "compute", {"hours": "Decimal"})
    endpoint.event_type("org_aaaa", "storage", {})
    endpoint.post(GOOD)
    assert endpoint.post({**GOOD, "data": {"hours": 99}}, key=second)[1]["accepted"] == 1
    assert endpoint.post({**GOOD, "data": {}}, "storage")[1]["accepted"] == 1
    assert read(endpoint) == read(endpoint, "org_bbbb") == ["e1"]


def test_a_test_organisation_has_its_own_present(endpoint):
    key = endpoint.organisation("org_test", mode="test", test_clock="2023-03-01T00:00:00Z")
    endpoint.event_type("org_test", "compute", {}, past_days=30)
    march = {"customer": "acme", "timestamp": "2023-03-01T06:00:00Z", "data": {}}
    assert endpoint.post(march, key=key)[0] == 200
    april = {**march, "timestamp": "2023-04-15T00:00:00Z"}
    assert endpoint.post(april, key=key)[1]["errors"][0]["code"] == "timestamp_in_future"
    record = endpoint.control.get("org_test", Kind.ORGANISATION, "org_test")
    moved = {**record.body, "test_clock": "2023-05-01T00:00:00Z"}
    endpoint.control.replace(replace(record, body=moved, version=record.version + 1))
    endpoint.clock.move(NOW + timedelta(seconds=2))
    assert endpoint.post(april, key=key)[0] == 200
    assert endpoint.post(march, key=key)[1]["errors"][0]["code"] == "timestamp_too_old"


def test_a_revoked_key_is_refused_within_a_minute(endpoint):
    assert endpoint.post(GOOD)[0] == 200
    (record,) = endpoint.control.list("org_aaaa", Kind.API_KEY).records
    revoked = {**record.body, "revoked_at": "2025-08-01T12:00:00Z"}
    endpoint.control.replace(replace(record, body=revoked, version=record.version + 1))
    endpoint.clock.move(NOW + timedelta(seconds=60))
    assert endpoint.post(GOOD)[0] == 401


def test_a_defect_is_answered_without_telling_what_it_is(endpoint, monkeypatch):
    def broken(*_arguments):
        raise RuntimeError("the secret reason")

    endpoint.post(GOOD)
    monkeypatch.setattr(endpoint.tables, "transact", broken)
    status, document = endpoint.post({**GOOD, "id": "e2"})
    assert (status, document["code"]) == (500, "internal_error")
    assert "secret" not in json.dumps(document)
