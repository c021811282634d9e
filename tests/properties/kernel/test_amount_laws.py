"""Laws of amounts and money."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from usance.kernel.amount import exact, plain, share, split, to_minor, to_whole
from usance.kernel.currency import EXPONENTS
from usance.kernel.money import Money

totals = st.integers(-(10**12), 10**12)
weights = st.lists(
    st.one_of(st.integers(0, 10**6), st.decimals(0, 10**6, places=6)).map(Decimal), min_size=1, max_size=40
)
digits = st.integers(-(10**30) + 1, 10**30 - 1)
amounts = st.builds(lambda number, places: Decimal(number).scaleb(-places), digits, st.integers(0, 12))
currencies = st.sampled_from(sorted(EXPONENTS))
money = st.builds(Money, totals, st.just("USD"))


@given(amounts)
def test_plain_text_reads_back(amount: Decimal) -> None:
    assert exact(plain(amount)) == amount
    assert plain(exact(plain(amount))) == plain(amount)


@given(st.text(max_size=40) | st.decimals() | st.integers() | st.floats() | st.booleans())
def test_whatever_is_read_is_within_bounds_or_a_value_error(value: object) -> None:
    try:
        amount = exact(value)  # type: ignore[arg-type]
    except ValueError:
        return
    text = plain(amount)
    assert len(text.replace("-", "").replace(".", "")) <= 31  # 30 digits, and the zero before a point
    assert len(text.partition(".")[2]) <= 12
    assert Decimal(str(value)) == amount


@given(amounts, st.integers(0, 4))
def test_rounding_is_symmetric_and_to_the_nearest(amount: Decimal, exponent: int) -> None:
    minor = to_minor(amount, exponent)
    assert to_minor(-amount, exponent) == -minor
    distance = abs(Fraction(amount) * 10**exponent - minor)
    assert distance <= Fraction(1, 2)
    if distance == Fraction(1, 2):
        assert abs(minor) > abs(Fraction(amount) * 10**exponent)


@given(amounts, st.integers(0, 4))
def test_rounding_is_that_of_the_decimal_standard(amount: Decimal, exponent: int) -> None:
    with localcontext() as context:
        context.prec = 200
        assert to_minor(amount, exponent) == amount.quantize(Decimal((0, (1,), -exponent)), ROUND_HALF_UP).scaleb(
            exponent
        )


@given(amounts)
def test_whole_units_enclose_the_quantity(quantity: Decimal) -> None:
    down, nearest, up = (to_whole(quantity, way) for way in ("down", "nearest", "up"))
    assert down <= quantity <= up
    assert up - down == (0 if quantity == down else 1)
    assert nearest in {down, up}


@given(totals, weights)
def test_a_split_sums_exactly_and_each_part_is_within_one_unit(total: int, shares: list[Decimal]) -> None:
    parts = split(total, shares)
    assert len(parts) == len(shares)
    assert sum(parts) == total
    if whole := sum(map(Fraction, shares)):
        for part, weight in zip(parts, shares, strict=True):
            assert abs(part - total * Fraction(weight) / whole) < 1
            assert weight or not part


@given(totals, weights)
def test_a_split_is_symmetric(total: int, shares: list[Decimal]) -> None:
    assert split(-total, shares) == [-part for part in split(total, shares)]


@given(totals, weights, st.integers(1, 1000))
def test_a_split_depends_on_proportions_alone(total: int, shares: list[Decimal], factor: int) -> None:
    assert split(total, [weight * factor for weight in shares]) == split(total, shares)


@given(totals, weights)
def test_equal_weights_get_equal_parts_but_for_the_earliest(total: int, shares: list[Decimal]) -> None:
    parts = [abs(part) for part in split(total, shares)]
    if not any(shares):
        return
    for weight in set(shares):
        of_weight = [part for part, own in zip(parts, shares, strict=True) if own == weight]
        assert of_weight == sorted(of_weight, reverse=True)
        assert of_weight[0] - of_weight[-1] <= 1


@given(totals, st.integers(1, 400))
def test_cumulative_shares_telescope(total: int, days: int) -> None:
    to_date = [share(total, Fraction(day, days)) for day in range(days + 1)]
    assert to_date[0] == 0
    assert to_date[-1] == total
    assert [abs(value) for value in to_date] == sorted(abs(value) for value in to_date)


@given(money, money, money)
def test_money_adds_like_a_group(a: Money, b: Money, c: Money) -> None:
    zero = Money.zero("USD")
    assert (a + b) + c == a + (b + c)
    assert a + b == b + a
    assert a + zero == a
    assert a - a == zero
    assert zero - (-a) == a
    assert a - b == a + -b
    assert Money.total([a, b, c], "USD") == a + b + c


@given(money, money)
def test_money_is_ordered_as_its_amount(a: Money, b: Money) -> None:
    assert (a < b) == (a.amount < b.amount)
    assert (a <= b) == (a.amount <= b.amount)
    assert (a == b) == (a.amount == b.amount)


@given(totals, currencies)
def test_money_reads_back_from_its_text(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert Money.parse(str(money), currency) == money
    assert Money.of(money.amount, currency) == money


@given(money, weights)
def test_split_money_sums_to_the_whole(whole: Money, shares: list[Decimal]) -> None:
    assert Money.total(whole.split(shares), "USD") == whole
