"""What happens to a quantity before its model prices it: conversion and bounds."""

from typing import Final

import pytest

from tests.unit.pricing.rated import amount, leaf, priced, quantities, refused
from usance.kernel.amount import plain
from usance.kernel.derivation import evaluate
from usance.pricing.bounds import bounded
from usance.pricing.conversion import convert

PRICE = {"model": "per_unit", "unit_amount": 1}


def converted(quantity, **terms):
    made = convert(priced(**PRICE, convert=terms), leaf(quantity))
    assert evaluate(made) == made.value
    return plain(made.value)


class TestConversion:
    @pytest.mark.parametrize(
        ("quantity", "terms", "expected"),
        [
            (1999, {"divide_by": 1000}, "1.999"),
            (1999, {"divide_by": 1000, "round": "down"}, "1"),
            (1300, {"divide_by": 1000, "round": "up"}, "2"),
            (3500, {"divide_by": 1000, "round": "nearest"}, "4"),
            (3499, {"divide_by": 1000, "round": "nearest"}, "3"),
            (1247, {"divide_by": 1000, "round": "up", "places": 2}, "1.25"),
            (1247, {"divide_by": 1000, "round": "down", "places": 1}, "1.2"),
            (1245, {"divide_by": 1000, "round": "nearest", "places": 2}, "1.25"),
            (3, {"multiply_by": "1.5"}, "4.5"),
            (3, {"multiply_by": "1.5", "round": "up"}, "5"),
            (1000, {"divide_by": 1000, "round": "up"}, "1"),
            (3, {"divide_by": 3, "round": "up"}, "1"),
            (0, {"divide_by": 1024, "round": "up"}, "0"),
            (-1300, {"divide_by": 1000, "round": "up"}, "-1"),
            (1, {"divide_by": 10**12, "round": "up", "places": 12}, "0.000000000001"),
        ],
    )
    def test_to_the_unit_that_is_priced(self, quantity, terms, expected):
        assert converted(quantity, **terms) == expected

    def test_without_terms_the_quantity_is_what_it_was(self):
        quantity = leaf(5)
        assert convert(priced(**PRICE), quantity) is quantity

    @pytest.mark.parametrize(
        ("terms", "faults"),
        [
            ({}, [("/convert", "one_of")]),
            ({"divide_by": 2, "multiply_by": 2}, [("/convert", "one_of")]),
            (
                {"divide_by": 0, "round": "half"},
                [("/convert/divide_by", "invalid_value"), ("/convert/round", "not_allowed")],
            ),
            ({"divide_by": 2, "places": 2}, [("/convert/places", "no_rounding")]),
            ({"divide_by": 2, "round": "up", "places": 13}, [("/convert/places", "out_of_range")]),
        ],
    )
    def test_what_is_refused(self, terms, faults):
        assert refused(**PRICE, convert=terms) == faults


class TestBounds:
    @pytest.mark.parametrize(
        ("quantity", "expected"), [(0, 10), (9, 10), (10, 10), (50, 50), (100, 100), (101, 100), (-5, 10)]
    )
    def test_between_both(self, quantity, expected):
        made = bounded(priced(**PRICE, minimum_quantity=10, maximum_quantity=100), leaf(quantity))
        assert made.value == evaluate(made) == expected

    def test_one_alone(self):
        assert bounded(priced(**PRICE, maximum_quantity=100), leaf(-5)).value == -5
        assert bounded(priced(**PRICE, minimum_quantity=10), leaf(500)).value == 500

    def test_what_lies_between_is_what_it_was(self):
        quantity = leaf(50)
        assert bounded(priced(**PRICE, minimum_quantity=10, maximum_quantity=100), quantity) is quantity

    def test_what_is_refused(self):
        assert refused(**PRICE, minimum_quantity=5, maximum_quantity="4.5") == [("/minimum_quantity", "out_of_range")]
        assert refused(**PRICE, minimum_quantity="-1", maximum_quantity="-1") == [
            ("/minimum_quantity", "invalid_value"),
            ("/maximum_quantity", "invalid_value"),
        ]


class TestParts:
    MATRIX: Final = {"model": "matrix", "dimensions": ["region"], "rows": [{"default": True, "unit_amount": 1}]}

    def test_a_maximum_holds_for_each(self):
        # 10, 20 of 55, and a correction as it is
        parts = [({"region": "a"}, 10), ({"region": "b"}, 55), ({"region": "c"}, -5)]
        assert amount(quantities(60, parts), **self.MATRIX, maximum_quantity=20) == "25"

    def test_there_is_no_minimum(self):
        assert refused(**self.MATRIX, minimum_quantity=20) == [("/minimum_quantity", "no_minimum_quantity")]
