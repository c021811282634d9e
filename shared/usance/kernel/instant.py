"""Instants as people and machines write them, and the days they fall on.

An instant is an aware UTC datetime, to the microsecond. Accepted forms: RFC 3339 with any offset,
`YYYY-MM-DD HH:MM:SS` (UTC), and Unix seconds or milliseconds given as numbers.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

_HOUR = r"(?:[01]\d|2[0-3])"
_TEXT = re.compile(
    rf"(\d{{4}}-\d\d-\d\d)[Tt ]({_HOUR}:[0-5]\d:[0-5]\d)(\.\d{{1,6}})?([Zz]|[+-]{_HOUR}:[0-5]\d)?", re.ASCII
)
_FORMS = "an RFC 3339 time such as 2025-07-03T10:00:00Z, YYYY-MM-DD HH:MM:SS (UTC), or Unix seconds or milliseconds"
_OUTSIDE = "lies outside the years 1970 to 9998"
_MILLISECONDS_FROM = 10**11
"""Unix numbers of this size or more are milliseconds: as seconds they would lie past the year 5138."""
_MOST_DECIMALS = 40
"""Decimals, zeros included, up to which a Unix number is looked at: below the precision of the arithmetic."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(9999, 1, 1, tzinfo=UTC)


def parse_instant(value: object) -> datetime:
    """An instant in UTC. Raises ValueError that names the accepted forms.

    More than six decimals of a second are refused, not cut. Years before 1970 and after 9998 are refused.
    """
    if isinstance(value, str):
        instant = _from_text(value)
    elif isinstance(value, int | Decimal) and not isinstance(value, bool):
        instant = _from_number(Decimal(value))
    else:
        raise ValueError(f"is not {_FORMS}")
    if not _EARLIEST <= instant < _LATEST:
        raise ValueError(_OUTSIDE)
    return instant


def _from_text(text: str) -> datetime:
    match = _TEXT.fullmatch(text)
    if not match or (match[4] is None and "T" in text.upper()):
        raise ValueError(f"is not {_FORMS}")
    try:
        instant = datetime.fromisoformat(f"{match[1]}T{match[2]}{match[3] or ''}{(match[4] or 'Z').upper()}")
        return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"is not a real date and time ({_FORMS})") from None


def _from_number(number: Decimal) -> datetime:
    # Compared before anything is computed: arithmetic on 1E+9999999 overflows, on 1E-9999999 it gives zero.
    size = number.copy_abs()
    if not number.is_finite() or size >= 10**15:
        raise ValueError(f"is not {_FORMS}")
    if int(number.as_tuple().exponent) < -_MOST_DECIMALS:
        raise ValueError("is finer than a microsecond")
    microseconds = number * (1_000 if size >= _MILLISECONDS_FROM else 1_000_000)
    if microseconds != int(microseconds):
        raise ValueError("is finer than a microsecond")
    try:
        return _EPOCH + timedelta(microseconds=int(microseconds))
    except OverflowError:
        raise ValueError(_OUTSIDE) from None


def show_instant(instant: datetime) -> str:
    """RFC 3339 in UTC with a Z, with microseconds only when there are any."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


@lru_cache(maxsize=256)
def zone(name: str) -> ZoneInfo:
    """A time zone by its IANA name. Raises ValueError for anything else, paths included."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{name!r} is not an IANA time zone such as Europe/Paris") from None


def local_day(instant: datetime, zone_name: str) -> date:
    """The calendar day an instant falls on in a time zone."""
    if zone_name == "UTC":
        return instant.date()
    return instant.astimezone(zone(zone_name)).date()


@lru_cache(maxsize=4096)
def day_start(day: date, zone_name: str) -> datetime:
    """The instant a day begins in a time zone. A day may have 23 or 25 hours; one that the zone skips begins where
    the next one does."""
    if zone_name == "UTC":
        return datetime(day.year, day.month, day.day, tzinfo=UTC)
    return datetime(day.year, day.month, day.day, tzinfo=zone(zone_name)).astimezone(UTC)
