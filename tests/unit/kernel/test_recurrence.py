"""Anchored recurrence: days 29 to 31, leap days, stubs, and the edge of the calendar."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import islice

import pytest

from usance.kernel.period import Period
from usance.kernel.recurrence import Cadence, Recurrence


def every(cadence: str, anchor: date, *, last_day: bool = False) -> Recurrence:
    return Recurrence(anchor, Cadence.parse(cadence), last_day)


@pytest.mark.parametrize(
    ("text", "days", "months"),
    [("P1D", 1, 0), ("P10D", 10, 0), ("P2W", 14, 0), ("P1M", 0, 1), ("P3M", 0, 3), ("P1Y", 0, 12), ("P100Y", 0, 1200)],
)
def test_reads_cadences(text: str, days: int, months: int) -> None:
    assert Cadence.parse(text) == Cadence(days, months)
    assert Cadence.parse(str(Cadence.parse(text))) == Cadence.parse(text)


@pytest.mark.parametrize(
    ("text", "shown"), [("P2W", "P14D"), ("P12M", "P1Y"), ("P24M", "P2Y"), ("P18M", "P18M"), ("P13M", "P13M")]
)
def test_shows_cadences_in_one_way(text: str, shown: str) -> None:
    assert str(Cadence.parse(text)) == shown


def test_counts_days_from_the_anchor() -> None:
    weeks = every("P1W", date(2025, 7, 7))
    assert weeks.full_period(date(2025, 7, 16)) == Period(date(2025, 7, 14), date(2025, 7, 21))
    assert weeks.full_period(date(2025, 7, 6)) == Period(date(2025, 6, 30), date(2025, 7, 7))
    assert weeks.index_at(date(2025, 7, 16)) == 1
    assert isinstance(weeks.index_at(date(2025, 7, 16)), int)


@pytest.mark.parametrize(
    "text",
    [
        *("", "P", "P0D", "P0M", "P-1M", "-P1M", "+P1M", "P1.5M", "P1,5M", "P01M", "P1H", "PT1H", "P1DT1H", "P1Y2M"),
        *(
            "p1m",
            "1M",
            "P1",
            "PM",
            "P1M ",
            " P1M",
            "P1M\n",
            "P99999M",
            "P\u0661M",
            "monthly",
            "P9999Y",
            "P101Y",
            "P9999W",
        ),
    ],
)
def test_refuses_other_cadences(text: str) -> None:
    with pytest.raises(ValueError, match=r"cadence|longer than 100 years"):
        Cadence.parse(text)


@pytest.mark.parametrize(
    ("anchor", "at", "start", "end"),
    [
        # day 31 clamps to the end of a shorter month and comes back
        (date(2025, 1, 31), date(2025, 8, 13), date(2025, 7, 31), date(2025, 8, 31)),
        (date(2025, 1, 31), date(2025, 9, 30), date(2025, 9, 30), date(2025, 10, 31)),
        (date(2025, 1, 31), date(2025, 9, 29), date(2025, 8, 31), date(2025, 9, 30)),
        # day 30 clamps in February alone
        (date(2025, 1, 30), date(2025, 2, 13), date(2025, 1, 30), date(2025, 2, 28)),
        (date(2025, 1, 30), date(2025, 2, 28), date(2025, 2, 28), date(2025, 3, 30)),
        (date(2024, 1, 30), date(2024, 2, 28), date(2024, 1, 30), date(2024, 2, 29)),
        # day 29 clamps in a February that has none
        (date(2025, 1, 29), date(2025, 2, 28), date(2025, 2, 28), date(2025, 3, 29)),
        (date(2024, 1, 29), date(2024, 2, 29), date(2024, 2, 29), date(2024, 3, 29)),
        # the anchor aligns the cycles before it too
        (date(2025, 1, 31), date(2024, 12, 5), date(2024, 11, 30), date(2024, 12, 31)),
        (date(2025, 1, 31), date(2024, 2, 29), date(2024, 2, 29), date(2024, 3, 31)),
    ],
)
def test_monthly_cycles(anchor: date, at: date, start: date, end: date) -> None:
    assert every("P1M", anchor).full_period(at) == Period(start, end)


def test_the_leap_day_returns() -> None:
    yearly = every("P1Y", date(2024, 2, 29))
    assert [yearly.boundary(n) for n in range(-4, 5)] == [
        date(2020, 2, 29),
        date(2021, 2, 28),
        date(2022, 2, 28),
        date(2023, 2, 28),
        date(2024, 2, 29),
        date(2025, 2, 28),
        date(2026, 2, 28),
        date(2027, 2, 28),
        date(2028, 2, 29),
    ]


def test_every_boundary_can_be_pinned_to_the_months_end() -> None:
    pinned = every("P1M", date(2025, 4, 30), last_day=True)
    assert [pinned.boundary(n) for n in (-2, -1, 0, 1, 10)] == [
        date(2025, 2, 28),
        date(2025, 3, 31),
        date(2025, 4, 30),
        date(2025, 5, 31),
        date(2026, 2, 28),
    ]


def test_thirty_days_are_not_a_month() -> None:
    assert every("P30D", date(2025, 1, 31)).boundary(1) == date(2025, 3, 2)
    assert every("P1M", date(2025, 1, 31)).boundary(1) == date(2025, 2, 28)


def test_an_anchor_before_the_start_makes_an_opening_stub() -> None:
    cycles = every("P1M", date(2025, 1, 31)).periods(date(2025, 7, 10), None)
    assert list(islice(cycles, 3)) == [
        Period(date(2025, 7, 10), date(2025, 7, 31)),
        Period(date(2025, 7, 31), date(2025, 8, 31)),
        Period(date(2025, 8, 31), date(2025, 9, 30)),
    ]


def test_an_anchor_after_the_start_does_too() -> None:
    cycles = every("P1M", date(2025, 9, 1)).periods(date(2025, 7, 10), date(2025, 9, 15))
    assert list(cycles) == [
        Period(date(2025, 7, 10), date(2025, 8, 1)),
        Period(date(2025, 8, 1), date(2025, 9, 1)),
        Period(date(2025, 9, 1), date(2025, 9, 15)),
    ]


def test_a_start_on_a_boundary_makes_no_stub() -> None:
    quarter = every("P3M", date(2025, 1, 1))
    assert list(quarter.periods(date(2025, 7, 1), date(2026, 1, 1))) == [
        Period(date(2025, 7, 1), date(2025, 10, 1)),
        Period(date(2025, 10, 1), date(2026, 1, 1)),
    ]


def test_a_contract_within_one_cycle_is_one_period() -> None:
    assert list(every("P1M", date(2025, 1, 1)).periods(date(2025, 7, 5), date(2025, 7, 9))) == [
        Period(date(2025, 7, 5), date(2025, 7, 9))
    ]


@pytest.mark.parametrize("end", [date(2025, 7, 1), date(2025, 6, 1)])
def test_nothing_lies_between_a_start_and_an_end_before_it(end: date) -> None:
    assert not list(every("P1M", date(2025, 7, 1)).periods(date(2025, 7, 1), end))


@pytest.mark.parametrize("cadence", ["P1D", "P9999D", "P1M", "P100Y"])
def test_the_calendar_ends_quietly(cadence: str) -> None:
    last_year = date(9998, 3, 31)
    for end in (None, date.max):
        assert list(every(cadence, last_year).periods(last_year, end))[-1].end == date.max
    assert list(every(cadence, last_year).periods(last_year, date(9999, 5, 5)))[-1].end == date(9999, 5, 5)


@pytest.mark.parametrize("cadence", ["P1D", "P1M"])
@pytest.mark.parametrize("n", [10**6 * 9, -(10**6) * 9])
def test_there_are_no_boundaries_outside_the_calendar(cadence: str, n: int) -> None:
    with pytest.raises((ValueError, OverflowError)):
        every(cadence, date(2025, 1, 1)).boundary(n)


def test_a_boundary_begins_the_later_period() -> None:
    monthly = every("P1M", date(2025, 1, 15))
    assert monthly.full_period(date(2025, 3, 15)).start == date(2025, 3, 15)
    assert monthly.full_period(date(2025, 3, 15) - timedelta(days=1)).end == date(2025, 3, 15)
