"""Anchored recurrence: the n-th boundary is computed from the anchor, never from the boundary before it.

So day 31 clamps to a month's end and returns to 31, and 29 February returns in leap years. Cadences are ISO 8601
periods of whole days, weeks, months or years.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from usance.kernel.period import Period

_CADENCE = re.compile(r"P([1-9]\d{0,3})([DWMY])", re.ASCII)
_MOST_YEARS = 100


@dataclass(frozen=True, slots=True)
class Cadence:
    """Every `days` days or every `months` months; exactly one of the two is positive."""

    days: int
    months: int

    @classmethod
    @lru_cache(maxsize=256)
    def parse(cls, text: str) -> Cadence:
        """P1D, P2W, P1M, P3M, P1Y and the like. Raises ValueError for zero, mixed forms and more than a century."""
        match = _CADENCE.fullmatch(text)
        if not match:
            raise ValueError(f"{text!r} is not a cadence such as P1M, P3M, P1Y, P2W or P10D")
        count, unit = int(match[1]), match[2]
        days = {"D": count, "W": 7 * count}.get(unit, 0)
        months = {"M": count, "Y": 12 * count}.get(unit, 0)
        if days > 366 * _MOST_YEARS or months > 12 * _MOST_YEARS:
            raise ValueError(f"{text} is longer than {_MOST_YEARS} years")
        return cls(days, months)

    def __str__(self) -> str:
        if self.days:
            return f"P{self.days}D"
        return f"P{self.months // 12}Y" if self.months % 12 == 0 else f"P{self.months}M"


@dataclass(frozen=True, slots=True)
class Recurrence:
    """Boundaries every `cadence` in both directions from `anchor`.

    With `last_day` each lies on its month's end; with `day` (1 to 31) on that day of the months counted from the
    anchor's, clamped where a month is shorter. Cadences of days know neither.
    """

    anchor: date
    cadence: Cadence
    last_day: bool = False
    day: int | None = None

    def boundary(self, n: int) -> date:
        """The n-th boundary; the anchor's is number 0, negative numbers lie before it.

        Raises ValueError or OverflowError outside the years 1 to 9999."""
        if self.cadence.days:
            return self.anchor + timedelta(days=n * self.cadence.days)
        month = self.anchor.year * 12 + self.anchor.month - 1 + n * self.cadence.months
        year, month = month // 12, month % 12 + 1
        day = 31 if self.last_day else self.day or self.anchor.day
        return date(year, month, day if day <= 28 else min(day, monthrange(year, month)[1]))

    def index_at(self, day: date) -> int:
        """Number of the last boundary on or before a day."""
        if self.cadence.days:
            return (day - self.anchor).days // self.cadence.days
        months = (day.year - self.anchor.year) * 12 + day.month - self.anchor.month
        n = months // self.cadence.months
        return n if self.boundary(n) <= day else n - 1

    def full_period(self, day: date) -> Period:
        """The full cycle that contains a day."""
        n = self.index_at(day)
        return Period(self.boundary(n), self.boundary(n + 1))

    def periods(self, within_start: date, within_end: date | None) -> Iterator[Period]:
        """Service periods from a start on, cut to the end when there is one: an opening stub, cycles, a closing stub.

        Without an end this goes on until the calendar ends; take what is needed. A cycle that would outlast the
        calendar ends with it.
        """
        end = date.max if within_end is None else within_end
        n = self.index_at(within_start)
        start = within_start
        while start < end:
            n += 1
            boundary = min(self._boundary_or_last_day(n), end)
            yield Period(start, boundary)
            start = boundary

    def _boundary_or_last_day(self, n: int) -> date:
        try:
            return self.boundary(n)
        except (ValueError, OverflowError):
            return date.max
