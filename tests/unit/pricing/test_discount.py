"""Discounts of windows: percentages, amounts, caps, lifetimes, and their spread over billing periods."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.pricing.rated import labels, sound
from usance.catalog.modifiers import Discount
from usance.kernel.money import Money
from usance.pricing.discount import Base, discounts, name_of


def terms(kind: str, value: Any, **more: Any) -> Discount:
    return Discount.model_validate({"type": kind, "value": value, **more})


def taken(given: Discount, *windows: tuple[str, ...] | tuple[tuple[str, ...], int], currency: str = "USD"):
    """Text of what each amount of each window loses; a window is its amounts, or these with a number of windows."""
    bases = []
    for window in windows:
        amounts, count = window if isinstance(window[0], tuple) else (window, 1)
        bases.append(Base(tuple(Money.parse(amount, currency) for amount in amounts), count))
    found = discounts(given, bases, currency)
    assert all(sound(node).value == money.amount for parts in found for money, node in parts)
    return [[str(money) for money, _node in parts] for parts in found]


class TestPercent:
    @pytest.mark.parametrize(
        ("percent", "amount", "expected"),
        [
            ("20", "50.00", "10.00"),
            ("20", "1000.00", "200.00"),
            ("100", "12.34", "12.34"),
            ("0", "12.34", "0.00"),
            # 12.5% of 0.20 is 0.025, which is 0.03
            ("12.5", "0.20", "0.03"),
            ("33.333", "100.00", "33.33"),
            # a correction that is credited loses what its charge had lost
            ("20", "-50.00", "-10.00"),
        ],
    )
    def test_of_what_is_there(self, percent, amount, expected):
        assert taken(terms("percent", percent), (amount,)) == [[expected]]

    @pytest.mark.parametrize(
        ("amount", "expected"), [("1000.00", "200.00"), ("5000.00", "500.00"), ("2500.00", "500.00")]
    )
    def test_up_to_a_cap_for_each_window(self, amount, expected):
        capped = terms("percent", 20, max_per_period=500)
        assert taken(capped, (amount,), (amount,)) == [[expected], [expected]]

    def test_up_to_a_lifetime(self):
        # 20% is 200.00 for each; of 500.00 the third one finds 100.00 and the fourth nothing
        capped = terms("percent", 20, max_lifetime=500)
        assert taken(capped, *[("1000.00",)] * 4) == [["200.00"], ["200.00"], ["100.00"], ["0.00"]]

    def test_a_lifetime_finer_than_a_cent_is_given_once_and_for_all(self):
        # 0.05 of which 0.045 may be given becomes 0.05; then nothing, not less
        assert taken(terms("percent", 50, max_lifetime="0.045"), ("0.10",), ("0.10",)) == [["0.05"], ["0.00"]]

    def test_the_lower_of_both_caps(self):
        capped = terms("percent", 50, max_per_period=30, max_lifetime=40)
        assert taken(capped, ("100.00",), ("100.00",)) == [["30.00"], ["10.00"]]

    def test_in_a_currency_without_decimals(self):
        # 10% of 1005 is 100.5
        assert taken(terms("percent", 10), ("1005",), currency="JPY") == [["101"]]


class TestFixed:
    @pytest.mark.parametrize(
        ("amount", "expected"),
        [
            ("100.00", "30.00"),
            ("30.00", "30.00"),
            ("12.34", "12.34"),
            ("0.01", "0.01"),
            ("0.00", "0.00"),
            ("-5.00", "0.00"),
        ],
    )
    def test_never_more_than_what_is_there(self, amount, expected):
        assert taken(terms("fixed", 30), (amount,)) == [[expected]]

    def test_for_each_window_up_to_a_lifetime(self):
        assert taken(terms("fixed", 30, max_lifetime=70), *[("100.00",)] * 4) == [
            ["30.00"],
            ["30.00"],
            ["10.00"],
            ["0.00"],
        ]

    def test_as_many_times_as_windows_begin_in_the_period(self):
        assert taken(terms("fixed", 30), (("100.00",), 3)) == [["90.00"]]
        assert taken(terms("fixed", 30), (("100.00",), 4)) == [["100.00"]]


def test_a_cap_counts_for_each_window_that_begins_in_the_period():
    # 50% of 100.00 is 50.00; four weeks with at most 10.00 each
    assert taken(terms("percent", 50, max_per_period=10), (("100.00",), 4)) == [["40.00"]]


class TestLongWindows:
    def test_are_spread_by_share(self):
        # 20% of 1000.00 is 200.00, at most 100.00: 100 x 200/1000, 100 x 300/1000, 100 x 500/1000
        capped = terms("percent", 20, max_per_period=100)
        assert taken(capped, ("200.00", "300.00", "500.00")) == [["20.00", "30.00", "50.00"]]

    def test_what_rounding_leaves_goes_to_the_last(self):
        # 100.00 over three thirds: 33.33, 33.33, and 33.34 are left
        assert taken(terms("fixed", 100), ("50.00", "50.00", "50.00")) == [["33.33", "33.33", "33.34"]]

    def test_but_never_to_a_period_with_nothing(self):
        # 33.33 + 33.33 + 33.33 leave 0.01, which a period of 0.00 cannot give
        assert taken(terms("fixed", 100), ("50.00", "50.00", "50.00", "0.00")) == [["33.33", "33.33", "33.34", "0.00"]]

    def test_the_lifetime_goes_on_to_the_next_window(self):
        capped = terms("fixed", 100, max_lifetime=150)
        assert taken(capped, ("80.00", "80.00"), ("80.00", "80.00")) == [["50.00", "50.00"], ["25.00", "25.00"]]


class TestWords:
    def test_a_name_is_the_label_or_what_it_does(self):
        assert name_of(terms("percent", "12.50")) == "12.5% discount"
        assert name_of(terms("fixed", 30)) == "Discount"
        assert name_of(terms("fixed", 30, label="Launch")) == "Launch"

    def test_the_derivation_tells_the_steps(self):
        [[(_money, node)]] = discounts(
            terms("percent", 20, max_per_period=10, max_lifetime=15), [Base((Money(10000, "USD"),), 2)], "USD"
        )
        [limited, _places] = node.parts
        assert (node.label, limited.label) == ("rounded to USD", "within its limits")
        assert labels(limited) == ["20% of the amount", "most for a window × windows", "never negative"]
        share, times, left = limited.parts
        assert labels(share) == ["amount before the discount", "percentage", "hundred"]
        assert labels(times) == ["most for a window", "windows in the period"]
        assert labels(left) == ["left", "zero"]
        assert labels(left.parts[0]) == ["most that it ever gives", "given before"]

    def test_without_limits_there_is_no_such_step(self):
        [[(_money, node)]] = discounts(terms("fixed", 20), [Base((Money(10000, "USD"),))], "USD")
        assert labels(node) == ["never more than what is there", "decimals of the currency"]
        assert labels(node.parts[0]) == ["value", "amount before the discount"]
        [[(_money, node)]] = discounts(terms("fixed", 20), [Base((Money(0, "USD"),))], "USD")
        assert labels(node) == ["nothing to take it from", "decimals of the currency"]
