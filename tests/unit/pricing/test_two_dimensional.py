"""Two-dimensional tiers on figures worked by hand."""

import pytest

from tests.unit.pricing.rated import amount, charge, labels, quantities, refused
from usance.kernel.errors import CannotBill

# Orders by how many there are, and by what one is worth: up to 100, or more.
ORDERS = {
    "model": "two_dimensional",
    "row_up_to": [50000, 100000, 150000, None],
    "column": "unit_cost",
    "column_up_to": [100, None],
    "unit_amounts": [["0.01", "0.02"], ["0.005", "0.01"], ["0.002", "0.005"], ["0.001", "0.002"]],
}


def of(**parts):
    groups = [({"unit_cost": cost.removeprefix("at_")}, quantity) for cost, quantity in parts.items()]
    return quantities(sum(parts.values()), groups)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"at_80": 50000}, "500"),  # 50,000 x 0.01: the bound belongs to its row
        ({"at_100": 60000}, "550"),  # 500 + 10,000 x 0.005: and to its column
        ({"at_101": 60000}, "1100"),  # 50,000 x 0.02 + 10,000 x 0.01
        ({"at_80": 200000}, "900"),  # 500 + 50,000 x 0.005 + 50,000 x 0.002 + 50,000 x 0.001
        ({}, "0"),
    ],
)
def test_graduated_by_row_in_the_column_of_the_second_number(parts, expected):
    assert amount(of(**parts), **ORDERS) == expected


def test_parts_fill_the_rows_one_after_another():
    # the 40,000 at 80 come first: 40,000 x 0.01 = 400. Those at 500 find 10,000 left in row 1, and 20,000 are in row 2:
    # 10,000 x 0.02 + 20,000 x 0.01 = 400
    made = charge(of(at_500=30000, at_80=40000), **ORDERS)
    assert made.amount == 800
    assert labels(made.derivation) == ["row 1, column 1", "row 1, column 2", "row 2, column 2"]


def test_a_part_that_begins_on_a_bound_begins_in_the_next_row():
    # 50,000 x 0.01; then row 2: 10 x 0.01
    made = charge(of(at_5=50000, at_500=10), **ORDERS)
    assert amount(of(at_5=50000, at_500=10), **ORDERS) == "500.1"
    assert labels(made.derivation) == ["row 1, column 1", "row 2, column 2"]


def test_parts_in_one_column_cost_what_their_sum_does():
    assert amount(of(at_1=30000, at_2=30000, at_3=60000), **ORDERS) == amount(of(at_50=120000), **ORDERS) == "790"


@pytest.mark.parametrize(("cost", "why"), [("high", "'high', which is no number"), ("", "no value")])
def test_a_second_number_that_cannot_be_read(cost, why):
    with pytest.raises(CannotBill, match=f"7 units have {why} for unit_cost"):
        charge(quantities(7, [({"unit_cost": cost}, 7)]), **ORDERS)


def test_a_quantity_without_parts_has_no_second_number():
    with pytest.raises(CannotBill, match="no value for unit_cost"):
        charge("7", **ORDERS)


def test_a_negative_part_is_reported():
    made = charge(of(at_1=-5, at_2=100), **ORDERS)
    assert (made.amount, made.unpriced) == (1, -5)
    assert charge(of(at_1=-5, at_2=-7), **ORDERS).unpriced == -12


class TestRefused:
    def test_every_fault_of_the_axes(self):
        assert refused(**ORDERS | {"row_up_to": [0, None, 5], "column_up_to": [5, 5, None]}) == [
            ("/row_up_to/2", "last_tier_closed"),
            ("/row_up_to/0", "tiers_not_increasing"),
            ("/row_up_to/1", "open_tier"),
            ("/column_up_to/1", "tiers_not_increasing"),
        ]

    def test_amounts_that_do_not_fit_the_axes(self):
        assert refused(**ORDERS | {"unit_amounts": [[1, 1], [1], [1, 1, 1]]}) == [
            ("/unit_amounts", "does_not_fit"),
            ("/unit_amounts/1", "does_not_fit"),
            ("/unit_amounts/2", "does_not_fit"),
        ]

    def test_all_at_once(self):
        assert refused(**ORDERS | {"column_up_to": ["x", 5, 5], "unit_amounts": [[1, "-1"]] * 3}) == [
            ("/column_up_to/0", "invalid_value"),
            ("/column_up_to/2", "last_tier_closed"),
            ("/unit_amounts/0/1", "invalid_value"),
            ("/unit_amounts/1/1", "invalid_value"),
            ("/unit_amounts/2/1", "invalid_value"),
            ("/unit_amounts", "does_not_fit"),
        ]

    def test_the_second_axis_may_begin_below_zero(self):
        price = ORDERS | {"column_up_to": ["-10", None]}
        assert amount(quantities(100, [({"unit_cost": "-10"}, 100)]), **price) == "1"
        assert amount(quantities(100, [({"unit_cost": "-9.5"}, 100)]), **price) == "2"
