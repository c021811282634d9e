"""Flat, per unit and package prices on figures worked by hand, and what every price can say."""

import pytest

from tests.unit.pricing.rated import amount, charge, priced, quantities, refused
from usance.kernel.derivation import evaluate
from usance.pricing.rate import rate


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


class TestPackage:
    @pytest.mark.parametrize(
        ("quantity", "expected"),
        [
            ("0", "0"),
            ("0.5", "8"),  # a started package is a whole one
            ("100", "8"),
            ("100.000000000001", "16"),
            ("101", "16"),
            ("250", "24"),
            ("301", "32"),
        ],
    )
    def test_a_started_package_is_charged(self, quantity, expected):
        assert amount(quantity, model="package", package_size=100, unit_amount="8.00") == expected

    @pytest.mark.parametrize(
        ("rounding", "quantity", "expected"),
        [
            ("down", "199", "8"),
            ("down", "99", "0"),
            ("nearest", "149", "8"),
            ("nearest", "150", "16"),  # half a package is a whole one
            ("up", "101", "16"),
        ],
    )
    def test_or_only_what_the_price_says(self, rounding, quantity, expected):
        assert amount(quantity, model="package", package_size=100, unit_amount=8, round=rounding) == expected

    def test_a_size_that_does_not_divide_evenly(self):
        # 1 / 3 has no last digit, and is one started package; 3 / 3 is exactly one
        assert amount("1", model="package", package_size=3, unit_amount=5) == "5"
        assert amount("3", model="package", package_size=3, unit_amount=5) == "5"
        assert amount("10" + "0" * 28, model="package", package_size=3, unit_amount=1) == "3" * 28 + "4"

    def test_a_negative_quantity_has_no_packages_and_is_reported(self):
        made = charge("-100", model="package", package_size=100, unit_amount=8)
        assert (made.amount, made.unpriced) == (0, -100)


class TestPricingUnits:
    def test_what_is_priced_in_units_becomes_money_last(self):
        # 12 tokens for each of 250, at 0.02 of money each: 3,000 x 0.02
        price = priced(model="per_unit", unit_amount=12, currency="tokens")
        made = rate(price, quantities(250), unit_rate=quantities("0.02").total.value)
        assert made.amount == evaluate(made.derivation) == 60
        assert made.derivation.operation == "product"

    def test_what_cannot_be_priced_is_still_reported(self):
        price = priced(model="package", package_size=10, unit_amount=1, currency="tokens")
        assert rate(price, quantities(-5), unit_rate=quantities(2).total.value).unpriced == -5


class TestRefused:
    @pytest.mark.parametrize("unit_amount", [0.05, "-1", "NaN", "1e3", "0.0000000000001", None, True])
    def test_amounts_that_are_no_amounts(self, unit_amount):
        [(pointer, _code)] = refused(model="per_unit", unit_amount=unit_amount)
        assert pointer == "/unit_amount"

    def test_an_unknown_model(self):
        assert refused(model="free_lunch") == [("", "not_allowed")]

    def test_every_fault_at_once(self):
        assert sorted(refused(model="package", package_size=0, unit_amount="-1", round="none", size=3)) == [
            ("/package_size", "invalid_value"),
            ("/round", "not_allowed"),
            ("/size", "unknown_member"),
            ("/unit_amount", "invalid_value"),
        ]

    def test_a_price_for_no_units(self):
        assert refused(model="per_unit", unit_amount=1, per=0) == [("/per", "invalid_value")]
