"""Spreading money over periods and over lines, and the step that makes money of an amount."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

import pytest

from tests.unit.pricing.rated import labels, sound
from usance.kernel.amount import plain
from usance.kernel.derivation import Derivation, given
from usance.kernel.money import Money
from usance.pricing.rounding import rounded
from usance.pricing.spread import over_lines, over_time

Spread = Callable[[Money, Derivation, Sequence[Money]], list[tuple[Money, Derivation]]]


def parts(spread: Spread, whole: int, *amounts: int, currency: str = "USD") -> list[int]:
    """Parts in minor units; each is what its derivation works out to."""
    money = Money(whole, currency)
    made = spread(money, given("whole", money.amount), [Money(amount, currency) for amount in amounts])
    for part, node in made:
        assert part.currency == currency
        assert sound(node).value == part.amount
    return [part.minor for part, _node in made]


@pytest.mark.parametrize(
    ("whole", "amounts", "expected"),
    [
        (1000, [2000, 3000, 5000], [200, 300, 500]),
        # 33.33 each, and the last takes what is left
        (10000, [5000, 5000, 5000], [3333, 3333, 3334]),
        # 66.67 and 66.67 of 200.00 leave 66.66
        (20000, [10000, 10000, 10000], [6667, 6667, 6666]),
        (-20000, [-10000, -10000, -10000], [-6667, -6667, -6666]),
        (500, [700], [500]),
        (0, [100, 200], [0, 0]),
        # halves are rounded away from zero: 0.005 twice, and the rest of 0.01 is nothing
        (1, [1, 1], [1, 0]),
        # four halves of a cent: three would be 0.03 and leave -0.01, so the third gives back what was too much
        (2, [1, 1, 1, 1], [1, 1, 0, 0]),
        # 16.665 twice becomes 33.34 of 33.33: a period of nothing does not give the cent back
        (3333, [10000, 10000, 0], [1667, 1666, 0]),
        # 3.33 three times leaves 0.01 for a period of nothing; the one before it takes it
        (1000, [1000, 1000, 1000, 0], [333, 333, 334, 0]),
        # shares of 0.4: all that is left, 3, would go to the last, which has 1: the ones before take the rest
        (2, [1, 1, 1, 1, 1], [0, 0, 0, 1, 1]),
        # a credited period among charged ones: 100 x 300/200 and 100 x -100/200
        (100, [300, -100], [150, -50]),
    ],
)
def test_over_time(whole, amounts, expected):
    assert parts(over_time, whole, *amounts) == expected


def test_over_time_of_nothing_is_the_last_ones():
    assert parts(over_time, 0, 0, 0, 0) == [0, 0, 0]
    assert parts(over_time, 7, 0, 0, 0) == [0, 0, 7]
    assert parts(over_time, 7, 5, -5) == [0, 7]


@pytest.mark.parametrize(
    ("whole", "amounts", "expected"),
    [
        (1000, [2000, 3000, 5000], [200, 300, 500]),
        # 33.333... each: a tie among equals goes to the first
        (10000, [5, 5, 5], [3334, 3333, 3333]),
        # 0.5 and 1.5 of 2: a tie goes to the largest line, not to the first
        (2, [100, 300], [0, 2]),
        (2, [300, 100], [2, 0]),
        # 1 x 1/3, 1 x 2/3: the larger remainder
        (1, [100, 200], [0, 1]),
        (-10000, [5, 5, 5], [-3334, -3333, -3333]),
        (500, [700], [500]),
        (1, [0, 0], [1, 0]),
        (5, [0, 10, 0], [0, 5, 0]),
    ],
)
def test_over_lines(whole, amounts, expected):
    assert parts(over_lines, whole, *amounts) == expected


def test_over_lines_of_another_currency():
    assert parts(over_lines, 1001, 1, 1, currency="JPY") == [501, 500]
    assert parts(over_time, 1001, 2000, 2000, currency="KWD") == [501, 500]


def test_over_lines_none_of_which_is_negative():
    with pytest.raises(ValueError, match="negative"):
        parts(over_lines, 1, 2, -1)


def nodes(spread: Spread, whole: int, *amounts: int) -> list[Derivation]:
    money = Money(whole, "USD")
    return [node for _part, node in spread(money, given("whole", money.amount), [Money(a, "USD") for a in amounts])]


class TestWords:
    def test_a_part_over_time_is_a_rounded_share(self):
        first, last = nodes(over_time, 1000, 600, 400)
        assert first.label == "rounded to USD"
        [share, _places] = first.parts
        assert share.label == "by share of the window's amounts"
        assert labels(share) == ["whole", "amount of the period", "amounts of the window"]
        assert last.label == "what is left of the window's"
        assert labels(last) == ["whole", "of an earlier period of the window"]

    def test_a_part_that_took_more_says_so(self):
        *_earlier, third, _last = nodes(over_time, 1000, 1000, 1000, 1000, 0)
        assert third.label == "what a later period could not take"
        assert labels(third) == ["rounded to USD", "remainder"]
        assert plain(third.parts[1].value) == "0.01"

    def test_over_time_of_one_or_nothing(self):
        whole = given("whole", 5)
        assert over_time(Money(500, "USD"), whole, [Money(1, "USD")]) == [(Money(500, "USD"), whole)]
        [first, last] = nodes(over_time, 500, 0, 0)
        assert (first.label, last.label) == ("nothing to take it from", "whole")

    def test_a_part_over_lines_is_a_rounded_share(self):
        first, second, _third = nodes(over_lines, 10000, 5, 5, 5)
        assert first.label == "parts sum to the whole"
        assert labels(first) == ["rounded to USD", "remainder"]
        assert plain(first.parts[1].value) == "0.01"
        assert second.label == "rounded to USD"
        assert second.parts[0].label == "by share of the lines' amounts"
        assert labels(second.parts[0]) == ["whole", "amount of the line", "amounts of the lines"]

    def test_over_lines_of_one_or_nothing(self):
        whole = given("whole", 5)
        assert over_lines(Money(500, "USD"), whole, [Money(1, "USD")]) == [(Money(500, "USD"), whole)]
        assert {node.label for node in nodes(over_lines, 500, 0, 0)} == {"what it is spread over is nothing"}


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [("1.005", "USD", "1.01"), ("-1.005", "USD", "-1.01"), ("1.4999", "JPY", "1"), ("0.0005", "KWD", "0.001")],
)
def test_an_amount_becomes_money_as_the_last_step(amount, currency, expected):
    money, node = rounded(given("amount", Decimal(amount)), currency)
    assert str(money) == expected
    assert sound(node).value == money.amount
    assert node.label == f"rounded to {currency}"
    assert labels(node) == ["amount", "decimals of the currency"]
