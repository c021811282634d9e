"""Bad input to the ingest function: status, code, that nothing was written, and the same answer twice."""

from __future__ import annotations

import gzip

import pytest

from tests.functions.usage_endpoint import GOOD, UsageEndpoint


@pytest.fixture
def endpoint(monkeypatch):
    return UsageEndpoint(monkeypatch)


def without(name):
    return {member: value for member, value in GOOD.items() if member != name}


def data(**fields):
    return {**GOOD, "data": {"hours": 1, "region": "eu", **fields}}


def raw(number: str) -> bytes:
    return b'{"customer":"acme","timestamp":"2025-07-03T10:00:00Z","data":{"region":"eu","hours":%b}}' % number.encode()


BODIES = {
    "empty": (b"", 400, "malformed_body"),
    "blank": (b" \n", 400, "malformed_body"),
    "cut off": (b'{"id": "e1", "customer"', 400, "malformed_body"),
    "a number": (b"7", 400, "malformed_body"),
    "a text": (b'"text"', 400, "malformed_body"),
    "XML": (b"<event/>", 400, "malformed_body"),
    "form data": (b"id=e1&customer=acme", 400, "malformed_body"),
    "invalid UTF-8": (b'{"id":"\xff\xfe"}', 400, "malformed_body"),
    "lone surrogate": (b'{"id":"\\ud800"}', 400, "malformed_body"),
    "NaN token": (raw("NaN"), 400, "malformed_body"),
    "Infinity token": (raw("-Infinity"), 400, "malformed_body"),
    "1,000 arrays deep": (raw("[" * 1_000 + "]" * 1_000), 400, "malformed_body"),
    "100,000 arrays deep": (b"[" * 100_000, 400, "malformed_body"),
    "gzip cut off": (gzip.compress(b"[]")[:-3], 400, "malformed_body"),
    "gzip in gzip": (gzip.compress(gzip.compress(b"{}")), 400, "malformed_body"),
    "gzip header on text": (b"\x1f\x8bplain", 400, "malformed_body"),
    "gzip bomb": (gzip.compress(bytes(40_000_000)), 413, "body_too_large"),
    "over 6 MB": (b" " * 6_000_001, 413, "body_too_large"),
    "10,001 events": (b"[" + b"{}," * 10_000 + b"{}]", 413, "body_too_large"),
    "million members": (b"[" + b"1," * 2_000_000 + b"1]", 413, "body_too_large"),
}
FAULTS = {
    "empty batch": ([], "", "empty_batch"),
    "null member": ([None], "/0", "wrong_type"),
    "nested batch": ([[GOOD]], "/0", "wrong_type"),
    "no customer": (without("customer"), "/customer", "missing"),
    "no timestamp": (without("timestamp"), "/timestamp", "missing"),
    "no data": (without("data"), "/data", "missing"),
    "id is a number": ({**GOOD, "id": 7}, "/id", "wrong_type"),
    "id is an object": ({**GOOD, "id": {}}, "/id", "wrong_type"),
    "id is empty": ({**GOOD, "id": ""}, "/id", "wrong_length"),
    "id of 256": ({**GOOD, "id": "x" * 256}, "/id", "wrong_length"),
    "id of 1 MB": ({**GOOD, "id": "x" * 1_000_000}, "/id", "wrong_length"),
    "id with NUL": ({**GOOD, "id": "a\x00"}, "/id", "invalid_text"),
    "id with CRLF": ({**GOOD, "id": "a\r\nb"}, "/id", "invalid_text"),
    "customer is a list": ({**GOOD, "customer": []}, "/customer", "wrong_type"),
    "two customers": ({**GOOD, "customer_id": "acme"}, "/customer_id", "unknown_member"),
    "unknown member": ({**GOOD, "metadata": {}}, "/metadata", "unknown_member"),
    "data is a list": ({**GOOD, "data": []}, "/data", "wrong_type"),
    "boolean for a number": (data(hours=True), "/data/hours", "wrong_type"),
    "list for a number": (data(hours=[]), "/data/hours", "wrong_type"),
    "null for a required number": (data(hours=None), "/data/hours", "missing"),
    "NaN as text": (data(hours="NaN"), "/data/hours", "invalid_number"),
    "Infinity as text": (data(hours="Infinity"), "/data/hours", "invalid_number"),
    "31 digits": (raw("1" * 31), "/data/hours", "invalid_number"),
    "31 digits as text": (data(hours="1" * 31), "/data/hours", "invalid_number"),
    "13 decimals": (raw("0.1234567890123"), "/data/hours", "invalid_number"),
    "an exponent": (raw("1e5"), "/data/hours", "invalid_number"),
    "a huge exponent": (raw("1E999999999"), "/data/hours", "invalid_number"),
    "5,000 digits": (raw("9" * 5_000), "", "invalid_number"),
    "decimal comma": (data(hours="1,5"), "/data/hours", "invalid_number"),
    "Arabic digits": (data(hours="\u0661"), "/data/hours", "invalid_number"),
    "number for text": (data(region=5), "/data/region", "wrong_type"),
    "text with NUL": (data(region="a\x00"), "/data/region", "invalid_text"),
    "text of 8,193": (data(region="x" * 8_193), "/data/region", "wrong_length"),
    "an event of 70,000": (data(more=["x" * 8_000] * 9), "", "event_too_large"),
    "nine levels": (data(more=[[[[[[[[[]]]]]]]]]), "/data/more", "too_deep"),
    "too old": ({**GOOD, "timestamp": "2015-05-17T10:05:03Z"}, "/timestamp", "timestamp_too_old"),
    "in the future": ({**GOOD, "timestamp": "2025-08-02T12:00:01Z"}, "/timestamp", "timestamp_in_future"),
    "no zone": ({**GOOD, "timestamp": "2025-07-03T10:00:00"}, "/timestamp", "invalid_timestamp"),
    "30 February": ({**GOOD, "timestamp": "2025-02-30T10:00:00Z"}, "/timestamp", "invalid_timestamp"),
    "nanoseconds": ({**GOOD, "timestamp": "2025-07-03T10:00:00.123456789Z"}, "/timestamp", "invalid_timestamp"),
    "timestamp as boolean": ({**GOOD, "timestamp": True}, "/timestamp", "invalid_timestamp"),
}
HEADERS = {
    "XML": ({"content_type": "application/xml"}, 415, "unsupported_media_type"),
    "form": ({"content_type": "application/x-www-form-urlencoded"}, 415, "unsupported_media_type"),
    "UTF-16": ({"content_type": "application/json; charset=utf-16"}, 415, "unsupported_media_type"),
    "brotli": ({"content_encoding": "br"}, 415, "unsupported_media_type"),
    "long key": ({"idempotency_key": "k" * 256}, 422, "invalid_input"),
    "key not ASCII": ({"idempotency_key": "ké"}, 422, "invalid_input"),
}


def refused(endpoint, status, code, body, *arguments, **named):
    """Twice the same refusal, and nothing kept. Gives the document."""
    first = endpoint.post(body, *arguments, **named)
    assert (first[0], first[1]["code"], first[1]["status"]) == (status, code, status)
    assert {"type", "title", "status", "code", "instance"} <= set(first[1])
    assert endpoint.post(body, *arguments, **named) == first
    assert endpoint.kept() == 0
    return first[1]


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_cannot_be_read(endpoint, name):
    body, status, code = BODIES[name]
    assert refused(endpoint, status, code, body)["detail"]


@pytest.mark.parametrize("name", FAULTS)
def test_an_event_that_cannot_be_accepted(endpoint, name):
    body, pointer, code = FAULTS[name]
    document = refused(endpoint, 422, "invalid_input", body)
    assert [(error["pointer"], error["code"]) for error in document["errors"]] == [(pointer, code)]
    assert all(error["detail"] for error in document["errors"])


@pytest.mark.parametrize("name", HEADERS)
def test_headers_that_are_not_taken(endpoint, name):
    headers, status, code = HEADERS[name]
    refused(endpoint, status, code, GOOD, headers=headers)


def test_all_faults_of_all_events_at_once(endpoint):
    document = refused(endpoint, 422, "invalid_input", [{"id": 1, "x": 2}, data(hours="many")])
    assert {(error["pointer"], error["code"]) for error in document["errors"]} == {
        ("/0/x", "unknown_member"),
        ("/0/id", "wrong_type"),
        ("/0/customer", "missing"),
        ("/0/timestamp", "missing"),
        ("/0/data", "missing"),
        ("/1/data/hours", "invalid_number"),
    }


def test_unknown_fields_are_refused_where_the_event_type_says_so(endpoint):
    endpoint.event_type("org_aaaa", "strict", {"hours": "Decimal"}, unknown_fields="refuse")
    document = refused(endpoint, 422, "invalid_input", data(), "strict")
    assert [(error["pointer"], error["code"]) for error in document["errors"]] == [("/data/region", "unknown_field")]


@pytest.mark.parametrize(
    "name", ["nothing", "Compute", "..", "compute ", "", "a" * 300, "compute\n", "evt_compute", "org_aaaa"]
)
def test_an_unknown_event_type_is_not_found(endpoint, name):
    refused(endpoint, 404, "not_found", GOOD, name)


def test_an_answer_to_ten_thousand_bad_events_fits_into_a_response(endpoint):
    status, document = endpoint.post([{f"member{number}": 1 for number in range(12)}] * 10_000)
    assert status == 422
    assert len(str(document)) < 5_000_000
    assert {error["pointer"].split("/")[1] for error in document["errors"]} == {str(index) for index in range(10_000)}


def keys(endpoint):
    good = endpoint.key
    other = endpoint.organisation("org_bbbb")
    return {
        "none": {"key": "", "authorization": ""},
        "garbage": {"key": "nonsense"},
        "wrong secret": {"key": good[:-4] + ("aaaa" if good[-4:] != "aaaa" else "bbbb")},
        "unknown key": {"key": "usk_live_aaaa_zzzzzzzz_" + "x" * 32},
        "unknown organisation": {"key": "usk_live_zzzz_zzzzzzzz_" + "x" * 32},
        "other mode": {"key": good.replace("usk_live", "usk_test")},
        "another's organisation": {"key": "_".join([*good.split("_")[:2], "bbbb", *good.split("_")[3:]])},
        "another's secret": {"key": "_".join([*good.split("_")[:4], other.split("_")[4]])},
        "basic": {"authorization": f"Basic {good}"},
        "two keys": {"x_api_key": other},
        "two headers in one": {"key": f"{good}, Bearer {good}"},
        "trailing text": {"key": good + "\n"} | {"authorization": f"Bearer {good}x y"},
        "none algorithm": {"key": "eyJhbGciOiJub25lIn0.e30."},
    }


@pytest.mark.parametrize(
    "name",
    [
        "none",
        "garbage",
        "wrong secret",
        "unknown key",
        "unknown organisation",
        "other mode",
        "another's organisation",
        "another's secret",
        "basic",
        "two keys",
        "two headers in one",
        "trailing text",
        "none algorithm",
    ],
)
def test_every_wrong_key_gets_one_and_the_same_answer(endpoint, name):
    cases = keys(endpoint)
    assert len(cases) == 13
    document = refused(endpoint, 401, "unauthenticated", GOOD, **cases[name])
    assert document["detail"] == "send your API key as Authorization: Bearer usk_… or as x-api-key"


def test_a_key_without_the_scope_is_forbidden(endpoint):
    reader = endpoint.organisation("org_aaaa", scopes=("billing:read",))
    refused(endpoint, 403, "forbidden", GOOD, key=reader)


def test_a_key_in_x_api_key_is_good_and_admin_includes_all(endpoint):
    admin = endpoint.organisation("org_aaaa", scopes=("admin",))
    assert endpoint.post(GOOD, authorization="", x_api_key=admin)[0] == 200


def test_an_atomic_that_is_neither_true_nor_false(endpoint):
    refused(endpoint, 422, "invalid_input", GOOD, query={"atomic": "maybe"})
