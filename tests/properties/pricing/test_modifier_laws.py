"""Laws of what modifies a price: nothing is lost, nothing is given twice, nothing turns round."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.pricing.rated import leaf, sound
from usance.catalog.modifiers import Commitment, Discount, FreeUnits, ServiceFee
from usance.kernel.amount import ZERO
from usance.kernel.money import Money
from usance.kernel.period import Period
from usance.kernel.recurrence import Cadence, Recurrence
from usance.pricing.commitment import excess, of_window, shortfall
from usance.pricing.discount import Base, discounts
from usance.pricing.free_units import Claim, free_units, pool_of
from usance.pricing.proration import prorate
from usance.pricing.service_fee import fee_on
from usance.pricing.spread import over_lines, over_time

currencies = st.sampled_from(["USD", "JPY", "KWD"])
minors = st.one_of(st.integers(0, 20), st.integers(0, 10**9))
limits = st.one_of(st.none(), st.integers(0, 50), st.integers(0, 10**6))
amounts = st.lists(minors, min_size=1, max_size=8)


@st.composite
def spreads(draw: st.DrawFn) -> tuple[Money, list[Money]]:
    """A whole, and amounts that come to at least as much; or both as a credit."""
    currency, parts = draw(currencies), draw(amounts)
    sign, whole = draw(st.sampled_from([1, -1])), draw(st.integers(0, sum(parts)))
    return Money(sign * whole, currency), [Money(sign * part, currency) for part in parts]


@given(spreads())
def test_parts_over_time_sum_to_the_whole_and_none_is_more_than_its_amount(spread: tuple[Money, list[Money]]) -> None:
    whole, over = spread
    made = over_time(whole, leaf(whole.amount), over)
    assert Money.total((part for part, _node in made), whole.currency) == whole
    for (part, node), amount in zip(made, over, strict=True):
        assert sound(node).value == part.amount
        assert 0 <= part.minor <= amount.minor or amount.minor <= part.minor <= 0


@given(spreads())
def test_all_parts_over_time_but_the_last_are_the_nearest_to_their_share_where_the_last_can_take_the_rest(
    spread: tuple[Money, list[Money]],
) -> None:
    whole, over = spread
    total = sum(amount.minor for amount in over)
    if not total:
        return
    shares = [Fraction(whole.minor * amount.minor, total) for amount in over]
    made = [part.minor for part, _node in over_time(whole, leaf(whole.amount), over)]
    if all(abs(part - share) <= Fraction(1, 2) for part, share in zip(made[:-1], shares[:-1], strict=True)):
        # so many halves at most are left for the last
        assert abs(made[-1] - shares[-1]) <= Fraction(len(over) - 1, 2)
    else:
        assert made[-1] in {0, over[-1].minor}


@given(spreads())
def test_parts_over_lines_sum_to_the_whole_and_lie_within_one_unit_of_their_share(
    spread: tuple[Money, list[Money]],
) -> None:
    whole, (first, *others) = spread
    over = [Money(abs(amount.minor), amount.currency) for amount in (first, *others)]
    total = sum(amount.minor for amount in over)
    made = over_lines(whole, leaf(whole.amount), over)
    assert Money.total((part for part, _node in made), whole.currency) == whole
    for (part, node), amount in zip(made, over, strict=True):
        assert sound(node).value == part.amount
        assert abs(part.minor) <= amount.minor
        if total:
            assert abs(part.minor - Fraction(whole.minor * amount.minor, total)) < 1


@given(currencies, st.integers(1, 8), st.integers(0, 50), st.integers(1, 1000))
def test_equal_lines_differ_by_one_unit_at_most_and_the_first_have_more(
    currency: str, lines: int, whole: int, amount: int
) -> None:
    made = over_lines(Money(whole, currency), leaf(0), [Money(amount, currency)] * lines)
    parts = [part.minor for part, _node in made]
    assert parts == sorted(parts, reverse=True)
    assert parts[0] - parts[-1] <= 1


@st.composite
def discount_terms(draw: st.DrawFn, currency: str) -> Discount:
    kind = draw(st.sampled_from(["percent", "fixed"]))
    values = (
        st.decimals(0, 100, places=2) if kind == "percent" else minors.map(lambda minor: Money(minor, currency).amount)
    )
    caps = {
        name: Money(cap, currency).amount
        for name in ("max_per_period", "max_lifetime")
        if (cap := draw(limits)) is not None
    }
    return Discount.model_validate({"type": kind, "value": draw(values), **caps})


@given(st.data(), currencies, st.lists(st.tuples(amounts, st.integers(1, 5)), min_size=1, max_size=6))
def test_a_discount_never_exceeds_what_is_there_nor_its_caps_nor_its_lifetime(
    data: st.DataObject, currency: str, windows: list[tuple[list[int], int]]
) -> None:
    terms = data.draw(discount_terms(currency))
    bases = [Base(tuple(Money(minor, currency) for minor in over), count) for over, count in windows]
    ever = ZERO
    for base, parts in zip(bases, discounts(terms, bases, currency), strict=True):
        given_off = sum((part.amount for part, _node in parts), ZERO)
        assert all(sound(node).value == part.amount for part, node in parts)
        assert all(0 <= part.minor <= there.minor for (part, _node), there in zip(parts, base.amounts, strict=True))
        if terms.max_per_period is not None:
            assert given_off <= terms.max_per_period * base.count
        if terms.type == "fixed":
            assert given_off <= terms.value * base.count
        ever += given_off
        assert terms.max_lifetime is None or ever <= terms.max_lifetime


@given(st.data(), currencies, st.lists(amounts, min_size=1, max_size=5), amounts)
def test_later_windows_leave_earlier_ones_as_they_were(
    data: st.DataObject, currency: str, windows: list[list[int]], later: list[int]
) -> None:
    terms = data.draw(discount_terms(currency))
    bases = [Base(tuple(Money(minor, currency) for minor in over)) for over in (*windows, later)]
    assert discounts(terms, bases, currency)[:-1] == discounts(terms, bases[:-1], currency)


quantities = st.one_of(st.integers(-5, 30).map(Decimal), st.decimals(0, 200, places=3))
units = st.one_of(st.integers(0, 40).map(Decimal), st.decimals(0, 40, places=3))


@st.composite
def free_terms(draw: st.DrawFn) -> FreeUnits:
    more: dict[str, Any] = {
        name: limit for name in ("max_per_period", "max_lifetime") if (limit := draw(st.none() | units)) is not None
    }
    more |= {"prorate_stub": draw(st.booleans()), "rounding": draw(st.sampled_from(["floor", "ceil", "half_up"]))}
    return FreeUnits.model_validate({"value": draw(units), **more})


@st.composite
def claims(draw: st.DrawFn, *, level: bool) -> list[Claim]:
    """Pieces of a year in order of time; windows of the pool and billing periods each have a length of their own."""
    start = date(2025, 1, draw(st.integers(1, 28)))
    pools, cycles = (
        Recurrence(date(2025, 1, 1), Cadence.parse(draw(st.sampled_from(["P1W", "P1M", "P3M"])))) for _ in range(2)
    )
    days = sorted(draw(st.lists(st.dates(start, date(2025, 12, 31)), min_size=1, max_size=12)))
    made = []
    for day in days:
        full = pools.full_period(day)
        window = Period(max(full.start, start), full.end)
        made.append(Claim(cycles.full_period(day).start, window, full, draw(quantities), level))
    return made


def sums(found: list[tuple[Any, Decimal]]) -> dict[Any, Decimal]:
    totals: dict[Any, Decimal] = {}
    for key, value in found:
        totals[key] = totals.get(key, ZERO) + value
    return totals


def most(found: list[tuple[Any, Decimal]]) -> dict[Any, Decimal]:
    return {key: max(value for other, value in found if other == key) for key, _value in found}


@given(st.data(), free_terms(), st.booleans())
def test_free_units_never_exceed_the_pool_nor_the_period_nor_the_lifetime(
    data: st.DataObject,
    terms: FreeUnits,
    level: bool,
) -> None:
    found = data.draw(claims(level=level))
    free = free_units(terms, found)
    held = [((claim.window, claim.cycle), taken) for claim, taken in zip(found, free, strict=True)]
    used = most(held) if level else sums(held)
    pools = {claim.window: pool_of(terms, claim.window, claim.full) for claim in found}
    of_windows = sums([(window, taken) for (window, _cycle), taken in used.items()])
    of_cycles = sums([(cycle, taken) for (_window, cycle), taken in used.items()])
    assert all(taken <= pools[window] for window, taken in of_windows.items())
    assert terms.max_per_period is None or all(taken <= terms.max_per_period for taken in of_cycles.values())
    assert terms.max_lifetime is None or sum(used.values(), ZERO) <= terms.max_lifetime
    assert all(0 <= taken <= max(ZERO, claim.quantity) for claim, taken in zip(found, free, strict=True))


@given(st.data(), free_terms())
def test_units_are_charged_only_when_some_limit_is_used_up(data: st.DataObject, terms: FreeUnits) -> None:
    found = data.draw(claims(level=False))
    free = free_units(terms, found)
    for place, (claim, taken) in enumerate(zip(found, free, strict=True)):
        if taken >= max(ZERO, claim.quantity):
            continue
        so_far = list(zip(found[: place + 1], free, strict=False))
        window = sum((units for other, units in so_far if other.window == claim.window), ZERO)
        cycle = sum((units for other, units in so_far if other.cycle == claim.cycle), ZERO)
        ever = sum((units for _other, units in so_far), ZERO)
        assert (
            window == pool_of(terms, claim.window, claim.full)
            or cycle == terms.max_per_period
            or ever == terms.max_lifetime
        )


@given(st.data(), free_terms())
def test_without_negative_quantities_pieces_and_their_sum_have_the_same_free_units(
    data: st.DataObject, terms: FreeUnits
) -> None:
    window = Period(date(2025, 7, 1), date(2025, 8, 1))
    parts = data.draw(st.lists(units, min_size=1, max_size=6))
    one = free_units(terms, [Claim(window.start, window, window, sum(parts, ZERO))])
    each = free_units(terms, [Claim(window.start, window, window, part) for part in parts])
    assert sum(each, ZERO) == sum(one, ZERO)


decimals = st.decimals(-(10**6), 10**6, places=4)
positive = st.decimals(0, 10**6, places=4)


@given(positive, decimals)
def test_a_shortfall_tops_up_and_an_excess_takes_off_to_the_bound_exactly(bound: Decimal, charged: Decimal) -> None:
    missing, above = shortfall(leaf(bound), leaf(charged)), excess(leaf(bound), leaf(charged))
    assert sound(missing).value >= 0
    assert sound(above).value >= 0
    assert charged + missing.value == max(charged, bound)
    assert charged - above.value == min(charged, bound)


@given(positive, st.lists(st.dates(date(2025, 1, 1), date(2025, 12, 31)), max_size=5))
def test_windows_cut_from_a_whole_one_owe_all_of_it_together(value: Decimal, cuts: list[date]) -> None:
    year = Period(date(2025, 1, 1), date(2026, 1, 1))
    by_days = Commitment.model_validate({"minimum_amount": value, "charge_full_amount": False})
    parts = [sound(of_window(by_days, value, "minimum", part, year)).value for part in year.cut(cuts)]
    # quotients are cut at 60 digits
    assert abs(sum(parts, ZERO) - value) < Decimal("1E-40")
    in_full = Commitment.model_validate({"minimum_amount": value})
    assert all(of_window(in_full, value, "minimum", part, year).value == value for part in year.cut(cuts))


@given(
    positive,
    st.lists(st.dates(date(2025, 1, 1), date(2025, 12, 31)), max_size=5),
    st.sampled_from(["day", "second", "thirty_360"]),
    st.sampled_from(["UTC", "Europe/Paris", "Asia/Kolkata"]),
)
def test_pieces_of_a_cycle_are_charged_the_cycle_together(value: Decimal, cuts: list[date], by: Any, zone: str) -> None:
    year = Period(date(2025, 1, 1), date(2026, 1, 1))
    parts = [sound(prorate(leaf(value), part, year, by, zone)).value for part in year.cut(cuts)]
    assert abs(sum(parts, ZERO) - value) < Decimal("1E-40")
    assert all(0 <= part <= value for part in parts)


@given(st.decimals(0, 100, places=4), st.integers(-(10**6), 10**6), currencies)
def test_a_fee_is_as_much_for_all_as_for_the_parts(percent: Decimal, minor: int, currency: str) -> None:
    terms = ServiceFee.model_validate({"type": "percent", "value": percent})
    part, rest = Money(minor, currency), Money(1234, currency)
    assert sound(fee_on(terms, part)).value + fee_on(terms, rest).value == fee_on(terms, part + rest).value
