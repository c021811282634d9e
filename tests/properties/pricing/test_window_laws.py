"""Laws of tiers over a longer window: the periods sum to the window, at every time."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tests.properties.pricing.tables import GRADUATED, any_sizes, sizes, tiered_prices
from tests.unit.pricing.rated import leaf
from usance.catalog.price import Price
from usance.kernel.amount import ZERO
from usance.kernel.derivation import evaluate
from usance.pricing.quantities import Quantities
from usance.pricing.rate import rate
from usance.pricing.reset import rate_window


def parts(quantities: list[Decimal]) -> list[Quantities]:
    return [Quantities(leaf(quantity)) for quantity in quantities]


@given(tiered_prices, st.lists(any_sizes, min_size=1, max_size=12))
def test_the_periods_sum_to_the_window_at_every_step(price: Price, quantities: list[Decimal]) -> None:
    for known in range(1, len(quantities) + 1):
        charges = rate_window(price, parts(quantities[:known]))
        whole = rate(price, Quantities(leaf(sum(quantities[:known], ZERO))))
        assert len(charges) == known
        assert sum((charge.amount for charge in charges), ZERO) == whole.amount
        assert sum((charge.unpriced for charge in charges), ZERO) == whole.unpriced
        assert all(evaluate(charge.derivation) == charge.amount for charge in charges)


@given(st.one_of(*GRADUATED), st.lists(sizes, min_size=1, max_size=8), sizes)
def test_what_comes_later_leaves_graduated_periods_as_they_were(
    price: Price, quantities: list[Decimal], later: Decimal
) -> None:
    before = [charge.amount for charge in rate_window(price, parts(quantities))]
    after = [charge.amount for charge in rate_window(price, parts([*quantities, later]))]
    assert after[:-1] == before


@given(tiered_prices, any_sizes)
def test_a_window_of_one_period_is_that_period(price: Price, quantity: Decimal) -> None:
    [charge] = rate_window(price, parts([quantity]))
    assert charge.amount == rate(price, Quantities(leaf(quantity))).amount
