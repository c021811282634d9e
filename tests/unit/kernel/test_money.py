"""Money and currencies."""

from __future__ import annotations

from decimal import Decimal

import pytest

from usance.kernel.currency import EXPONENTS, exponent
from usance.kernel.money import Money


@pytest.mark.parametrize(
    ("currency", "decimals"),
    [
        *(("JPY", 0), ("KRW", 0), ("ISK", 0), ("UGX", 0), ("CLP", 0), ("VND", 0), ("XOF", 0)),
        *(("USD", 2), ("EUR", 2), ("INR", 2), ("IDR", 2), ("HUF", 2), ("TWD", 2), ("MGA", 2), ("MRU", 2)),
        *(("XCG", 2), ("ZWG", 2), ("SLE", 2), ("VED", 2), ("SVC", 2)),
        *(("KWD", 3), ("BHD", 3), ("TND", 3), ("IQD", 3)),
        *(("CLF", 4), ("UYW", 4)),
    ],
)
def test_decimals_are_those_of_iso_4217(currency: str, decimals: int) -> None:
    assert exponent(currency) == decimals


@pytest.mark.parametrize(
    "code",
    ["", "usd", "Usd", " USD", "USD ", "US", "USDT", "BTC", "DEM", "HRK", "ANG", "ZWL", "XAU", "XTS", "XXX", "XDR"],
)
def test_refuses_what_is_no_current_currency(code: str) -> None:
    with pytest.raises(ValueError, match="ISO 4217"):
        exponent(code)


def test_codes_are_three_capital_letters() -> None:
    assert all(len(code) == 3 and code.isascii() and code.isupper() and code.isalpha() for code in EXPONENTS)


@pytest.mark.parametrize(
    ("amount", "currency", "minor", "text"),
    [
        ("12.34", "USD", 1234, "12.34"),
        ("12.345", "USD", 1235, "12.35"),
        ("-12.345", "USD", -1235, "-12.35"),
        ("0.5", "JPY", 1, "1"),
        ("1499.4999", "JPY", 1499, "1499"),
        ("0.0005", "KWD", 1, "0.001"),
        ("1", "CLF", 10000, "1.0000"),
        ("0", "USD", 0, "0.00"),
        ("0.004", "USD", 0, "0.00"),
        ("-0.004", "USD", 0, "0.00"),
    ],
)
def test_an_amount_becomes_money_by_rounding_once(amount: str, currency: str, minor: int, text: str) -> None:
    money = Money.of(Decimal(amount), currency)
    assert money == Money(minor, currency)
    assert str(money) == text
    assert money.amount == Decimal(text)


@pytest.mark.parametrize(
    ("text", "currency", "minor"), [("12.30", "USD", 1230), ("12", "JPY", 12), ("-1.5", "KWD", -1500)]
)
def test_reads_money(text: str, currency: str, minor: int) -> None:
    assert Money.parse(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("1.5", "JPY"),
        ("1.005", "USD"),
        ("1.2345", "KWD"),
        ("NaN", "USD"),
        ("1e2", "USD"),
        ("1,50", "EUR"),
        ("1", "XXX"),
    ],
)
def test_refuses_money_that_is_not_whole_minor_units(text: str, currency: str) -> None:
    with pytest.raises(ValueError, match=r"decimals|plain|ISO 4217"):
        Money.parse(text, currency)


def test_says_how_many_decimals_the_currency_has() -> None:
    with pytest.raises(ValueError, match=r"^KWD has 3 decimals, and 1\.2345 has more$"):
        Money.parse("1.2345", "KWD")


def test_arithmetic() -> None:
    ten, three = Money(1000, "EUR"), Money(300, "EUR")
    assert ten + three == Money(1300, "EUR")
    assert three - ten == Money(-700, "EUR")
    assert -ten == Money(-1000, "EUR")
    assert three < ten
    assert ten <= Money(1000, "EUR")
    assert max(three, ten) == ten
    assert ten
    assert not Money.zero("EUR")
    assert Money.total([ten, three, three], "EUR") == Money(1600, "EUR")
    assert Money.total([], "EUR") == Money.zero("EUR")
    assert ten.split([1, 1, 1]) == [Money(334, "EUR"), Money(333, "EUR"), Money(333, "EUR")]


@pytest.mark.parametrize(
    "mixed",
    [
        lambda a, b: a + b,
        lambda a, b: a - b,
        lambda a, b: a < b,
        lambda a, b: a > b,
        lambda a, b: a <= b,
        lambda a, b: Money.total([a, b], "USD"),
        lambda a, b: Money.total([b], "USD"),
    ],
)
def test_currencies_do_not_mix(mixed) -> None:
    with pytest.raises(ValueError, match="cannot be added or compared"):
        mixed(Money(1, "USD"), Money(1, "EUR"))


def test_equal_minor_units_of_two_currencies_are_not_equal_money() -> None:
    assert Money(1, "USD") != Money(1, "EUR")
    assert len({Money(1, "USD"), Money(1, "EUR"), Money(1, "USD")}) == 2
