"""What each aggregate makes of events. Figures are worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from usance.catalog.metric import Metric
from usance.kernel.amount import plain
from usance.metering.aggregate import is_additive, measure, reads_from
from usance.metering.event import Event

START = datetime(2025, 7, 1, tzinfo=UTC)
END = datetime(2025, 8, 1, tzinfo=UTC)  # 31 days = 744 hours


def quantity(aggregate, *events, start=START, end=END, **terms):
    """Of (day, value) or (day, value, further data); days count from the start, events are named a, b, c …"""
    metric = Metric.model_validate({"event_type": "e", "aggregate": aggregate, "field": "v", **terms})
    made = [
        Event(chr(97 + place), "e", "acme", START + timedelta(days=day), {"v": value, **(more[0] if more else {})})
        for place, (day, value, *more) in enumerate(events)
    ]
    return plain(measure(metric, made, start, end).quantity)


@pytest.mark.parametrize(
    ("aggregate", "expected"),
    [
        ("sum", "9.5"),
        ("max", "7.5"),
        ("min", "-2"),
        ("average", "2.375"),  # 9.5 / 4
        ("unique", "3"),  # 4, 7.5, -2
        ("latest", "4"),
        ("percentile", "7.5"),  # 95% of 4 is 3.8: the 4th of -2, 0, 4, 7.5
    ],
)
def test_four_values(aggregate, expected):
    events = (
        [(3, "7.5"), (1, "-2.0"), (9, 4), (2, "0")]
        if aggregate != "unique"
        else [(1, 4), (2, "4.0"), (3, "7.5"), (4, "-2")]
    )
    assert quantity(aggregate, *events) == expected


@pytest.mark.parametrize(
    "aggregate", ["sum", "max", "min", "average", "unique", "latest", "percentile", "weighted_sum"]
)
def test_nothing_to_measure_is_zero(aggregate):
    assert quantity(aggregate) == "0"
    assert quantity(aggregate, (-1, 5), (31, 7)) == "0"


def test_the_largest_of_negative_values_is_negative():
    assert quantity("max", (1, -3), (2, -7)) == "-3"


def test_an_average_that_does_not_end_is_rounded_at_twelve_decimals():
    assert quantity("average", (1, 1), (2, 1), (3, 0)) == "0.666666666667"  # 2/3
    assert quantity("average", (1, -1), (2, 0), (3, 0)) == "-0.333333333333"
    # exactly half of the last decimal goes away from zero
    assert quantity("average", (1, "0.000000000001"), (2, 0)) == "0.000000000001"
    assert quantity("average", (1, "-0.000000000001"), (2, 0)) == "-0.000000000001"


def test_latest_of_one_instant_is_the_one_whose_id_sorts_last():
    assert quantity("latest", (1, 5), (3, 8), (3, 2), (2, 9)) == "2"


@pytest.mark.parametrize(
    ("p", "expected"),
    [
        (None, "19"),  # 0.95 x 20 = 19
        (50, "10"),
        ("50.0001", "11"),  # 10.00002, up
        (5, "1"),
        ("0.000000000001", "1"),
        (95, "19"),
        ("95.1", "20"),  # 19.02
        (100, "20"),
    ],
)
def test_a_percentile_is_a_nearest_rank(p, expected):
    terms = {} if p is None else {"percentile": p}
    assert quantity("percentile", *((n / 2, n) for n in (*range(20, 10, -1), *range(1, 11))), **terms) == expected


def test_a_percentile_of_one_value_is_that_value():
    assert quantity("percentile", (1, "-4.25"), percentile=1) == "-4.25"


def test_distinct_values_may_be_text_and_numbers_are_told_by_value():
    assert quantity("unique", (1, "ann"), (2, "bob"), (3, "ann"), (4, "Ann")) == "3"
    # 1 = "1.0" = "1.00"; "01" is somebody's id; true and "true" differ
    assert quantity("unique", (1, 1), (2, "1.0"), (3, "1.00"), (4, "01"), (5, True), (6, "true")) == "4"


@pytest.mark.parametrize(
    ("per", "expected"),
    [
        # 10 for 21 days (2 to 23), 4 for 8 days: 210 + 32 = 242 level-days
        ("day", "242"),
        ("hour", "5808"),
        ("minute", "348480"),
        ("second", "20908800"),
        ("period", "7.806451612903"),  # 242 / 31 = 7.80645161290322…
        (None, "7.806451612903"),
    ],
)
def test_a_weighted_sum_is_level_times_time(per, expected):
    terms = {} if per is None else {"per": per}
    assert quantity("weighted_sum", (2, 10), (23, -6), **terms) == expected


def test_a_change_on_the_start_counts_from_it_and_one_on_the_end_not_at_all():
    assert quantity("weighted_sum", (0, 3)) == "3"
    assert quantity("weighted_sum", (31, 3)) == "0"


def test_a_level_may_be_negative():
    # -2 for 31 days, +2 for the last 15.5: -62 + 31 = -31 level-days
    assert quantity("weighted_sum", (0, -2), (15.5, 2), per="day") == "-31"
    assert quantity("weighted_sum", (0, -2), (15.5, 2)) == "-1"


def test_a_microsecond_is_held_exactly():
    last = Event("a", "e", "acme", END - timedelta(microseconds=1), {"v": 3_600_000_000})
    metric = Metric.model_validate({"event_type": "e", "aggregate": "weighted_sum", "field": "v", "per": "hour"})
    assert measure(metric, [last], START, END).quantity == 1


def test_only_sums_and_counts_add_up():
    additive = {
        aggregate
        for aggregate in ("count", "sum", "max", "min", "average", "unique", "latest", "weighted_sum", "percentile")
        if is_additive(
            Metric.model_validate(
                {"event_type": "e", "aggregate": aggregate, "field": None if aggregate == "count" else "v"}
            )
        )
    }
    assert additive == {"count", "sum"}


def test_a_level_that_was_there_before_is_carried_over():
    events = [(-400, 8), (-1, "-3"), (10, 5)]
    # 5 for 31 days and 5 more for 21: 155 + 105 = 260
    assert quantity("weighted_sum", *events, carry_over=True, per="day") == "260"
    assert quantity("weighted_sum", *events, per="day") == "105"


@pytest.mark.parametrize(
    ("aggregate", "events", "expected"),
    [
        ("latest", [(-9, 4), (-2, 6)], "6"),
        ("latest", [(-2, 6), (5, 1)], "1"),
        ("max", [(-9, 40), (-2, 6), (5, 1)], "6"),  # 40 held no more at the start
        ("max", [(-2, 6), (0, 9)], "9"),
        ("min", [(-9, 1), (-2, 6), (5, 8)], "6"),
        ("min", [(-2, 6), (5, 2)], "2"),
        ("max", [(-2, -6)], "-6"),
    ],
)
def test_the_value_that_held_at_the_start_counts(aggregate, events, expected):
    assert quantity(aggregate, *events, carry_over=True) == expected


ADD, REMOVE = {"operation": "add"}, {"operation": "remove"}


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([(-40, "ann"), (-3, "bob", ADD)], "2"),
        ([(-40, "ann"), (-3, "ann", REMOVE)], "0"),
        ([(-40, "ann"), (-3, "ann", REMOVE), (-2, "ann")], "1"),
        ([(-40, "ann"), (5, "ann", REMOVE), (9, "bob")], "2"),  # ann was live until the 6th
        ([(5, "ann"), (6, "ann", REMOVE), (7, "ann")], "1"),
        ([(5, "ann", REMOVE)], "0"),
        ([(-40, "ann"), (0, "ann", REMOVE)], "0"),  # gone as the period begins
        ([(5, "ann"), (5, "ann", REMOVE)], "0"),  # a before b, at one instant
        ([(5, "ann", REMOVE), (5, "ann")], "1"),
        ([(-3, 7), (5, "7.0")], "1"),
        ([(5, "ann", {"operation": None})], "1"),
    ],
)
def test_live_values_are_carried_over(events, expected):
    assert quantity("unique", *events, carry_over=True) == expected


def test_operations_mean_nothing_where_nothing_is_carried_over():
    assert quantity("unique", (5, "ann", REMOVE), (6, "bob")) == "2"


def test_where_events_are_read_from():
    carried = Metric.model_validate({"event_type": "e", "aggregate": "max", "field": "v", "carry_over": True})
    assert reads_from(carried, START) == datetime(1970, 1, 1, tzinfo=UTC)
    assert reads_from(Metric.model_validate({"event_type": "e", "aggregate": "max", "field": "v"}), START) == START


def test_a_large_average_keeps_every_digit():
    large = "999999999999999999.999999999999"
    assert quantity("average", (1, large), (2, large)) == large
    assert quantity("weighted_sum", (0, large)) == large
    assert Decimal(quantity("weighted_sum", (0, large), per="second")) == Decimal(large) * 31 * 86400
