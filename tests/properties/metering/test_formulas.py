"""Laws of every aggregate, and slow oracles that work a quantity out in another way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usance.catalog.metric import CARRYING, Aggregate, Metric
from usance.kernel.amount import exact
from usance.metering.aggregate import measure
from usance.metering.event import Event

START = datetime(2025, 7, 1, tzinfo=UTC)
SECONDS = 600
END = START + timedelta(seconds=SECONDS)
EVERY = [*((one, False) for one in Aggregate), *((one, True) for one in CARRYING)]
LEVELS = st.decimals(-(10**6), 10**6, places=3).map(lambda value: format(value, "f"))


def metric(aggregate, **terms):
    field = None if aggregate == Aggregate.COUNT else "v"
    return Metric.model_validate({"event_type": "e", "aggregate": aggregate, "field": field, **terms})


def lists_of(values):
    """Events from ten minutes before the window to a minute after it, many of them at one instant."""
    data = st.fixed_dictionaries(
        {"v": values, "d": st.sampled_from(["x", "y", "z"]), "operation": st.sampled_from(["add", "remove", None])}
    )
    drawn = st.lists(st.tuples(st.integers(-SECONDS, SECONDS + 60), data), max_size=25)
    return drawn.map(
        lambda rows: [
            Event(f"id{place:02}", "e", "acme", START + timedelta(seconds=second), part)
            for place, (second, part) in enumerate(rows)
        ]
    )


EVENTS = lists_of(LEVELS)


@pytest.mark.parametrize(("aggregate", "carry_over"), EVERY)
@given(events=EVENTS, random=st.randoms(use_true_random=False))
def test_order_changes_nothing(aggregate, carry_over, events, random):
    shuffled = list(events)
    random.shuffle(shuffled)
    one = metric(aggregate, carry_over=carry_over, dimensions=["d"])
    assert measure(one, events, START, END) == measure(one, shuffled, START, END)


@pytest.mark.parametrize("aggregate", ["sum", "count"])
@given(events=EVENTS)
def test_groups_of_what_is_additive_add_up_to_the_whole(aggregate, events):
    result = measure(metric(aggregate, dimensions=["d"]), events, START, END)
    assert sum(one.quantity for one in result.groups) == result.quantity
    assert sorted(event.id for one in result.groups for event in one.events) == sorted(one.id for one in result.events)


@pytest.mark.parametrize(("aggregate", "carry_over"), EVERY)
@given(events=EVENTS)
def test_a_group_is_what_a_filter_for_it_would_give(aggregate, carry_over, events):
    for group in measure(metric(aggregate, carry_over=carry_over, dimensions=["d"]), events, START, END).groups:
        alone = measure(metric(aggregate, carry_over=carry_over, filter=dict(group.values)), events, START, END)
        assert (alone.quantity, alone.events) == (group.quantity, group.events)


@given(EVENTS, st.data())
def test_splitting_an_event_leaves_a_sum_and_a_level_as_they_were(events, data):
    split = []
    for event in events:
        part = data.draw(LEVELS)
        rest = format(exact(event.data["v"]) - exact(part), "f")
        for value in (part, rest):
            name = f"{event.id}-{len(split)}"
            split.append(Event(name, event.event_type, event.customer, event.timestamp, {**event.data, "v": value}))
    for one in (metric("sum"), metric("weighted_sum", carry_over=True, per="second")):
        assert measure(one, split, START, END).quantity == measure(one, events, START, END).quantity


@given(EVENTS, st.lists(st.integers(1, SECONDS // 36 - 1), max_size=4, unique=True))
def test_a_carried_level_is_additive_in_time(events, cuts):
    # Cut every 36 seconds, a hundredth of an hour, so that no quantity of level-hours needs rounding.
    on_time = [
        Event(
            one.id,
            "e",
            "acme",
            START + round((one.timestamp - START) / timedelta(seconds=36)) * timedelta(seconds=36),
            one.data,
        )
        for one in events
    ]
    hours = metric("weighted_sum", carry_over=True, per="hour")
    bounds = [START, *(START + timedelta(seconds=36 * cut) for cut in sorted(cuts)), START + timedelta(seconds=612)]
    parts = [measure(hours, on_time, one, other).quantity for one, other in pairwise(bounds)]
    assert sum(parts) == measure(hours, on_time, bounds[0], bounds[-1]).quantity


@pytest.mark.parametrize("carry_over", [True, False])
@given(events=EVENTS)
def test_a_weighted_sum_is_the_level_of_every_second(carry_over, events):
    known = [one for one in events if carry_over or one.timestamp >= START]
    seconds = [START + timedelta(seconds=second) for second in range(SECONDS)]
    level_seconds = sum(
        (Fraction(one.data["v"]) for at in seconds for one in known if one.timestamp <= at), Fraction(0)
    )
    for per, unit in (("second", 1), ("minute", 60), ("hour", 3600), ("day", 86_400), (None, SECONDS)):
        found = measure(metric("weighted_sum", carry_over=carry_over, per=per), events, START, END).quantity
        # to twelve decimals, at most half of the last away
        assert abs(Fraction(found) - level_seconds / unit) <= Fraction(1, 2 * 10**12)


@given(EVENTS, st.decimals("0.01", 100, places=2))
def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed(events, p):
    values = [Fraction(one.data["v"]) for one in events if START <= one.timestamp < END]
    enough = [one for one in values if 100 * sum(other <= one for other in values) >= Fraction(p) * len(values)]
    found = measure(metric("percentile", percentile=format(p, "f")), events, START, END).quantity
    assert found == min(enough, default=0)


@given(EVENTS)
def test_an_average_lies_between_the_extremes(events):
    low, middle, high = (measure(metric(one), events, START, END).quantity for one in ("min", "average", "max"))
    assert low <= middle <= high


USERS = lists_of(st.sampled_from(["ann", "bob", "7", 7, "7.0", "07", True]))
SAME = {"7": 7, "7.0": 7}


@given(USERS)
def test_unique_counts_different_values(events):
    different = {
        (type(v), v) for v in (SAME.get(one.data["v"], one.data["v"]) for one in events if START <= one.timestamp < END)
    }
    assert measure(metric("unique"), events, START, END).quantity == len(different)


@given(USERS)
def test_carried_unique_counts_what_was_live_in_any_second(events):
    live = set()
    for at in range(SECONDS):
        operations = {}
        for one in sorted(events, key=lambda event: (event.timestamp, event.id)):
            if one.timestamp <= START + timedelta(seconds=at):
                value = SAME.get(one.data["v"], one.data["v"])
                operations[type(value), value] = one.data["operation"]
        live |= {value for value, operation in operations.items() if operation != "remove"}
    assert measure(metric("unique", carry_over=True), events, START, END).quantity == len(live)


@given(EVENTS)
def test_what_held_at_the_start_is_an_event_at_the_start(events):
    # unless one is there: carrying over is the same as sending the latest earlier value again
    before = sorted((one for one in events if one.timestamp < START), key=lambda one: (one.timestamp, one.id))
    again = [Event("again", "e", "acme", START, one.data) for one in before[-1:]]
    within = [one for one in events if one.timestamp >= START]
    for aggregate in ("max", "min"):
        carried = measure(metric(aggregate, carry_over=True), events, START, END).quantity
        assert carried == measure(metric(aggregate), [*within, *again], START, END).quantity
