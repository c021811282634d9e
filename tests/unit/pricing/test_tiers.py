"""Prices by tiers on figures worked by hand: tiered, volume, step, tiered percent."""

from typing import Any

import pytest

from tests.unit.pricing.rated import amount, charge, labels, refused

THREE_TIERS: list[dict[str, Any]] = [
    {"up_to": 500, "unit_amount": "2.00"},
    {"up_to": 2000, "unit_amount": "1.50"},
    {"up_to": None, "unit_amount": "1.00"},
]
WITH_FLAT: list[dict[str, Any]] = [
    {"up_to": 500, "unit_amount": "0.01", "flat_amount": 50},
    {"up_to": 2000, "unit_amount": "0.08", "flat_amount": 100},
    {"up_to": None, "unit_amount": "0.06", "flat_amount": 250},
]
STEPS: list[dict[str, Any]] = [
    {"up_to": 500, "flat_amount": 100},
    {"up_to": 2000, "flat_amount": 300},
    {"up_to": None, "flat_amount": 600},
]
PERCENTAGES: list[dict[str, Any]] = [
    {"up_to": 1000, "percentage": 10},
    {"up_to": 5000, "percentage": "5.5", "flat_amount": 20},
    {"up_to": None, "percentage": 2},
]
MODELS: dict[str, list[dict[str, Any]]] = {
    "tiered": THREE_TIERS,
    "volume": THREE_TIERS,
    "step": STEPS,
    "tiered_percent": PERCENTAGES,
}


class TestTiered:
    @pytest.mark.parametrize(
        ("quantity", "expected"),
        [
            ("0", "0"),
            ("500", "1000"),  # the upper bound belongs to its tier
            ("500.5", "1000.75"),  # 500 x 2 + 0.5 x 1.5
            ("1500", "2500"),  # 500 x 2 + 1,000 x 1.5
            ("2000", "3250"),  # 1,000 + 1,500 x 1.5
            ("2001", "3251"),
        ],
    )
    def test_each_part_at_the_rate_of_its_tier(self, quantity, expected):
        assert amount(quantity, model="tiered", tiers=THREE_TIERS) == expected

    def test_three_tiers_entered(self):
        # 100 x 100 + 100 x 90 + 50 x 80
        tiers = [
            {"up_to": 100, "unit_amount": 100},
            {"up_to": 200, "unit_amount": 90},
            {"up_to": None, "unit_amount": 80},
        ]
        assert amount("250", model="tiered", tiers=tiers) == "23000"

    def test_rates_may_rise(self):
        # 10 x 1 + 10 x 2 + 5 x 3
        tiers = [{"up_to": 10, "unit_amount": 1}, {"up_to": 20, "unit_amount": 2}, {"up_to": None, "unit_amount": 3}]
        assert amount("25", model="tiered", tiers=tiers) == "45"

    def test_an_amount_that_is_null_is_zero(self):
        # 100, then 50 more for the second tier, which 7 reach
        tiers = [
            {"up_to": 5, "unit_amount": None, "flat_amount": 100},
            {"up_to": None, "unit_amount": None, "flat_amount": 50},
        ]
        assert amount("7", model="tiered", tiers=tiers) == "150"
        assert amount("5", model="volume", tiers=[{"up_to": None, "unit_amount": 2, "flat_amount": None}]) == "10"

    def test_flat_amounts_of_every_tier_entered(self):
        # 50 + 100 x 0.01 = 51; 100 + 400 x 0.08 = 132; 250 + 250 x 0.06 = 265
        tiers = [
            {"up_to": 100, "unit_amount": "0.01", "flat_amount": 50},
            {"up_to": 500, "unit_amount": "0.08", "flat_amount": 100},
            {"up_to": None, "unit_amount": "0.06", "flat_amount": 250},
        ]
        assert amount("750", model="tiered", tiers=tiers) == "448"
        assert amount("100", model="tiered", tiers=tiers) == "51"
        assert amount("0", model="tiered", tiers=tiers) == "50"
        assert amount("0", model="tiered", tiers=tiers, charge_at_zero=False) == "0"

    def test_explains_itself_tier_by_tier(self):
        made = charge("1500", model="tiered", tiers=THREE_TIERS)
        assert labels(made.derivation) == ["tier 1 (0 to 500)", "tier 2 (500 to 2000)"]


class TestVolume:
    @pytest.mark.parametrize(
        ("quantity", "expected"),
        [
            ("0", "0"),
            ("500", "1000"),
            ("500.000000000001", "750.0000000000015"),  # all of it at 1.50
            ("1500", "2250"),
            ("2000", "3000"),
            ("2001", "2001"),  # the cliff: one more costs 999 less
        ],
    )
    def test_all_of_it_at_the_rate_reached(self, quantity, expected):
        assert amount(quantity, model="volume", tiers=THREE_TIERS) == expected

    def test_the_last_tier(self):
        # 250 x 80
        tiers = [
            {"up_to": 100, "unit_amount": 100},
            {"up_to": 200, "unit_amount": 90},
            {"up_to": None, "unit_amount": 80},
        ]
        assert amount("250", model="volume", tiers=tiers) == "20000"

    @pytest.mark.parametrize(
        ("quantity", "expected"),
        [
            ("0", "50"),
            ("500", "55"),  # 50 + 500 x 0.01
            ("1500", "220"),  # 100 + 1,500 x 0.08, and no other tier's flat amount
            ("3000", "430"),  # 250 + 3,000 x 0.06
        ],
    )
    def test_the_flat_amount_of_the_tier_reached_alone(self, quantity, expected):
        assert amount(quantity, model="volume", tiers=WITH_FLAT) == expected

    def test_tiers_of_flat_amounts_and_of_unit_amounts(self):
        tiers = [
            {"up_to": 5, "flat_amount": 100},
            {"up_to": 10, "flat_amount": 150},
            {"up_to": 15, "unit_amount": 10},
            {"up_to": None, "unit_amount": 5},
        ]
        found = [amount(quantity, model="volume", tiers=tiers) for quantity in (5, 7, 12, 20)]
        assert found == ["100", "150", "120", "100"]


class TestStep:
    @pytest.mark.parametrize(
        ("quantity", "expected"),
        [("0", "100"), ("500", "100"), ("500.5", "300"), ("1500", "300"), ("2000", "300"), ("2001", "600")],
    )
    def test_one_amount_for_the_range(self, quantity, expected):
        assert amount(quantity, model="step", tiers=STEPS) == expected

    def test_the_bound_is_the_lower_range(self):
        tiers = [{"up_to": 50, "flat_amount": 40}, {"up_to": None, "flat_amount": 80}]
        assert [amount(miles, model="step", tiers=tiers) for miles in (50, 51)] == ["40", "80"]

    def test_needs_an_amount_in_every_tier(self):
        assert refused(model="step", tiers=[{"up_to": None}]) == [("/tiers/0/flat_amount", "missing")]


class TestTieredPercent:
    @pytest.mark.parametrize(
        ("quantity", "expected"),
        [
            ("0", "0"),
            ("1000", "100"),  # 10 % of 1,000
            ("3000", "230"),  # 100 + 20 + 5.5 % of 2,000
            ("5000", "340"),  # 100 + 20 + 5.5 % of 4,000
            ("6000.01", "360.0002"),  # 340 + 2 % of 1,000.01
        ],
    )
    def test_each_part_at_the_percentage_of_its_tier(self, quantity, expected):
        assert amount(quantity, model="tiered_percent", tiers=PERCENTAGES) == expected


@pytest.mark.parametrize("model", MODELS)
class TestAllTables:
    def test_a_negative_total_has_no_tier_and_is_reported(self, model):
        made = charge("-5", model=model, tiers=MODELS[model])
        assert (made.amount, made.unpriced) == (0, -5)

    def test_flat_amounts_at_zero_only_when_the_price_says_so(self, model):
        tier = {"flat_amount": 7} | ({"percentage": 1} if model == "tiered_percent" else {})
        tiers = [tier | {"up_to": 10}, tier | {"up_to": None}]
        assert amount("0", model=model, tiers=tiers) == "7"
        assert amount("0", model=model, tiers=tiers, charge_at_zero=False) == "0"
        assert amount("0.1", model=model, tiers=tiers, charge_at_zero=False) != "0"

    def test_every_fault_of_the_bounds(self, model):
        tiers = [MODELS[model][0] | {"up_to": bound} for bound in (None, 10, 10, 5)]
        assert refused(model=model, tiers=tiers) == [
            ("/tiers/3/up_to", "last_tier_closed"),
            ("/tiers/0/up_to", "open_tier"),
            ("/tiers/2/up_to", "tiers_not_increasing"),
        ]

    def test_faults_of_tiers_by_themselves_and_of_the_table_at_once(self, model):
        tier = MODELS[model][0]
        tiers = [
            tier | {"up_to": "ten"},
            tier | {"up_to": 10, "flat_amount": "-1"},
            tier | {"up_to": 5},
            {"up_to": 0.5},
        ]
        found = refused(model=model, tiers=tiers)
        assert {
            ("/tiers/0/up_to", "invalid_value"),
            ("/tiers/1/flat_amount", "invalid_value"),
            ("/tiers/2/up_to", "tiers_not_increasing"),
            ("/tiers/3/up_to", "invalid_value"),
        } <= set(found)
        assert len(found) == len(set(found))

    @pytest.mark.parametrize("tiers", [None, "many", {"up_to": None}, [None], [7], [[]]])
    def test_tables_that_are_none(self, model, tiers):
        assert refused(model=model, tiers=tiers)

    def test_a_tier_without_a_bound(self, model):
        tier = {name: value for name, value in MODELS[model][0].items() if name != "up_to"}
        assert refused(model=model, tiers=[tier]) == [("/tiers/0/up_to", "missing")]

    def test_no_tiers(self, model):
        assert refused(model=model, tiers=[]) == [("/tiers", "no_tiers")]

    @pytest.mark.parametrize("bound", ["0", "-5"])
    def test_a_first_tier_that_ends_at_zero_or_below(self, model, bound):
        tiers = [MODELS[model][0] | {"up_to": bound}, MODELS[model][0] | {"up_to": None}]
        assert refused(model=model, tiers=tiers) == [("/tiers/0/up_to", "tiers_not_increasing")]

    def test_a_negative_flat_amount(self, model):
        tiers = [MODELS[model][0] | {"up_to": None, "flat_amount": "-1"}]
        assert refused(model=model, tiers=tiers) == [("/tiers/0/flat_amount", "invalid_value")]

    def test_a_window_that_is_none(self, model):
        assert refused(model=model, tiers=MODELS[model], reset="1 year") == [("/reset", "invalid_value")]


def test_other_models_have_no_window():
    assert refused(model="package", package_size=1, unit_amount=1, reset="P1Y") == [("/reset", "unknown_member")]
