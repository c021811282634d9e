"""Commitments and service fees on figures worked by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.pricing.rated import labels, sound
from usance.catalog.modifiers import Commitment, ServiceFee
from usance.kernel.amount import plain
from usance.kernel.derivation import given
from usance.kernel.money import Money
from usance.kernel.period import Period
from usance.pricing.commitment import excess, of_window, shortfall
from usance.pricing.service_fee import fee_on

JULY = Period(date(2025, 7, 1), date(2025, 8, 1))
STUB = Period(date(2025, 7, 12), date(2025, 8, 1))


def commitment(**terms: Any) -> Commitment:
    return Commitment.model_validate({"minimum_amount": 100, **terms})


def amount(text: str):
    return given("amount", Decimal(text))


class TestOfAWindow:
    def test_cut_short_owes_all_of_it(self):
        node = of_window(commitment(), Decimal(310), "minimum", STUB, JULY)
        assert node.operation == "given"
        assert node.value == 310
        assert node.label == "minimum"

    def test_or_its_share_by_days(self):
        # 20 of 31 days: 310 x 20 / 31 = 200
        node = sound(of_window(commitment(charge_full_amount=False), Decimal(310), "minimum", STUB, JULY))
        assert node.value == 200
        assert node.label == "20 of 31 days"
        assert labels(node) == [
            "minimum",
            "days of the window, 2025-07-12 to 2025-07-31",
            "days of a whole one, 2025-07-01 to 2025-07-31",
        ]

    def test_whole_is_the_amount_itself(self):
        node = of_window(commitment(charge_full_amount=False), Decimal(310), "minimum", JULY, JULY)
        assert node.operation == "given"
        assert node.value == 310


@pytest.mark.parametrize(
    ("minimum", "charged", "missing"),
    [("100", "80", "20"), ("100", "100", "0"), ("100", "120", "0"), ("100", "-5", "105"), ("0", "0", "0")],
)
def test_what_is_missing_to_a_minimum(minimum, charged, missing):
    node = sound(shortfall(amount(minimum), amount(charged)))
    assert plain(node.value) == missing
    difference = node if node.value else node.parts[0]
    assert difference.label == "missing to the minimum"
    assert [plain(part.value) for part in difference.parts] == [minimum, charged]
    assert node is difference or (node.label, labels(node)[1]) == ("never negative", "zero")


@pytest.mark.parametrize(
    ("maximum", "charged", "above"),
    [("100", "130", "30"), ("100", "100", "0"), ("100", "99.99", "0"), ("0", "0.01", "0.01")],
)
def test_what_is_above_a_maximum(maximum, charged, above):
    node = sound(excess(amount(maximum), amount(charged)))
    assert plain(node.value) == above
    difference = node if node.value else node.parts[0]
    assert difference.label == "above the maximum"
    assert [plain(part.value) for part in difference.parts] == [charged, maximum]
    assert node is difference or (node.label, labels(node)[1]) == ("never negative", "zero")


class TestServiceFees:
    @pytest.mark.parametrize(
        ("percent", "billed", "expected"),
        [("5", 100000, "50"), ("2.5", 1999, "0.49975"), ("0", 100000, "0"), ("5", -1000, "-0.5")],
    )
    def test_a_percentage_of_what_is_billed(self, percent, billed, expected):
        terms = ServiceFee.model_validate({"type": "percent", "value": percent})
        node = sound(fee_on(terms, Money(billed, "USD")))
        assert plain(node.value) == expected
        assert node.label == f"{percent}% of what is billed"
        assert labels(node) == ["billed after discounts and commitments", "percentage", "hundred"]

    def test_an_amount(self):
        node = fee_on(ServiceFee.model_validate({"type": "fixed", "value": "12.5"}), Money(99, "USD"))
        assert (node.operation, node.label, plain(node.value)) == ("given", "service fee", "12.5")
