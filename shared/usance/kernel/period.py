"""Half-open periods of whole days: the start is covered, the end is not.

Documents that people write say `starts_on` and `ends_on`, and there `ends_on` is the last day covered;
`Period.covering` is the one place where that becomes a half-open end.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from usance.kernel.instant import day_start

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Days from `start` up to, but not including, `end`. An end on or before the start raises ValueError."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError(f"a period must end after it starts, and {self.end} is not after {self.start}")

    @classmethod
    def covering(cls, starts_on: date, ends_on: date) -> Period:
        """The period of a first and a last covered day. Raises ValueError when that ends with the calendar itself."""
        if ends_on == date.max:
            raise ValueError(f"the last day must lie before {date.max}; leave it out for a period without end")
        return cls(starts_on, ends_on + ONE_DAY)

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    @property
    def last_day(self) -> date:
        return self.end - ONE_DAY

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end

    def intersect(self, other: Period) -> Period | None:
        """The days of both, None when there are none."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Period(start, end) if start < end else None

    def cut(self, days: Iterable[date]) -> list[Period]:
        """This period cut at the given days (those strictly inside it), in order, without gap or overlap."""
        inner = sorted({day for day in days if self.start < day < self.end})
        bounds = [self.start, *inner, self.end]
        return [Period(start, end) for start, end in pairwise(bounds)]

    def instants(self, zone_name: str) -> tuple[datetime, datetime]:
        """First instant covered and first instant not covered, in UTC."""
        return day_start(self.start, zone_name), day_start(self.end, zone_name)

    def __str__(self) -> str:
        return f"{self.start} to {self.last_day}"
