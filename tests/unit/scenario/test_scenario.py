"""Shortest forms, defaults, and faults: all of them, each with pointer and code."""

from datetime import UTC, datetime

import pytest

from usance.kernel.errors import InvalidInput
from usance.scenario.reading import read_yaml
from usance.scenario.runner import read_scenario, run

FIVE_LINES = """
contract:
  starts_on: 2025-07-01
  ends_on: 2025-07-31
  items:
    - {id: seats, quantity: 10, prices: {model: per_unit, unit_amount: "10.00"}}
"""


def faults(text: str) -> set[tuple[str, str]]:
    with pytest.raises(InvalidInput) as refused:
        read_scenario(read_yaml(text))
    return {(fault.pointer, fault.code) for fault in refused.value.faults}


def test_five_lines_are_enough():
    result = run(read_scenario(read_yaml(FIVE_LINES)))
    assert [(invoice["number"], invoice["total"]) for invoice in result["invoices"]] == [("INV-000001", "100.00")]
    assert result["invoices"][0]["lines"][0]["description"] == "seats"
    assert "differences" not in result


@pytest.mark.parametrize(
    ("terms", "until"),
    [
        ("ends_on: 2025-07-31", datetime(2025, 8, 1, tzinfo=UTC)),
        ("ends_on: 2025-07-31\n  timezone: America/New_York", datetime(2025, 8, 1, 4, tzinfo=UTC)),
        ("name: open", datetime(2026, 7, 1, tzinfo=UTC)),
    ],
)
def test_the_clock_stops_when_the_contract_has_ended_or_after_a_year(terms, until):
    text = f"contract:\n  starts_on: 2025-07-01\n  {terms}\n  items: {{id: a, prices: {{model: flat, amount: 5}}}}"
    assert read_scenario(read_yaml(text)).until == until


def test_a_day_as_moment_begins_in_the_contracts_zone():
    scenario = read_scenario(read_yaml(FIVE_LINES + "  timezone: Asia/Tokyo\nas_of: 2025-07-02\n"))
    assert scenario.until == datetime(2025, 7, 1, 15, tzinfo=UTC)


def test_numbers_without_quotes_are_refused_where_money_is_and_taken_in_data():
    text = (
        FIVE_LINES.replace('"10.00"', "10.00")
        + """
events:
  - {event_type: a, timestamp: 1751500800.5, data: {n: 12.50, nested: {m: [0.1]}}}
facts: {at: 2025-07-02, payment: {amount: 5.5}}
"""
    )
    with pytest.raises(InvalidInput) as refused:
        read_scenario(read_yaml(text))
    assert {(fault.pointer, fault.code, fault.detail[:13]) for fault in refused.value.faults} == {
        ("/contract/items/0/prices/unit_amount", "unquoted_number", 'write "10.00"'),
        ("/facts/payment/amount", "unquoted_number", 'write "5.5", '),
    }
    event = read_scenario(read_yaml(text.replace("10.00", '"10.00"').replace("5.5}", '"5.5"}'))).events[0]
    assert event.data == {"n": "12.50", "nested": {"m": ["0.1"]}}
    assert event.timestamp == datetime(2025, 7, 3, 0, 0, 0, 500_000, tzinfo=UTC)


def test_all_faults_are_named_at_once():
    assert faults("""
metrics: {n: {event_type: calls, aggregate: sum}}
contract:
  starts_on: 2025-07-01
  ends_on: 2025-06-30
  colour: red
  items:
    - {id: a, quantity: {metric: n}, prices: {model: flat, amount: -1}}
    - {id: a, prices: {model: sold}}
facts:
  - {at: 2025-07-02, pause: {}}
  - {at: 2025-07-02}
  - {at: yesterday, run: true}
events: [{timestamp: never, data: 3, extra: 1}, 7]
as_of: 2025-13-01
""") == {
        ("/metrics/n/field", "missing"),
        ("/contract/colour", "unknown_member"),
        ("/contract/items/0/prices/amount", "invalid_value"),
        ("/contract/items/1/prices", "not_allowed"),
        ("/facts/0/pause", "not_supported_yet"),
        ("/facts/1", "not_one_fact"),
        ("/facts/2/at", "invalid_value"),
        ("/events/0/timestamp", "invalid_timestamp"),
        ("/events/0/data", "wrong_type"),
        ("/events/0/extra", "unknown_member"),
        ("/events/1", "wrong_type"),
        ("/as_of", "invalid_value"),
    }


def test_what_the_parts_name_must_be_there():
    assert faults("""
metrics: {n: {event_type: calls, aggregate: count}, m: {event_type: mails, aggregate: count}}
contract:
  starts_on: 2025-07-01
  items:
    - {id: a, quantity: {metric: x}, prices: {model: flat, amount: 1}}
    - {id: b, quantity: {metric: n}, prices: {model: flat, amount: 1}}
facts:
  - {at: 2025-07-02, amend: {effective_on: 2025-07-02, item: c, quantity: 2}}
  - {at: 2025-07-02, amend: {effective_on: 2025-07-02, item: b, quantity: 2}}
  - {at: 2025-07-02, payment: {amount: "0.001"}}
  - {at: 2025-07-02, events: [{timestamp: 2025-07-02T00:00:00Z}]}
events: [{timestamp: 2025-07-02T00:00:00Z}]
""") == {
        ("/contract/items/0/quantity/metric", "unknown_metric"),
        ("/facts/0/amend/item", "unknown_item"),
        ("/facts/1/amend/quantity", "metered_item"),
        ("/facts/2/payment/amount", "not_money"),
        ("/facts/3/events/0/event_type", "missing"),
        ("/events/0/event_type", "missing"),
    }


def test_data_of_too_many_levels_is_refused_like_any_fault():
    deep = "[" * 50 + "1.5" + "]" * 50
    text = FIVE_LINES + f"events: [{{event_type: a, timestamp: 2025-07-02T00:00:00Z, data: {{n: {deep}}}}}]"
    assert faults(text) == {("/events/0/data/n", "too_deep")}


def test_events_of_a_file_must_have_been_read():
    with pytest.raises(InvalidInput, match="events"):
        run(read_scenario(read_yaml(FIVE_LINES + "events_file: usage.csv")))


def test_without_an_end_in_the_calendar_the_clock_must_be_told_where_to_stop():
    text = "contract: {starts_on: 9999-01-01, items: {id: a, prices: {model: flat, amount: 5}}}"
    assert faults(text) == {("/as_of", "missing")}
