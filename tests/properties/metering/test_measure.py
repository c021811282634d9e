"""Laws of measuring: order does not matter, and windows that tile time tile the quantity."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from usance.catalog.metric import Metric
from usance.metering.aggregate import measure
from usance.metering.event import Event

START = datetime(2025, 7, 1, tzinfo=UTC)
END = START + timedelta(days=31)
SUM = Metric.model_validate({"event_type": "e", "aggregate": "sum", "field": "n", "filter": {"region": "eu"}})
COUNT = Metric.model_validate({"event_type": "e", "aggregate": "count"})

values = st.one_of(
    st.decimals(min_value=-(10**17), max_value=10**17, places=12).map(lambda value: format(value, "f")),
    st.integers(-(10**29), 10**29),
    st.sampled_from(["many", None, True]),
)
events = st.lists(
    st.builds(
        lambda seconds, value, region: (START + timedelta(seconds=seconds), {"n": value, "region": region}),
        st.integers(-86_400, 33 * 86_400),
        values,
        st.sampled_from(["eu", "us", None]),
    ),
    max_size=20,
).map(lambda drawn: [Event(f"id{place}", "e", "acme", *one) for place, one in enumerate(drawn)])


@given(events, st.randoms(use_true_random=False))
def test_order_changes_nothing(drawn, random):
    shuffled = list(drawn)
    random.shuffle(shuffled)
    assert measure(SUM, drawn, START, END) == measure(SUM, shuffled, START, END)


@given(events, st.lists(st.integers(1, 31 * 86_400 - 1), max_size=5, unique=True))
def test_windows_that_tile_time_tile_the_quantity(drawn, cuts):
    bounds = [START, *(START + timedelta(seconds=cut) for cut in sorted(cuts)), END]
    for metric in (SUM, COUNT):
        whole = measure(metric, drawn, START, END)
        parts = [measure(metric, drawn, one, other) for one, other in pairwise(bounds)]
        assert sum((part.quantity for part in parts), Decimal(0)) == whole.quantity
        assert tuple(event for part in parts for event in part.events) == whole.events


@given(events)
def test_the_quantity_is_the_exact_sum_and_nothing_is_dropped_in_silence(drawn):
    result = measure(SUM, drawn, START, END)
    wanted = [one for one in drawn if START <= one.timestamp < END and one.data["region"] == "eu"]
    assert {one.id for one in result.events} | {one.id for one in result.unmeasurable} == {one.id for one in wanted}
    readable = [one.data["n"] for one in wanted if one.data["n"] not in {"many", None} and one.data["n"] is not True]
    assert Fraction(result.quantity) == sum((Fraction(str(value)) for value in readable), Fraction(0))
