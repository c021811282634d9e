"""Recognition on figures worked by hand; the daily ones are those of any 90-day quarter."""

from datetime import date
from decimal import Decimal

import pytest

from usance.invoicing.line import Recognition
from usance.kernel.money import Money
from usance.kernel.period import Period
from usance.revenue.recognise import Progress, recognition_entries, slices
from usance.revenue.schedule import Schedule
from usance.revenue.table import revenue_table

QUARTER = Period(date(2023, 1, 1), date(2023, 4, 1))


def schedule(amount: str, period: Period = QUARTER, method: Recognition = Recognition.DAILY, usage=()) -> Schedule:
    return Schedule("inv_1", 0, "ctr_1", "cus_1", "fee", Money.parse(amount, "USD"), period, method, usage)


def months(made: Schedule, until: date, since: date | None = None) -> list[tuple[str, str]]:
    return [(part.month, str(part.amount)) for part in slices(Progress(made, since), until)]


def test_by_day_start_included_end_excluded():
    # 90.00 over 90 days is 1.00 a day.
    assert months(schedule("90.00"), date(2023, 12, 1)) == [
        ("2023-01", "31.00"),
        ("2023-02", "28.00"),
        ("2023-03", "31.00"),
    ]


def test_120_days_that_begin_and_end_within_months():
    # 15 June to 12 October is 120 days: 16, 31, 31, 30, 12.
    made = schedule("120.00", Period(date(2024, 6, 15), date(2024, 10, 13)))
    assert [amount for _month, amount in months(made, date(2025, 1, 1))] == [
        "16.00",
        "31.00",
        "31.00",
        "30.00",
        "12.00",
    ]


def test_no_cent_is_lost():
    # 100.00 over 90 days: 34.44…, 65.55… and 100 cumulated, so 34.44, 31.12 and 34.44.
    assert months(schedule("100.00"), date(2023, 4, 1)) == [
        ("2023-01", "34.44"),
        ("2023-02", "31.12"),
        ("2023-03", "34.44"),
    ]


def test_negative_lines_run_with_the_sign_reversed():
    made = schedule("-31.00", Period(date(2019, 1, 15), date(2019, 2, 15)))
    assert months(made, date(2019, 3, 1)) == [("2019-01", "-17.00"), ("2019-02", "-14.00")]


def test_steps_of_any_size_end_in_the_same():
    made, day = schedule("100.00"), QUARTER.start
    total = Money.zero("USD")
    for until in (date(2023, 1, 2), date(2023, 1, 9), date(2023, 2, 20), date(2023, 2, 20), date(2023, 6, 1)):
        total = Money.total([total, *(part.amount for part in slices(Progress(made, day), until))], "USD")
        day = max(day, min(until, made.complete_on))
    assert str(total) == "100.00"


def test_usage_on_the_days_it_happened():
    # 45 of 60 units until 30 March, 15 on 1 April: 45.00 and 15.00 of 60.00.
    usage = ((date(2026, 3, 2), Decimal(20)), (date(2026, 3, 30), Decimal(25)), (date(2026, 4, 1), Decimal(15)))
    made = schedule("60.00", Period(date(2026, 3, 1), date(2026, 4, 15)), Recognition.USAGE, usage)
    assert months(made, date(2026, 5, 1)) == [("2026-03", "45.00"), ("2026-04", "15.00")]
    assert months(made, date(2026, 3, 30)) == [("2026-03", "20.00")]


@pytest.mark.parametrize("usage", [(), ((date(2023, 1, 2), Decimal(-1)), (date(2023, 1, 3), Decimal(5)))])
def test_usage_without_quantities_to_go_by_runs_by_day(usage):
    assert months(schedule("90.00", method=Recognition.USAGE, usage=usage), date(2023, 2, 1)) == [("2023-01", "31.00")]


def test_point_in_time_on_the_first_day():
    made = schedule("90.00", method=Recognition.POINT_IN_TIME)
    assert months(made, QUARTER.start) == []
    assert months(made, date(2023, 1, 2)) == [("2023-01", "90.00")]


def test_entries_are_effective_in_their_month_and_posted_when_the_books_learn():
    due = slices(Progress(schedule("90.00")), date(2023, 2, 15))
    entries = recognition_entries("org_1", "inv_1", due, date(2023, 2, 15))
    assert [(one.effective_on, one.posted_on) for one in entries] == [
        (date(2023, 1, 31), date(2023, 2, 15)),
        (date(2023, 2, 14), date(2023, 2, 15)),
    ]
    assert entries[0].to_json()["lines"] == [
        {"account": "deferred_revenue", "debit": "31.00", "tags": entries[0].postings[0].tags},
        {"account": "revenue", "credit": "31.00", "tags": entries[0].postings[1].tags},
    ]
    assert entries == recognition_entries("org_1", "inv_1", due, date(2023, 2, 15))


def test_the_table_comes_from_the_entries():
    entries = recognition_entries(
        "org_1", "inv_1", slices(Progress(schedule("90.00")), date(2023, 4, 1)), date(2023, 4, 1)
    )
    rows = [(row.month, str(row.recognised), str(row.deferred_balance)) for row in revenue_table(entries)]
    # Without the invoice's own entry the deferred balance shows only what was taken out of it.
    assert rows == [("2023-01", "31.00", "-31.00"), ("2023-02", "28.00", "-59.00"), ("2023-03", "31.00", "-90.00")]
