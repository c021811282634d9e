"""Laws of recurrence, periods and days, with dateutil as the oracle for months."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import available_timezones

from dateutil.relativedelta import relativedelta
from dateutil.rrule import DAILY, MONTHLY, rrule
from hypothesis import given
from hypothesis import strategies as st

from usance.kernel.instant import day_start, local_day, parse_instant, show_instant
from usance.kernel.period import ONE_DAY, Period
from usance.kernel.recurrence import Cadence, Recurrence

days = st.dates(date(1990, 1, 1), date(2090, 12, 31))
months = st.builds(lambda count: Cadence(0, count), st.integers(1, 36))
cadences = months | st.builds(lambda count: Cadence(count, 0), st.integers(1, 400))
recurrences = st.builds(Recurrence, days, cadences, st.booleans())
ZONES = sorted(name for name in available_timezones() if "/" in name)


@given(recurrences, st.integers(-200, 200))
def test_boundaries_strictly_increase(recurrence: Recurrence, n: int) -> None:
    assert recurrence.boundary(n) < recurrence.boundary(n + 1)


@given(days, months, st.integers(-200, 200))
def test_the_nth_month_is_counted_from_the_anchor(anchor: date, cadence: Cadence, n: int) -> None:
    assert Recurrence(anchor, cadence).boundary(n) == anchor + relativedelta(months=n * cadence.months)
    assert Recurrence(anchor, cadence, last_day=True).boundary(n) == anchor + relativedelta(
        months=n * cadence.months, day=31
    )


@given(days, st.integers(1, 12))
def test_months_are_those_of_the_calendar_standard(anchor: date, interval: int) -> None:
    # bysetpos -1 of the days up to the anchor's is how RFC 5545 says "the 31st, or the last there is"
    rule = rrule(
        MONTHLY,
        interval=interval,
        dtstart=datetime(anchor.year, anchor.month, 1),  # noqa: DTZ001 - the oracle is without zones
        bymonthday=range(1, anchor.day + 1),
        bysetpos=-1,
        count=24,
    )
    ours = Recurrence(anchor, Cadence(0, interval))
    assert [ours.boundary(n) for n in range(24)] == [day.date() for day in rule]


@given(days, st.integers(1, 400))
def test_days_are_those_of_the_calendar_standard(anchor: date, interval: int) -> None:
    start = datetime(anchor.year, anchor.month, anchor.day)  # noqa: DTZ001 - the oracle is without zones
    rule = rrule(DAILY, interval=interval, dtstart=start, count=24)
    ours = Recurrence(anchor, Cadence(interval, 0))
    assert [ours.boundary(n) for n in range(24)] == [day.date() for day in rule]


@given(recurrences, days)
def test_each_day_lies_in_the_cycle_of_its_index(recurrence: Recurrence, day: date) -> None:
    n = recurrence.index_at(day)
    assert recurrence.boundary(n) <= day < recurrence.boundary(n + 1)
    assert day in recurrence.full_period(day)


@given(recurrences, st.integers(-100, 100))
def test_a_boundary_has_its_own_index(recurrence: Recurrence, n: int) -> None:
    assert recurrence.index_at(recurrence.boundary(n)) == n


@given(recurrences, days, st.integers(1, 2000))
def test_periods_tile_the_service_time(recurrence: Recurrence, start: date, length: int) -> None:
    end = start + timedelta(days=length)
    periods = list(recurrence.periods(start, end))
    assert periods[0].start == start
    assert periods[-1].end == end
    assert all(earlier.end == later.start for earlier, later in pairwise(periods))
    assert sum(period.days for period in periods) == length
    for period in periods[1:-1]:
        assert recurrence.full_period(period.start) == period


@given(recurrences, days, st.integers(1, 400))
def test_an_end_only_cuts_what_an_open_contract_has(recurrence: Recurrence, start: date, length: int) -> None:
    end = start + timedelta(days=length)
    cut = list(recurrence.periods(start, end))
    open_ended = list(islice(recurrence.periods(start, None), len(cut)))
    assert cut[:-1] == open_ended[:-1]
    assert cut[-1].start == open_ended[-1].start


@given(cadences)
def test_a_cadence_reads_back(cadence: Cadence) -> None:
    assert Cadence.parse(str(cadence)) == cadence


def covered(period: Period) -> set[date]:
    return {period.start + timedelta(days=n) for n in range(period.days)}


periods = st.builds(lambda start, length: Period(start, start + timedelta(days=length)), days, st.integers(1, 800))


@given(periods, st.lists(days, max_size=10))
def test_a_cut_loses_no_day(period: Period, at: list[date]) -> None:
    parts = period.cut(at)
    assert parts[0].start == period.start
    assert parts[-1].end == period.end
    assert all(earlier.end == later.start for earlier, later in pairwise(parts))
    assert {part.start for part in parts[1:]} == {day for day in at if day in period} - {period.start}


@given(periods, periods)
def test_an_intersection_is_what_both_cover(a: Period, b: Period) -> None:
    both = a.intersect(b)
    assert both == b.intersect(a)
    common = covered(a) & covered(b)
    assert (both.days if both else 0) == len(common)
    assert both is None or covered(both) == common


@given(periods)
def test_the_last_day_and_the_end_agree(period: Period) -> None:
    assert Period.covering(period.start, period.last_day) == period
    assert period.last_day in period
    assert period.last_day + ONE_DAY not in period


@given(st.dates(date(1990, 1, 1), date(2036, 12, 31)), st.sampled_from(ZONES))
def test_a_day_begins_after_the_day_before_and_with_itself(day: date, zone_name: str) -> None:
    start = day_start(day, zone_name)
    assert local_day(start - timedelta(microseconds=1), zone_name) < day
    skipped = day_start(day + ONE_DAY, zone_name) == start
    assert skipped or local_day(start, zone_name) == day


instants = st.datetimes(datetime(1970, 1, 1), datetime(9998, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - zone given


@given(instants)
def test_an_instant_reads_back_from_its_text_and_its_number(instant: datetime) -> None:
    assert parse_instant(show_instant(instant)) == instant
    assert parse_instant(show_instant(instant).replace("T", " ")) == instant


@given(st.integers(0, 10**11 - 1))
def test_seconds_and_milliseconds_are_told_apart_by_their_size(seconds: int) -> None:
    instant = parse_instant(seconds)
    assert instant == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    if seconds >= 10**8:
        assert parse_instant(seconds * 1000) == instant


@given(st.text(max_size=40) | st.decimals() | st.integers() | st.floats() | st.booleans() | st.none())
def test_whatever_is_read_is_an_instant_or_a_value_error(value: object) -> None:
    try:
        instant = parse_instant(value)
    except ValueError:
        return
    assert 1970 <= instant.year <= 9998
    assert instant.utcoffset() == timedelta(0)
