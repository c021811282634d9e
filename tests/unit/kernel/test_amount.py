"""Exact amounts: what is read, what is refused, the rounding door, and splitting."""

from __future__ import annotations

import decimal
import threading
from decimal import Decimal
from fractions import Fraction

import pytest

from usance.kernel.amount import PRECISION, exact, plain, share, split, to_minor, to_places, to_quantity, to_whole


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("0.05", "0.05"),
        ("12", "12"),
        ("-0.5", "-0.5"),
        ("007", "7"),
        ("-0", "0"),
        ("-0.00", "0"),
        (0, "0"),
        (-3, "-3"),
        ("0.000000000001", "0.000000000001"),
        ("0.0000000000010000", "0.000000000001"),
        ("999999999999999999999999999999", "999999999999999999999999999999"),
        ("123456789012345678.123456789012", "123456789012345678.123456789012"),
        (10**30 - 1, "999999999999999999999999999999"),
        (Decimal("1E+5"), "100000"),
        (Decimal("1." + "0" * 100), "1"),
        (Decimal("0E-99999999"), "0"),
        (Decimal("0E+99999999"), "0"),
        (Decimal("-0"), "0"),
        # sixty characters are read, leading zeros and all; what is beyond is not looked at
        ("0" * 59 + "7", "7"),
    ],
)
def test_reads(given: str | int | Decimal, expected: str) -> None:
    assert plain(exact(given)) == expected


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        # not numbers, or not finite ones
        ("NaN", "plain decimal"),
        ("sNaN", "plain decimal"),
        ("Infinity", "plain decimal"),
        ("-Infinity", "plain decimal"),
        ("inf", "plain decimal"),
        (Decimal("NaN"), "finite"),
        (Decimal("sNaN"), "finite"),
        (Decimal("Infinity"), "finite"),
        (Decimal("-Infinity"), "finite"),
        ("", "plain decimal"),
        (" ", "plain decimal"),
        ("null", "plain decimal"),
        (None, "is null: write an amount"),
        ([], "as text"),
        (["1"], "as text"),
        ({}, "as text"),
        (b"1", "as text"),
        # binary fractions and truth values
        (0.05, "as text"),
        (1.0, "as text"),
        (float("nan"), "as text"),
        (float("inf"), "as text"),
        (True, "as text"),
        (False, "as text"),
        # exponents, however written
        ("1e3", "plain decimal"),
        ("1E400", "plain decimal"),
        ("1e-7", "plain decimal"),
        ("1E+999999999999999999", "plain decimal"),
        (Decimal("1E+400"), "more than 30 digits"),
        (Decimal("1E+999999999999999999"), "more than 30 digits"),
        (Decimal("1E-131"), "more than 12 decimals"),
        (Decimal("1E-999999999999999999"), "more than 12 decimals"),
        # size
        ("1" * 31, "more than 30 digits"),
        ("1" * 38, "more than 30 digits"),
        ("1" * 39, "more than 30 digits"),
        pytest.param("9" * 5000, "plain decimal", id="5000 digits of text"),
        ("0" * 60 + "7", "plain decimal"),
        (10**30, "more than 30 digits"),
        (-(10**30), "more than 30 digits"),
        pytest.param(10**5000, "more than 30 digits", id="5001 digits"),
        ("1234567890123456789.123456789012", "more than 30 digits"),
        ("0.0000000000001", "more than 12 decimals"),
        ("1.1234567890123", "more than 12 decimals"),
        (Decimal("1." + "0" * 100 + "1"), "more than 12 decimals"),
        # other ways of writing
        (" 1", "plain decimal"),
        ("1 ", "plain decimal"),
        ("1\n", "plain decimal"),
        ("1\x00", "plain decimal"),
        ("1_000", "plain decimal"),
        ("1,000", "plain decimal"),
        ("1,5", "plain decimal"),
        ("1.000,00", "plain decimal"),
        ("1.2.3", "plain decimal"),
        ("+1", "plain decimal"),
        ("--1", "plain decimal"),
        ("1-", "plain decimal"),
        ("-", "plain decimal"),
        (".", "plain decimal"),
        (".5", "plain decimal"),
        ("5.", "plain decimal"),
        ("0x1F", "plain decimal"),
        ("0b1", "plain decimal"),
        ("\uff11\uff12", "plain decimal"),
        ("\u0661\u0662", "plain decimal"),
        ("\u00b2", "plain decimal"),
        ("1\u00a0000", "plain decimal"),
        ("\u22121", "plain decimal"),
    ],
)
def test_refuses(given: object, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        exact(given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "expected"),
    [("1E+3", "1000"), ("1.500", "1.5"), ("0.0", "0"), ("-0", "0"), ("100", "100"), ("1E-12", "0.000000000001")],
)
def test_plain_text_has_no_exponent_and_no_trailing_zeros(given: str, expected: str) -> None:
    assert plain(Decimal(given)) == expected


@pytest.mark.parametrize(
    ("amount", "places", "minor"),
    [
        ("2.5", 0, 3),
        ("-2.5", 0, -3),
        ("1.5", 0, 2),
        ("0.005", 2, 1),
        ("-0.005", 2, -1),
        ("0.0049999999999999999999", 2, 0),
        ("1.005", 2, 101),
        ("2.675", 2, 268),
        ("12.3455", 3, 12346),
        ("0", 2, 0),
        ("99999999999999999999.994", 2, 9999999999999999999999),
    ],
)
def test_rounds_half_away_from_zero(amount: str, places: int, minor: int) -> None:
    assert to_minor(Decimal(amount), places) == minor


def test_a_tie_is_one_after_two_quotients() -> None:
    # 3.25 / 3 x 9 / 30 = 0.325
    third = Decimal("3.25") / 3
    assert to_minor(third * 9 / 30, 2) == 33
    assert to_minor(-third * 9 / 30, 2) == -33
    assert to_minor(Decimal("0.3249999999999999999999999999999999999999"), 2) == 32


@pytest.mark.parametrize(
    ("quantity", "up", "down", "nearest"),
    [("1.999", 2, 1, 2), ("3.5", 4, 3, 4), ("1.247", 2, 1, 1), ("2", 2, 2, 2), ("-1.5", -1, -2, -2), ("0", 0, 0, 0)],
)
def test_whole_units(quantity: str, up: int, down: int, nearest: int) -> None:
    amount = Decimal(quantity)
    assert to_whole(amount, "up") == up
    assert to_whole(amount, "down") == down
    assert to_whole(amount, "nearest") == nearest


def test_decimals_beyond_the_limit_are_cut_when_they_are_zeros() -> None:
    assert exact("1.5" + "0" * 20).as_tuple().exponent == -12


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [
        (Fraction(1, 3), "0.333333333333"),
        (Fraction(2, 3), "0.666666666667"),
        (Fraction(-2, 3), "-0.666666666667"),
        (Fraction(5, 2), "2.5"),
        # half of the last decimal goes away from zero
        (Fraction(1, 2 * 10**12), "0.000000000001"),
        (Fraction(0), "0"),
    ],
)
def test_a_ratio_becomes_a_quantity_of_twelve_decimals(ratio: Fraction, expected: str) -> None:
    assert plain(to_quantity(ratio)) == expected


def test_rates_for_showing() -> None:
    assert to_places(Decimal("0.12345"), 4) == Decimal("0.1235")
    assert str(to_places(Decimal(2), 2)) == "2.00"
    assert to_places(Decimal("0.00005"), 4) == Decimal("0.0001")


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (5, [1, 1, 1], [2, 2, 1]),
        (-5, [1, 1, 1], [-2, -2, -1]),
        (-1, [1, 1, 1], [-1, 0, 0]),
        (100, [1, 1, 1], [34, 33, 33]),
        (100, [Decimal("0.5"), Decimal("0.25"), Decimal("0.25")], [50, 25, 25]),
        (10, [0, 1], [0, 10]),
        (10, [0, 0, 0], [10, 0, 0]),
        (0, [1, 2], [0, 0]),
        # 3 x 1/7 = 0.43, 3 x 2/7 = 0.86, 3 x 4/7 = 1.71: the largest remainders are the second and the third
        (3, [1, 2, 4], [0, 1, 2]),
        # over the days of a quarter: 340 60/91, 318 62/91, 340 60/91; February first, then the earliest
        (1000, [31, 29, 31], [341, 319, 340]),
    ],
)
def test_splits_by_largest_remainder(total: int, weights: list[Decimal | int], parts: list[int]) -> None:
    assert split(total, weights) == parts


def test_a_split_needs_weights_that_are_not_negative() -> None:
    with pytest.raises(ValueError, match="nothing to split"):
        split(1, [])
    with pytest.raises(ValueError, match="negative"):
        split(1, [2, -1])


@pytest.mark.parametrize(
    ("total", "part", "expected"),
    [
        (900, Fraction(31, 91), 307),
        (1, Fraction(1, 2), 1),
        (0, Fraction(1, 2), 0),
        (5, Fraction(1, 2), 3),
        (-5, Fraction(1, 2), -3),
        (100, Fraction(1, 3), 33),
    ],
)
def test_share_rounds_half_away_from_zero(total: int, part: Fraction, expected: int) -> None:
    assert share(total, part) == expected


def test_every_thread_computes_with_the_same_precision() -> None:
    seen: list[int] = []
    thread = threading.Thread(target=lambda: seen.append(decimal.getcontext().prec))
    thread.start()
    thread.join()
    assert seen == [decimal.getcontext().prec] == [PRECISION]


def test_the_largest_quantity_times_the_finest_price_is_exact() -> None:
    quantity, price = exact("9" * 30), exact("0.000000000001")
    assert plain(quantity * price) == "999999999999999999.999999999999"
    # (10**30 - 1)**2 = 10**60 - 2 * 10**30 + 1, here with twelve decimals
    assert plain(quantity * exact("9" * 18 + "." + "9" * 12)) == "9" * 29 + "8" + "0" * 18 + "." + "0" * 11 + "1"
