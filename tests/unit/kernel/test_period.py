"""Half-open periods of whole days."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from usance.kernel.period import Period

JULY = Period(date(2025, 7, 1), date(2025, 8, 1))


def test_people_say_the_last_day_and_periods_the_first_that_is_not_covered() -> None:
    assert Period.covering(date(2025, 7, 1), date(2025, 7, 31)) == JULY
    assert JULY.last_day == date(2025, 7, 31)
    assert JULY.days == 31
    assert str(JULY) == "2025-07-01 to 2025-07-31"
    assert Period.covering(date(2025, 7, 1), date(2025, 7, 1)).days == 1
    assert Period.covering(date(2024, 2, 1), date(2024, 2, 29)).days == 29


@pytest.mark.parametrize("end", [date(2025, 7, 1), date(2025, 6, 30)])
def test_a_period_ends_after_it_starts(end: date) -> None:
    with pytest.raises(ValueError, match="must end after"):
        Period(date(2025, 7, 1), end)


def test_a_period_cannot_outlast_the_calendar() -> None:
    with pytest.raises(ValueError, match="without end"):
        Period.covering(date(2025, 7, 1), date.max)


def test_the_start_is_covered_and_the_end_is_not() -> None:
    assert date(2025, 7, 1) in JULY
    assert date(2025, 7, 31) in JULY
    assert date(2025, 8, 1) not in JULY
    assert date(2025, 6, 30) not in JULY


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (date(2025, 7, 10), date(2025, 7, 20), Period(date(2025, 7, 10), date(2025, 7, 20))),
        (date(2025, 6, 1), date(2025, 7, 2), Period(date(2025, 7, 1), date(2025, 7, 2))),
        (date(2025, 7, 31), date(2026, 1, 1), Period(date(2025, 7, 31), date(2025, 8, 1))),
        (date(2025, 6, 1), date(2025, 7, 1), None),
        (date(2025, 8, 1), date(2025, 9, 1), None),
    ],
)
def test_intersection(start: date, end: date, expected: Period | None) -> None:
    assert JULY.intersect(Period(start, end)) == expected


def test_cutting() -> None:
    days = [
        date(2025, 7, 16),
        date(2025, 7, 10),
        date(2025, 7, 10),
        date(2025, 7, 1),
        date(2025, 8, 1),
        date(2026, 1, 1),
    ]
    assert JULY.cut(days) == [
        Period(date(2025, 7, 1), date(2025, 7, 10)),
        Period(date(2025, 7, 10), date(2025, 7, 16)),
        Period(date(2025, 7, 16), date(2025, 8, 1)),
    ]
    assert JULY.cut([]) == [JULY]


def test_instants_are_cut_where_the_zone_has_midnight() -> None:
    march = Period(date(2025, 3, 1), date(2025, 4, 1))
    assert march.instants("UTC") == (datetime(2025, 3, 1, tzinfo=UTC), datetime(2025, 4, 1, tzinfo=UTC))
    assert march.instants("Europe/Paris") == (
        datetime(2025, 2, 28, 23, tzinfo=UTC),
        datetime(2025, 3, 31, 22, tzinfo=UTC),
    )
