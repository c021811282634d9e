"""Checking events: every type of field, and all faults of an event at once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from usance.catalog.event_type import EventType, FieldType
from usance.metering.field import CHECKS, Refused
from usance.metering.line import Line
from usance.metering.schema import Schema
from usance.metering.wire import Number, read_batch

NOW = datetime(2025, 8, 1, tzinfo=UTC)


def schema(unknown="keep", past_days=1100, **fields):
    document = {"name": "e", "fields": fields, "unknown_fields": unknown, "past_days": past_days}
    return Schema(EventType.model_validate(document).to_json())


def read(body: bytes, checked: Schema):
    (wire,) = read_batch(body).events
    return checked.read(wire, checked.window(NOW))


def faults(body: bytes, checked: Schema):
    found = read(body, checked)
    assert isinstance(found, list), found
    return {(fault.pointer, fault.code) for fault in found}


def test_every_type_of_field_has_its_check():
    assert set(CHECKS) == {str(kind) for kind in FieldType}


@pytest.mark.parametrize(
    ("kind", "sent", "kept"),
    [
        ("String", "us-east", "us-east"),
        ("String", "", ""),
        ("Int64", -(2**63), -(2**63)),
        ("Int64", "42", 42),
        ("Decimal", 3, 3),
        ("Decimal", Number("0.1"), "0.1"),
        ("Decimal", "0.10", "0.10"),
        ("Decimal", "-0.50", "-0.5"),
        ("Decimal", "007", "7"),
        ("Decimal", Number("-0.0"), "0"),
        ("Decimal", 10**30 - 1, 10**30 - 1),
        ("Float64", Number("1e-7"), "0.0000001"),
        ("Float64", Number("1.5E3"), "1500"),
        ("Float64", "2.5", "2.5"),
        ("Bool", False, False),
        ("Date", "2024-02-29", "2024-02-29"),
        ("DateTime", "2025-07-03T10:00:00+02:00", "2025-07-03T08:00:00Z"),
        ("DateTime", 1751529600, "2025-07-03T08:00:00Z"),
        ("UUID", "6F1E2A9C-0D4B-4C57-9A51-3D2C8B7E1F00", "6f1e2a9c-0d4b-4c57-9a51-3d2c8b7e1f00"),
    ],
)
def test_a_good_value_is_kept_exactly(kind, sent, kept):
    found = CHECKS[kind](sent)
    assert found == kept
    assert type(found) is type(kept)


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        ("String", 5),
        ("String", Number("1.5")),
        ("String", "a\x00b"),
        ("String", "x" * 8193),
        ("Int64", 2**63),
        ("Int64", True),
        ("Int64", Number("1.0")),
        ("Int64", "1.0"),
        ("Int64", "\uff11"),
        ("Decimal", True),
        ("Decimal", None),
        ("Decimal", []),
        ("Decimal", 10**30),
        ("Decimal", "1234567890123456789012345678901"),
        ("Decimal", Number("1e5")),
        ("Decimal", "NaN"),
        ("Decimal", "Infinity"),
        ("Decimal", "-inf"),
        ("Decimal", "1,5"),
        ("Decimal", "1_000"),
        ("Decimal", " 1"),
        ("Decimal", "0x10"),
        ("Decimal", "\u0661"),
        ("Decimal", ""),
        ("Decimal", "0.1234567890123"),
        ("Float64", Number("1e400")),
        ("Float64", "1E+9999"),
        ("Float64", "NaNe1"),
        ("Bool", 1),
        ("Bool", "true"),
        ("Date", "2025-02-30"),
        ("Date", "2025-2-3"),
        ("Date", "20250203"),
        ("DateTime", "2025-07-03T10:00:00"),
        ("DateTime", Number("1e9")),
        ("UUID", "6f1e2a9c0d4b4c579a513d2c8b7e1f00"),
    ],
)
def test_a_bad_value_is_refused_with_a_code(kind, sent):
    with pytest.raises(Refused) as refused:
        CHECKS[kind](sent)
    assert refused.value.code
    assert refused.value.detail


def test_a_good_event_is_kept_in_utc_with_the_fields_that_are_not_declared():
    line = read(
        b'{"id":"e1","customer_id":"acme","timestamp":"2025-07-03 10:00:00",'
        b'"data":{"hours":1.50,"note":null,"more":{"deep":[1,2.5,true,null]}}}',
        schema(hours="Decimal", note={"type": "String", "required": False}),
    )
    when = datetime(2025, 7, 3, 10, tzinfo=UTC)
    assert line == Line("e1", "acme", when, {"hours": "1.50", "more": {"deep": [1, "2.5", True, None]}})


def test_all_faults_of_an_event_at_once():
    checked = schema("refuse", hours="Decimal", region="String")
    body = b'{"id":7,"customer":"a\\u0007","timestamp":"2025-02-30T00:00:00Z","data":{"hours":true,"x":1}}'
    assert faults(body, checked) == {
        ("/id", "wrong_type"),
        ("/customer", "invalid_text"),
        ("/timestamp", "invalid_timestamp"),
        ("/data/hours", "wrong_type"),
        ("/data/region", "missing"),
        ("/data/x", "unknown_field"),
    }


def test_an_empty_event_says_all_that_is_missing():
    assert faults(b"{}", schema()) == {("/customer", "missing"), ("/timestamp", "missing"), ("/data", "missing")}


@pytest.mark.parametrize(
    ("timestamp", "code"),
    [
        ("2025-08-02T00:00:00Z", None),
        ("2025-08-02T00:00:00.000001Z", "timestamp_in_future"),
        ("2025-07-02T00:00:00Z", None),
        ("2025-07-01T23:59:59.999999Z", "timestamp_too_old"),
        ("9998-01-01T00:00:00Z", "timestamp_in_future"),
        ("1970-01-01T00:00:00Z", "timestamp_too_old"),
        ("1969-12-31T23:59:59Z", "invalid_timestamp"),
        ("0001-01-01T00:00:00+05:00", "invalid_timestamp"),
        ("2025-13-01T00:00:00Z", "invalid_timestamp"),
        ("2025-07-03T25:00:00Z", "invalid_timestamp"),
        ("2025-07-03T10:00:60Z", "invalid_timestamp"),
        ("2025-W27-4T10:00:00Z", "invalid_timestamp"),
        ("20250703T100000.000Z", "invalid_timestamp"),
        ("2025-07-03T10:00:00.1234567Z", "invalid_timestamp"),
        ("2025-07-03T10:00:00", "invalid_timestamp"),
        ("\uff12025-07-03T10:00:00Z", "invalid_timestamp"),
        ("", "invalid_timestamp"),
    ],
)
def test_timestamps_at_and_over_their_bounds(timestamp, code):
    body = f'{{"customer":"a","timestamp":"{timestamp}","data":{{}}}}'.encode()
    found = read(body, schema(past_days=30))
    assert isinstance(found, Line) if code is None else [fault.code for fault in found] == [code]


def test_nesting_beyond_eight_levels_is_refused():
    deep = b"[" * 9 + b"]" * 9
    body = b'{"customer":"a","timestamp":"2025-07-03T10:00:00Z","data":{"deep":%b}}' % deep
    assert faults(body, schema()) == {("/data/deep", "too_deep")}
