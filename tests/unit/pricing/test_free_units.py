"""Free units: pools of windows, pieces in order of time, limits, and windows cut short."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from usance.catalog.modifiers import FreeUnits
from usance.kernel.amount import plain
from usance.kernel.period import Period
from usance.pricing.free_units import Claim, free_units, pool_of

JULY, AUGUST = (Period(date(2025, month, 1), date(2025, month + 1, 1)) for month in (7, 8))
QUARTER = Period(date(2025, 7, 1), date(2025, 10, 1))


def terms(value: Any, **more: Any) -> FreeUnits:
    return FreeUnits.model_validate({"value": value, **more})


def claim(quantity: Any, window: Period = JULY, *, cycle: date | None = None, level: bool = False) -> Claim:
    return Claim(cycle or window.start, window, window, Decimal(quantity), level)


def free(given: FreeUnits, *claims: Claim) -> list[str]:
    return [plain(units) for units in free_units(given, claims)]


class TestPools:
    @pytest.mark.parametrize(
        ("used", "expected"),
        [("3500", "1000"), ("800", "800"), ("1000", "1000"), ("0", "0"), ("0.5", "0.5"), ("-10", "0")],
    )
    def test_what_is_used_up_to_the_pool(self, used, expected):
        assert free(terms(1000), claim(used)) == [expected]

    def test_pieces_of_a_period_deplete_it_in_order_of_time(self):
        # 100 - 30 = 70, of which the second piece takes 50; 20 are left for the third
        assert free(terms(100), claim(30), claim(50), claim(40), claim(5)) == ["30", "50", "20", "0"]

    def test_what_is_left_in_a_window_is_lost(self):
        # 200 of July are not carried over
        assert free(terms(1000), claim(800), claim(3500, AUGUST)) == ["800", "1000"]

    def test_a_window_over_several_periods_is_one_pool(self):
        months = [
            claim(quantity, QUARTER, cycle=date(2025, month, 1)) for month, quantity in ((7, 50), (8, 75), (9, 30))
        ]
        assert free(terms(110), *months) == ["50", "60", "0"]

    def test_windows_inside_a_period_do_not_help_each_other(self):
        weeks = [Period(date(2025, 7, day), date(2025, 7, day + 7)) for day in (1, 8, 15)]
        claims = [claim(used, week, cycle=JULY.start) for used, week in zip((4, 25, 10), weeks, strict=True)]
        assert free(terms(10), *claims) == ["4", "10", "10"]

    def test_a_negative_quantity_gives_nothing_back(self):
        assert free(terms(10), claim(8), claim(-5), claim(8)) == ["8", "0", "2"]

    def test_no_claims(self):
        assert free(terms(10)) == []


class TestLimits:
    def test_of_a_billing_period(self):
        # the quarter's pool of 100 would do for all; each month may take 30 of it
        months = [
            claim(quantity, QUARTER, cycle=date(2025, month, 1)) for month, quantity in ((7, 50), (7, 50), (8, 20))
        ]
        assert free(terms(100, max_per_period=30), *months) == ["30", "0", "20"]

    def test_of_a_billing_period_over_its_windows(self):
        weeks = [Period(date(2025, 7, day), date(2025, 7, day + 7)) for day in (1, 8, 15)]
        claims = [claim(10, week, cycle=JULY.start) for week in weeks]
        assert free(terms(10, max_per_period=25), *claims) == ["10", "10", "5"]

    def test_of_a_lifetime(self):
        # used units count, not those that were there: 800 + 200
        assert free(terms(1000, max_lifetime=1000), claim(800), claim(900, AUGUST)) == ["800", "200"]

    def test_the_least_of_all_holds(self):
        assert free(terms(10, max_per_period=8, max_lifetime=5), claim(20)) == ["5"]
        assert free(terms(10, max_per_period=4, max_lifetime=5), claim(20)) == ["4"]
        assert free(terms(3, max_per_period=4, max_lifetime=5), claim(20)) == ["3"]

    def test_of_nothing(self):
        assert free(terms(10, max_lifetime=0), claim(20)) == ["0"]
        assert free(terms(10, max_per_period=0), claim(20)) == ["0"]
        assert free(terms(0), claim(20)) == ["0"]


class TestLevels:
    """Seats are held, not used up: the same seats are free in each piece of a period."""

    def test_pieces_share_what_one_takes(self):
        assert free(terms(5), claim(3, level=True), claim(8, level=True), claim(4, level=True)) == ["3", "5", "4"]

    def test_a_lifetime_counts_what_more_each_piece_takes(self):
        # July holds 3, then 5 (2 more): 5 of 6. August may take 1 more
        july = [claim(3, level=True), claim(8, level=True), claim(1, level=True), claim(5, level=True)]
        august = [claim(8, AUGUST, level=True), claim(8, AUGUST, level=True)]
        assert free(terms(5, max_lifetime=6), *july, *august) == ["3", "5", "1", "5", "1", "1"]

    def test_another_period_of_the_same_window_holds_its_own(self):
        months = [claim(4, QUARTER, cycle=date(2025, month, 1), level=True) for month in (7, 8)]
        assert free(terms(6), *months) == ["4", "2"]

    def test_and_a_quantity_that_is_used_up_does_not_share(self):
        assert free(terms(5), claim(3), claim(8)) == ["3", "2"]


class TestWindowsCutShort:
    # 16 to 31 July: 16 of 31 days. 100 x 16 / 31 = 51.61...; 62 x 16 / 31 = 32
    STUB = Period(date(2025, 7, 16), date(2025, 8, 1))

    @pytest.mark.parametrize(
        ("value", "rounding", "expected"),
        [(100, "floor", 51), (100, "ceil", 52), (100, "half_up", 52), (62, "floor", 32), (62, "ceil", 32)],
    )
    def test_have_a_pool_by_days(self, value, rounding, expected):
        cut = terms(value, prorate_stub=True, rounding=rounding)
        assert pool_of(cut, self.STUB, JULY) == expected
        assert free_units(cut, [Claim(self.STUB.start, self.STUB, JULY, Decimal(1000))]) == [expected]

    def test_half_up_is_the_nearest(self):
        # 1 x 15 / 30 = 0.5 and 1 x 14 / 30 = 0.47
        september = Period(date(2025, 9, 1), date(2025, 10, 1))
        cut = terms(1, prorate_stub=True, rounding="half_up")
        assert pool_of(cut, Period(date(2025, 9, 16), date(2025, 10, 1)), september) == 1
        assert pool_of(cut, Period(date(2025, 9, 17), date(2025, 10, 1)), september) == 0

    def test_round_down_when_nothing_is_said(self):
        assert pool_of(terms(100, prorate_stub=True), self.STUB, JULY) == 51

    def test_keep_all_of_it_unless_the_terms_say_so(self):
        assert pool_of(terms(100), self.STUB, JULY) == 100

    def test_a_whole_window_keeps_its_decimals(self):
        assert pool_of(terms("2.5", prorate_stub=True), JULY, JULY) == Decimal("2.5")
