"""Amounts of many quantities at one price, on figures worked by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.unit.pricing.rated import priced
from usance.kernel.amount import plain
from usance.pricing.curve import amounts

TIERS = [
    {"up_to": 10, "unit_amount": 1, "flat_amount": 3},
    {"up_to": 20, "unit_amount": 2, "flat_amount": 4},
    {"up_to": None, "unit_amount": 5, "flat_amount": 6},
]
PERCENTAGES = [
    {"up_to": 100, "percentage": 10},
    {"up_to": 200, "percentage": 5, "flat_amount": 1},
    {"up_to": None, "percentage": "2.5"},
]
STEPS = [{"up_to": 10, "flat_amount": 30}, {"up_to": None, "flat_amount": 80}]


def shown(*quantities, **price) -> list[str]:
    return [plain(amount) for amount in amounts(priced(**price), (Decimal(quantity) for quantity in quantities))]


@pytest.mark.parametrize(
    ("price", "quantities", "expected"),
    [
        # 3; 3 + 5; 3 + 10; 13 + 4 + 2 x 1; 13 + 4 + 2 x 10; 37 + 6 + 5 x 2
        ({"model": "tiered", "tiers": TIERS}, [0, 5, 10, 11, 20, 22], ["3", "8", "13", "19", "37", "53"]),
        # 3 for nothing is not charged; half a unit above the first tier: 13 + 4 + 2 x 0.5
        ({"model": "tiered", "tiers": TIERS, "charge_at_zero": False}, [0, 1, "10.5"], ["0", "4", "18"]),
        # 10% of 50; of 100; 10 + 1 + 5% of 50; 10 + 1 + 5; and 2.5% of 200
        ({"model": "tiered_percent", "tiers": PERCENTAGES}, [50, 100, 150, 200, 400], ["5", "10", "13.5", "16", "21"]),
        # the whole quantity at the tier reached: 3 + 10; 4 + 2 x 11; 4 + 2 x 20; 6 + 5 x 21
        ({"model": "volume", "tiers": TIERS}, [0, 10, 11, 20, 21], ["3", "13", "26", "44", "111"]),
        ({"model": "volume", "tiers": TIERS, "charge_at_zero": False}, [0, 1], ["0", "4"]),
        ({"model": "step", "tiers": STEPS}, [0, 10, "10.1", 500], ["30", "30", "80", "80"]),
        ({"model": "step", "tiers": STEPS, "charge_at_zero": False}, [0, 10], ["0", "30"]),
        ({"model": "package", "package_size": 100, "unit_amount": 7}, [0, 1, 100, 101], ["0", "7", "7", "14"]),
        (
            {"model": "package", "package_size": 100, "unit_amount": 7, "round": "down"},
            [0, 99, 100, 250],
            ["0", "0", "7", "14"],
        ),
        ({"model": "per_unit", "unit_amount": 3, "per": 1000}, [0, 500, 2000], ["0", "1.5", "6"]),
        # 2% of what is above 100
        ({"model": "percent", "percentage": 2, "free_amount": 100}, [50, 150], ["0", "1"]),
        ({"model": "flat", "amount": 9}, [0, 5], ["9", "9"]),
    ],
)
def test_of_each_quantity(price, quantities, expected):
    assert shown(*quantities, **price) == expected


@pytest.mark.parametrize("model", ["tiered", "volume"])
def test_one_tier_alone(model):
    assert shown(0, 7, model=model, tiers=[{"up_to": None, "unit_amount": 2, "flat_amount": 1}]) == ["1", "15"]


@pytest.mark.parametrize(
    "price",
    [
        {"model": "tiered", "tiers": TIERS},
        {"model": "volume", "tiers": TIERS},
        {"model": "step", "tiers": STEPS},
        {"model": "package", "package_size": 100, "unit_amount": 7},
    ],
)
def test_a_negative_quantity_has_no_tier_and_no_package(price):
    assert shown(-1, -500, **price) == ["0", "0"]


def test_a_negative_quantity_at_a_unit_amount_is_the_negative_of_its_size():
    assert shown(-4, model="per_unit", unit_amount=3) == ["-12"]


def test_only_of_what_depends_on_the_total_alone():
    with pytest.raises(TypeError, match="a dynamic price depends on more than the total quantity"):
        shown(1, model="dynamic", amount_field="fee")
