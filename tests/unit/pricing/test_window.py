"""Tiers whose window is longer than the billing period, on figures worked by hand."""

import pytest

from tests.unit.pricing.rated import priced, quantities
from usance.kernel.amount import plain
from usance.kernel.derivation import evaluate
from usance.pricing.reset import rate_window

TIERS = [
    {"up_to": 10, "unit_amount": 1, "flat_amount": 3},
    {"up_to": 20, "unit_amount": 2, "flat_amount": 4},
    {"up_to": None, "unit_amount": 5, "flat_amount": 6},
]
STEPS = [{"up_to": 10, "flat_amount": 30}, {"up_to": None, "flat_amount": 80}]


def window(*parts, unit_rate=None, **price):
    charges = rate_window(priced(reset="P1Y", **price), [quantities(part) for part in parts], unit_rate)
    assert all(evaluate(charge.derivation) == charge.amount for charge in charges)
    return charges


def shown(*parts, **price):
    return [plain(charge.amount) for charge in window(*parts, **price)]


class TestTiered:
    def test_each_period_costs_what_it_adds(self):
        # 3 + 5; then 5 x 1 + 4 + 10 x 2 + 6 + 5 x 5 for going from 5 to 25; then 2 x 5
        assert shown(5, 20, 2, model="tiered", tiers=TIERS) == ["8", "60", "10"]

    def test_a_period_without_usage_adds_nothing(self):
        assert shown(0, 0, 5, 0, model="tiered", tiers=TIERS) == ["3", "0", "5", "0"]

    def test_nor_does_the_first_at_zero_when_the_price_says_so(self):
        assert shown(0, 5, model="tiered", tiers=TIERS, charge_at_zero=False) == ["0", "8"]

    def test_a_correction_goes_back_down(self):
        # 3 + 10 + 4 + 2 x 2 at 12; back to 9: 3 + 9
        assert shown(12, -3, model="tiered", tiers=TIERS) == ["21", "-9"]

    def test_below_zero_nothing_is_priced_and_the_rest_is_reported(self):
        charges = window(5, -8, model="tiered", tiers=TIERS)
        assert [(plain(one.amount), one.unpriced) for one in charges] == [("8", 0), ("-8", -3)]

    def test_and_is_priced_again_when_more_comes(self):
        charges = window(-8, 10, model="tiered", tiers=TIERS)
        assert [(plain(one.amount), one.unpriced) for one in charges] == [("0", 0), ("5", 0)]

    def test_percentages(self):
        tiers = [{"up_to": 100, "percentage": 10}, {"up_to": None, "percentage": 5}]
        # 8; then 20 at 10 % and 80 at 5 %
        assert shown(80, 100, model="tiered_percent", tiers=tiers) == ["8", "6"]


class TestVolume:
    def test_the_tier_reached_reprices_earlier_periods(self):
        assert shown(8, model="volume", tiers=TIERS) == ["11"]  # 3 + 8 x 1
        assert shown(8, 7, model="volume", tiers=TIERS) == ["20", "14"]  # 4 + 8 x 2, 7 x 2
        assert shown(8, 7, 10, model="volume", tiers=TIERS) == ["46", "35", "50"]  # 6 + 8 x 5, 7 x 5, 10 x 5

    def test_a_tier_that_gets_cheaper_gives_back(self):
        tiers = [{"up_to": 15, "unit_amount": 10}, {"up_to": None, "unit_amount": 5}]
        assert shown(12, 2, model="volume", tiers=tiers) == ["120", "20"]
        assert shown(12, 2, 6, model="volume", tiers=tiers) == ["60", "10", "30"]

    def test_at_zero(self):
        assert shown(0, 0, model="volume", tiers=TIERS) == ["3", "0"]
        assert shown(0, 0, model="volume", tiers=TIERS, charge_at_zero=False) == ["0", "0"]

    def test_below_zero(self):
        charges = window(5, -8, model="volume", tiers=TIERS)
        assert [(plain(one.amount), one.unpriced) for one in charges] == [("0", 0), ("0", -3)]


class TestStep:
    def test_the_first_period_has_the_amount_of_the_tier_reached(self):
        assert shown(8, model="step", tiers=STEPS) == ["30"]
        assert shown(8, 2, model="step", tiers=STEPS) == ["30", "0"]
        assert shown(8, 2, 1, model="step", tiers=STEPS) == ["80", "0", "0"]


def test_in_pricing_units():
    charges = window(5, 20, model="tiered", tiers=TIERS, unit_rate=quantities("0.5").total.value)
    assert [plain(one.amount) for one in charges] == ["4", "30"]


def test_no_periods_and_no_tiers():
    assert window(model="tiered", tiers=TIERS) == []
    with pytest.raises(TypeError, match="a flat price has no tiers"):
        rate_window(priced(model="flat", amount=1), [quantities(1)])
