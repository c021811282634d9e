"""Event types as people write them, and pointers into what they wrote."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from usance.catalog.event_type import EventType
from usance.catalog.faults import faults_of, pointer, read_document
from usance.catalog.price import TieredPrice
from usance.contract.contract import Contract
from usance.kernel.errors import InvalidInput


def test_the_short_form_of_fields():
    written = {"name": "compute_events", "fields": {"cpu_hours_consumed": "Decimal", "region": "String"}}
    event_type = read_document(EventType, written)
    assert event_type.to_json() == {
        "name": "compute_events",
        "fields": {
            "cpu_hours_consumed": {"type": "Decimal", "required": True},
            "region": {"type": "String", "required": True},
        },
        "unknown_fields": "keep",
        "past_days": 1100,
        "future_hours": 24,
        "version": 1,
    }
    assert read_document(EventType, event_type.to_json()) == event_type


@pytest.mark.parametrize("name", ["", "Compute", "1st", "a b", "a/b", "..", "a" * 64, "é", "a\n", "a#b", None, 7])
def test_a_name_that_cannot_be_part_of_a_path_is_refused(name):
    with pytest.raises(InvalidInput) as refused:
        read_document(EventType, {"name": name, "fields": {}})
    assert [fault.pointer for fault in refused.value.faults] == ["/name"]


def test_all_faults_are_named_where_they_were_written():
    written = {
        "name": "e",
        "fields": {"a b": "String", "n": "Number", "s": {"type": "String", "size": 1}},
        "past_days": 0,
    }
    with pytest.raises(InvalidInput) as refused:
        read_document(EventType, written)
    assert {(fault.pointer, fault.code) for fault in refused.value.faults} == {
        ("/fields/a b", "wrong_form"),
        ("/fields/n", "not_allowed"),
        ("/fields/s/size", "unknown_member"),
        ("/past_days", "out_of_range"),
    }


def test_pointers_leave_out_the_tags_of_unions():
    item = {"id": "x", "product": "X", "quantity": 1, "billing": {"every": "P1M"}}
    item["prices"] = [
        {"model": "per_unit", "unit_amount": 0.05},
        {"model": "tiered", "tiers": [{"up_to": None, "x": 1}]},
    ]
    with pytest.raises(InvalidInput) as refused:
        read_document(Contract, {"starts_on": "2025-07-01", "items": [item]})
    assert {fault.pointer for fault in refused.value.faults} >= {
        "/items/0/prices/0/unit_amount",
        "/items/0/prices/1/tiers/0/x",
    }


def test_faults_without_the_document_and_escaped_pointers():
    with pytest.raises(ValidationError) as refused:
        TieredPrice.model_validate({"model": "tiered"})
    assert [(fault.pointer, fault.code) for fault in faults_of(refused.value)] == [("/tiers", "missing")]
    assert pointer(["a/b", 0, "c~d"]) == "/a~1b/0/c~0d"
