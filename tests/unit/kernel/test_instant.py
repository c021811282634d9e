"""Instants as people and machines write them, and the days they fall on."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from usance.kernel.instant import day_start, local_day, parse_instant, show_instant, zone

JULY = "2025-07-03T10:00:00Z"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (JULY, JULY),
        ("2025-07-03t10:00:00z", JULY),
        ("2025-07-03 10:00:00", JULY),
        ("2025-07-03 10:00:00Z", JULY),
        ("2025-07-03T12:00:00+02:00", JULY),
        ("2025-07-03T04:30:00-05:30", JULY),
        ("2025-07-03T10:00:00-00:00", JULY),
        ("2025-07-04T09:59:00+23:59", JULY),
        ("2025-07-03T10:00:00.000000Z", JULY),
        ("2025-07-03T10:00:00.5Z", "2025-07-03T10:00:00.500000Z"),
        ("2025-07-03T10:00:00.000001Z", "2025-07-03T10:00:00.000001Z"),
        # 2025-07-03T10:00:00Z is 1 751 536 800 seconds after 1970 began
        (1751536800, JULY),
        (1751536800000, JULY),
        (Decimal(1751536800), JULY),
        (Decimal("1751536800.000001"), "2025-07-03T10:00:00.000001Z"),
        (Decimal("1751536800.0000000000"), JULY),
        (Decimal("1751536800000.001"), "2025-07-03T10:00:00.000001Z"),
        (0, "1970-01-01T00:00:00Z"),
        # 10**11 is read as milliseconds, one less as seconds
        (10**11, "1973-03-03T09:46:40Z"),
        (10**11 - 1, "5138-11-16T09:46:39Z"),
        # forty decimals are looked at
        (Decimal("1751536800." + "0" * 40), JULY),
        ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"),
        ("9998-12-31T23:59:59.999999Z", "9998-12-31T23:59:59.999999Z"),
    ],
)
def test_reads(given: object, expected: str) -> None:
    instant = parse_instant(given)
    assert show_instant(instant) == expected
    assert instant.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        # no real date or time
        ("2025-02-30T00:00:00Z", "real date"),
        ("2025-02-29T00:00:00Z", "real date"),
        ("2025-00-01T00:00:00Z", "real date"),
        ("2025-13-01T00:00:00Z", "real date"),
        ("0000-01-01T00:00:00Z", "real date"),
        ("2025-07-03T25:00:00Z", "RFC 3339"),
        ("2025-07-03T24:00:00Z", "RFC 3339"),
        ("2025-07-03T10:60:00Z", "RFC 3339"),
        ("2025-06-30T23:59:60Z", "RFC 3339"),
        ("2025-07-03T10:00:00+24:00", "RFC 3339"),
        ("2025-07-03T10:00:00+05:60", "RFC 3339"),
        ("2025-07-03T10:00:00+5", "RFC 3339"),
        ("2025-07-03T10:00:00+0500", "RFC 3339"),
        # no zone, or another form
        ("2025-07-03T10:00:00", "RFC 3339"),
        ("2025-07-03", "RFC 3339"),
        ("2025-07-03T10:00Z", "RFC 3339"),
        ("2025-W27-4T10:00:00Z", "RFC 3339"),
        ("2025-184T10:00:00Z", "RFC 3339"),
        ("20250703T100000Z", "RFC 3339"),
        ("07/03/2025", "RFC 3339"),
        ("2025-07-03T10:00:00Z ", "RFC 3339"),
        ("2025-07-03T10:00:00Z\n", "RFC 3339"),
        (" 2025-07-03T10:00:00Z", "RFC 3339"),
        ("2025-07-03  10:00:00", "RFC 3339"),
        ("2025-07-03T10:00:00 Z", "RFC 3339"),
        ("2025-07-03T10:00:00Europe/Paris", "RFC 3339"),
        ("\uff12\uff10\uff12\uff15-07-03T10:00:00Z", "RFC 3339"),
        ("now", "RFC 3339"),
        ("", "RFC 3339"),
        # finer than a microsecond is refused, not cut
        ("2025-07-03T10:00:00.0000001Z", "RFC 3339"),
        ("2025-07-03T10:00:00.123456789Z", "RFC 3339"),
        (Decimal("1751536800.0000001"), "finer"),
        (Decimal("1751536800." + "0" * 60 + "1"), "finer"),
        (Decimal("1E-9999999"), "finer"),
        # numbers as text, and numbers of another unit
        ("1751536800", "RFC 3339"),
        (1751536800000000, "RFC 3339"),
        (10**15, "RFC 3339"),
        (Decimal("1751536800." + "0" * 41), "finer"),
        (1751536800000000000, "RFC 3339"),
        (Decimal("1E+9999999"), "RFC 3339"),
        (Decimal("NaN"), "RFC 3339"),
        (Decimal("Infinity"), "RFC 3339"),
        pytest.param(10**5000, "RFC 3339", id="5001 digits"),
        # other types
        (1751536800.5, "RFC 3339"),
        (True, "RFC 3339"),
        (None, "RFC 3339"),
        ([], "RFC 3339"),
        # outside the years
        (-1, "1970 to 9998"),
        (-62135596800001, "1970 to 9998"),
        (10**15 - 1, "1970 to 9998"),
        ("1969-12-31T23:59:59.999999Z", "1970 to 9998"),
        ("1970-01-01T00:00:00+05:00", "1970 to 9998"),
        ("0001-01-01T00:00:00+05:00", "real date"),
        ("9999-01-01T00:00:00Z", "1970 to 9998"),
        ("9999-12-31T23:59:59-05:00", "real date"),
    ],
)
def test_refuses(given: object, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_instant(given)


def test_the_zone_of_the_machine_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        assert parse_instant("2025-07-03T12:00:00+02:00").utcoffset() == timedelta(0)
        assert show_instant(datetime.fromisoformat("2025-07-03T12:00:00+02:00")) == JULY
    time.tzset()


@pytest.mark.parametrize("name", ["Europe/Paris", "Asia/Kolkata", "Pacific/Apia", "America/St_Johns", "UTC"])
def test_knows_time_zones(name: str) -> None:
    assert zone(name).key == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Europe/Atlantis",
        "CEST+2",
        "../../etc/passwd",
        "/etc/localtime",
        "Europe/../UTC",
        "Europe",
        "a\x00b",
        "x" * 999,
    ],
)
def test_refuses_what_is_no_time_zone(name: str) -> None:
    with pytest.raises(ValueError, match="IANA"):
        zone(name)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("day", "zone_name", "starts", "hours"),
    [
        (date(2025, 7, 1), "UTC", utc(2025, 7, 1), 24),
        (date(2025, 7, 1), "Asia/Kolkata", utc(2025, 6, 30, 18, 30), 24),
        (date(2025, 3, 30), "Europe/Paris", utc(2025, 3, 29, 23), 23),
        (date(2025, 10, 26), "Europe/Paris", utc(2025, 10, 25, 22), 25),
        # clocks go forward at midnight: the day begins at 01:00
        (date(2018, 11, 4), "America/Sao_Paulo", utc(2018, 11, 4, 3), 23),
        # clocks go back at midnight: the day before has 25 hours
        (date(2018, 2, 17), "America/Sao_Paulo", utc(2018, 2, 17, 2), 25),
        # clocks go back at 01:00 to midnight, which therefore comes twice: the day begins with the first
        (date(2025, 11, 2), "America/Havana", utc(2025, 11, 2, 4), 25),
        # half an hour of daylight saving
        (date(2025, 4, 6), "Australia/Lord_Howe", utc(2025, 4, 5, 13), "24.5"),
        # a day that the island skipped begins where the next one does, and has no hours
        (date(2011, 12, 30), "Pacific/Apia", utc(2011, 12, 30, 10), 0),
    ],
)
def test_a_day_begins_where_its_zone_says(day: date, zone_name: str, starts: datetime, hours: int | str) -> None:
    assert day_start(day, zone_name) == starts
    seconds = int(Decimal(hours) * 3600)
    assert day_start(day + timedelta(days=1), zone_name) - starts == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("instant", "zone_name", "day"),
    [
        (utc(2025, 7, 1), "UTC", date(2025, 7, 1)),
        (utc(2025, 7, 1) - timedelta(microseconds=1), "UTC", date(2025, 6, 30)),
        (utc(2025, 6, 30, 22), "Europe/Paris", date(2025, 7, 1)),
        (utc(2025, 6, 30, 22) - timedelta(microseconds=1), "Europe/Paris", date(2025, 6, 30)),
        (utc(2025, 7, 1, 3, 59), "America/New_York", date(2025, 6, 30)),
    ],
)
def test_an_instant_falls_on_a_day(instant: datetime, zone_name: str, day: date) -> None:
    assert local_day(instant, zone_name) == day
