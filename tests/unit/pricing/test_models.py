"""The price models on figures worked by hand."""

from decimal import Decimal

import pytest
from pydantic import TypeAdapter, ValidationError

from usance.catalog.price import Price
from usance.kernel.derivation import evaluate, given
from usance.pricing.charge import Charge
from usance.pricing.quantities import Quantities
from usance.pricing.rate import rate

_PRICE: TypeAdapter[Price] = TypeAdapter(Price)


def charge(quantity: str, **price) -> Charge:
    made = rate(_PRICE.validate_python(price), Quantities(given("quantity", Decimal(quantity))))
    assert evaluate(made.derivation) == made.amount
    return made


def amount(quantity: str, **price) -> str:
    return format(charge(quantity, **price).amount.normalize(), "f")


THREE_TIERS = [
    {"up_to": 500, "unit_amount": "2.00"},
    {"up_to": 2000, "unit_amount": "1.50"},
    {"up_to": None, "unit_amount": "1.00"},
]


class TestFlat:
    def test_usage_does_not_matter(self):
        assert amount("1500", model="flat", amount="500.00") == "500"

    def test_is_charged_at_zero(self):
        assert amount("0", model="flat", amount="500.00") == "500"

    def test_unless_the_price_says_otherwise(self):
        assert amount("0", model="flat", amount="500.00", charge_at_zero=False) == "0"


class TestPerUnit:
    @pytest.mark.parametrize(
        ("quantity", "expected"), [("0", "0"), ("500", "1000"), ("1500", "3000"), ("5000", "10000")]
    )
    def test_every_unit_costs_the_same(self, quantity, expected):
        assert amount(quantity, model="per_unit", unit_amount="2.00") == expected

    def test_a_price_for_a_thousand(self):
        # 2,000,000 requests at 0.05 for 1,000: 2,000 x 0.05
        assert amount("2000000", model="per_unit", unit_amount="0.05", per=1000) == "100"

    def test_a_correction_is_the_negative_of_its_size(self):
        assert amount("-3", model="per_unit", unit_amount="0.10") == "-0.3"

    def test_stays_exact_at_the_limits(self):
        # 30 digits of quantity and 12 decimals of price: 10^30 - 1 times 10^-12
        assert amount("9" * 30, model="per_unit", unit_amount="0.000000000001") == "999999999999999999.999999999999"


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

    def test_a_negative_total_has_no_tier_and_is_reported(self):
        made = charge("-5", model="tiered", tiers=THREE_TIERS)
        assert (made.amount, made.unpriced) == (0, -5)


class TestRefused:
    def faults(self, **price):
        with pytest.raises(ValidationError) as caught:
            _PRICE.validate_python(price)
        return [fault.code for error in caught.value.errors() for fault in error.get("ctx", {}).get("faults", ())]

    def test_every_fault_of_a_tier_table(self):
        tiers = [{"up_to": None}, {"up_to": 10}, {"up_to": 10}, {"up_to": 5}]
        assert sorted(self.faults(model="tiered", tiers=tiers)) == [
            "last_tier_closed",
            "open_tier",
            "tiers_not_increasing",
        ]

    def test_no_tiers(self):
        assert self.faults(model="tiered", tiers=[]) == ["no_tiers"]

    def test_a_tier_that_ends_at_zero(self):
        assert self.faults(model="tiered", tiers=[{"up_to": 0}, {"up_to": None}]) == ["tiers_not_increasing"]

    @pytest.mark.parametrize("unit_amount", [0.05, "-1", "NaN", "1e3", "0.0000000000001", None, True])
    def test_amounts_that_are_no_amounts(self, unit_amount):
        with pytest.raises(ValidationError):
            _PRICE.validate_python({"model": "per_unit", "unit_amount": unit_amount})

    def test_an_unknown_model(self):
        with pytest.raises(ValidationError, match="does not match any of the expected tags"):
            _PRICE.validate_python({"model": "free_lunch"})
