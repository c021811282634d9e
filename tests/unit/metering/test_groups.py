"""Groups by dimension, the events of a measurement, and values that cannot be read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from usance.catalog.metric import Metric
from usance.metering.aggregate import Measured, measure
from usance.metering.event import Event

START = datetime(2025, 7, 1, tzinfo=UTC)
END = datetime(2025, 8, 1, tzinfo=UTC)


def metric(aggregate="sum", **terms):
    return Metric.model_validate({"event_type": "e", "aggregate": aggregate, "field": "v", **terms})


def events(*rows):
    return [
        Event(chr(97 + place), "e", "acme", START + timedelta(days=day), data) for place, (day, data) in enumerate(rows)
    ]


def groups(measurement):
    return [(tuple(one.values.values()), one.quantity, "".join(e.id for e in one.events)) for one in measurement.groups]


def test_tokens_by_type():
    # as many input tokens as 100 and output tokens as 50: 150 in all
    used = events((1, {"v": 60, "type": "input"}), (2, {"v": 50, "type": "output"}), (3, {"v": 40, "type": "input"}))
    result = measure(metric(dimensions=["type"]), used, START, END)
    assert result.quantity == 150
    assert groups(result) == [(("input",), 100, "ac"), (("output",), 50, "b")]
    assert result.groups[0].values == {"type": "input"}


def test_values_of_dimensions_are_text():
    rows: list[dict[str, Any]] = [
        {"d": 10**25},
        {"d": 5},
        {"d": "5"},
        {"d": True},
        {"d": False},
        {"d": None},
        {},
        {"d": "1.50"},
        {"d": ["x", 1]},
    ]
    result = measure(metric(dimensions=["d"]), events(*((1, {"v": 1, **row}) for row in rows)), START, END)
    assert {values[0]: int(quantity) for values, quantity, _ in groups(result)} == {
        "": 2,
        "1.50": 1,
        "1" + "0" * 25: 1,
        "5": 2,
        "false": 1,
        "true": 1,
        '["x",1]': 1,
    }


def test_groups_of_two_dimensions_are_sorted():
    rows = [("us", "b"), ("eu", "b"), ("us", "a"), ("eu", "b")]
    used = events(*((1, {"v": 1, "region": region, "tier": tier}) for region, tier in rows))
    result = measure(metric("count", field=None, dimensions=["region", "tier"]), used, START, END)
    assert groups(result) == [(("eu", "b"), 2, "bd"), (("us", "a"), 1, "c"), (("us", "b"), 1, "a")]
    assert list(result.groups[0].values) == ["region", "tier"]


def test_each_group_is_measured_by_itself():
    used = events((1, {"v": 10, "d": "x"}), (2, {"v": 2, "d": "x"}), (3, {"v": 3, "d": "y"}))
    average = measure(metric("average", dimensions=["d"]), used, START, END)
    assert (average.quantity, groups(average)) == (5, [(("x",), 6, "ab"), (("y",), 3, "c")])
    users = events((1, {"v": "ann", "d": "x"}), (2, {"v": "ann", "d": "y"}))
    unique = measure(metric("unique", dimensions=["d"]), users, START, END)
    assert (unique.quantity, groups(unique)) == (1, [(("x",), 1, "a"), (("y",), 1, "b")])


def test_a_group_without_events_is_there_while_something_is_carried_in_it():
    used = events(
        (-9, {"v": 4, "d": "x"}), (-9, {"v": 3, "d": "y"}), (-2, {"v": -3, "d": "y"}), (1, {"v": 31, "d": "z"})
    )
    level = metric("weighted_sum", dimensions=["d"], carry_over=True)
    result = measure(level, used, START, END)
    # z: 31 for 30 of 31 days
    assert (result.quantity, groups(result)) == (34, [(("x",), 4, ""), (("z",), 30, "d")])
    assert [one.id for one in result.events] == ["d"]


def test_without_dimensions_there_are_no_groups():
    assert measure(metric(), events((1, {"v": 1})), START, END).groups == ()


def test_an_event_comes_with_its_data():
    used = events((1, {"v": "2", "region": "eu"}))
    assert measure(metric(), used, START, END).events[0].data == {"v": "2", "region": "eu"}
    assert Measured("a", START, Decimal(1), "acme").data == {}


@pytest.mark.parametrize(
    ("value", "read"),
    [(100, "100"), ("100", "100"), ("-0.5", "-0.5"), ("007", "7")],
)
def test_numbers_and_their_texts_are_read(value, read):
    assert measure(metric(), events((1, {"v": value})), START, END).quantity == Decimal(read)


@pytest.mark.parametrize(
    ("aggregate", "value", "code"),
    [
        *((aggregate, value, "not_a_number") for aggregate in ("sum", "max", "latest", "weighted_sum", "percentile")
          for value in ("NaN", "Infinity", "-inf", "1e3", "many", "", True, False, [1], {"x": 1})),
        ("sum", None, "missing"),
        ("unique", None, "missing"),
        ("unique", ["ann"], "wrong_type"),
        ("unique", {"id": 1}, "wrong_type"),
    ],
)  # fmt: skip
def test_what_is_no_value_is_listed_and_left_out(aggregate, value, code):
    result = measure(metric(aggregate), events((1, {"v": value}), (2, {"v": 5})), START, END)
    assert [(one.id, one.fault.pointer, one.fault.code) for one in result.unmeasurable] == [("a", "/data/v", code)]
    assert [one.id for one in result.events] == ["b"]


def test_an_unknown_operation_is_listed():
    used = events((1, {"v": "ann", "operation": "drop"}), (2, {"v": "bob", "operation": "add"}))
    result = measure(metric("unique", carry_over=True), used, START, END)
    assert [(one.id, one.fault.pointer, one.fault.code) for one in result.unmeasurable] == [
        ("a", "/data/operation", "not_allowed")
    ]
    assert result.quantity == 1
    assert measure(metric("unique"), used, START, END).quantity == 2


def test_what_was_wrong_before_the_window_is_not_said_again():
    used = events((-1, {"v": "many"}), (-2, {"v": 4}))
    result = measure(metric("latest", carry_over=True), used, START, END)
    assert (result.quantity, result.unmeasurable, result.events) == (4, (), ())
