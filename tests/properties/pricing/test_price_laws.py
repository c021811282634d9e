"""Laws of all price models: what is explained is what is charged, and shapes that curves of prices have."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.properties.pricing.tables import (
    BRACKETS,
    GRADUATED,
    any_sizes,
    by_unit,
    others,
    packages,
    parted,
    percents,
    percents_by_event,
    sizes,
    tables,
    tiered_prices,
    totals,
)
from tests.unit.pricing.rated import event, leaf, priced
from usance.catalog.price import Price
from usance.kernel.amount import ZERO
from usance.kernel.derivation import Derivation, evaluate
from usance.pricing.curve import amounts
from usance.pricing.quantities import Group, Quantities
from usance.pricing.rate import rate


def total(quantity: Decimal) -> Quantities:
    return Quantities(leaf(quantity))


@given(st.one_of(totals, others), parted(any_sizes))
def test_every_charge_follows_from_its_derivation(price: Price, quantities: Quantities) -> None:
    charge = rate(price, quantities)
    assert evaluate(charge.derivation) == charge.amount
    written = Derivation.from_json(json.loads(json.dumps(charge.derivation.to_json())))
    assert evaluate(written) == charge.amount


@given(totals, st.lists(any_sizes))
def test_the_fast_curve_is_what_is_charged(price: Price, quantities: list[Decimal]) -> None:
    assert amounts(price, iter(quantities)) == [rate(price, total(quantity)).amount for quantity in quantities]


@given(tables("unit_amount", "flat_amount"), sizes)
def test_tiered_by_another_way_of_counting(table: list[dict[str, Any]], quantity: Decimal) -> None:
    # Each tier's rate times how much of the quantity lies between its bounds, as fractions.
    expected, lower = Fraction(0), Fraction(0)
    for tier in table:
        if lower and quantity <= lower:
            break
        upper = Fraction(quantity) if tier["up_to"] is None else Fraction(tier["up_to"])
        expected += Fraction(tier["unit_amount"] or 0) * max(Fraction(0), min(Fraction(quantity), upper) - lower)
        expected += Fraction(tier["flat_amount"] or 0)
        lower = upper
    assert Fraction(rate(priced(model="tiered", tiers=table), total(quantity)).amount) == expected


@given(tables("unit_amount", "flat_amount"), sizes)
def test_volume_by_another_way_of_counting(table: list[dict[str, Any]], quantity: Decimal) -> None:
    [reached] = [tier for tier in table if tier["up_to"] is None or quantity <= tier["up_to"]][:1]
    expected = (reached["unit_amount"] or 0) * quantity + (reached["flat_amount"] or 0)
    assert rate(priced(model="volume", tiers=table), total(quantity)).amount == expected


@given(st.one_of(by_unit, percents), sizes)
def test_a_correction_is_the_negative_of_its_size(price: Price, quantity: Decimal) -> None:
    assert rate(price, total(-quantity)).amount == -rate(price, total(quantity)).amount


@given(percents_by_event, st.lists(any_sizes, max_size=6))
def test_and_so_are_corrections_event_by_event(price: Price, values: list[Decimal]) -> None:
    def charged(sign: int) -> Decimal:
        events = tuple(event(number, sign * value) for number, value in enumerate(values))  # type: ignore[arg-type]
        # An event of zero has no sign: it costs its fixed amount either way.
        return rate(price, Quantities(leaf(sign * sum(values, ZERO)), events=events)).amount

    if all(values):
        assert charged(-1) == -charged(1)


@given(st.one_of(tiered_prices, packages), sizes.filter(bool))
def test_tables_report_all_of_a_negative_quantity(price: Price, quantity: Decimal) -> None:
    charge = rate(price, total(-quantity))
    assert (charge.amount, charge.unpriced) == (0, -quantity)


@given(totals, parted())
def test_how_usage_is_split_over_events_does_not_matter(price: Price, quantities: Quantities) -> None:
    if not getattr(price, "by_event", False):
        assert rate(price, quantities).amount == rate(price, Quantities(quantities.total)).amount


RISING = [
    *GRADUATED,
    packages,
    by_unit,
    percents,
    st.builds(priced, model=st.just("step"), tiers=tables("flat_amount", rising=True)),
    st.builds(priced, model=st.just("volume"), tiers=tables("unit_amount", "flat_amount", rising=True)),
]


@pytest.mark.parametrize("prices", RISING)
def test_more_never_costs_less(prices: st.SearchStrategy[Price]) -> None:
    @given(prices, sizes, sizes)
    def law(price: Price, one: Decimal, other: Decimal) -> None:
        less, more = sorted((one, other))
        assert rate(price, total(less)).amount <= rate(price, total(more)).amount

    law()


@given(st.one_of(by_unit, percents, *GRADUATED, *BRACKETS, packages))
def test_at_zero_only_flat_amounts_are_charged(price: Price) -> None:
    tiers = getattr(price, "tiers", ())
    flat = tiers[0].flat_amount if tiers and price.charge_at_zero else 0
    assert rate(price, total(ZERO)).amount == flat


@given(percents_by_event, st.lists(sizes.filter(bool), max_size=8))
def test_events_cost_no_less_and_no_more_than_their_bounds(price: Price, values: list[Decimal]) -> None:
    assert price.model == "percent"
    events = tuple(event(number, value) for number, value in enumerate(values))  # type: ignore[arg-type]
    charged = rate(price, Quantities(leaf(sum(values, ZERO)), events=events)).amount
    assert price.per_event_maximum is not None
    assert 0 <= charged <= max(0, len(values) - price.free_events) * price.per_event_maximum
    if not price.free_amount:
        assert charged >= max(0, len(values) - price.free_events) * (price.per_event_minimum or 0)


@given(others, parted(), st.randoms())
def test_the_order_of_parts_does_not_matter(price: Price, quantities: Quantities, draw) -> None:
    groups: list[Group] = list(quantities.groups)
    draw.shuffle(groups)
    shuffled = Quantities(quantities.total, tuple(groups), quantities.events, quantities.named)
    assert rate(price, shuffled).amount == rate(price, quantities).amount
