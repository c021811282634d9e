"""Days, cycles and windows for the slow rater, found by looking at one day after another."""

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache

DAY = timedelta(days=1)
LENGTHS = {"D": 1, "W": 7, "M": 30, "Y": 365}


def instant(text):
    return datetime.fromisoformat(text)


def length(cadence):
    """Days of a cadence, near enough to say which of two is shorter."""
    return int(cadence[1:-1]) * LENGTHS[cadence[-1]]


@dataclass(frozen=True)
class Grid:
    """Where days are cut: every so often from an anchor, which is a date or a day of the start's month."""

    start: date
    every: str
    anchor: date | int
    last_day: bool = False

    def of(self, cadence):
        """The same grid with another cadence."""
        return replace(self, every=cadence or self.every)

    def is_boundary(self, day):
        count, unit = int(self.every[1:-1]), self.every[-1]
        if unit in "DW":
            origin = self.start if isinstance(self.anchor, int) else self.anchor
            return (day - origin).days % (count * LENGTHS[unit]) == 0
        origin, wanted = (self.start, self.anchor) if isinstance(self.anchor, int) else (self.anchor, self.anchor.day)
        months = (day.year - origin.year) * 12 + day.month - origin.month
        last = monthrange(day.year, day.month)[1]
        return (
            day.day == (last if self.last_day else min(wanted, last))
            and months % (count * (12 if unit == "Y" else 1)) == 0
        )

    def window(self, day):
        """(first day, day after the last) of the whole window that a day lies in."""
        return _window(self, day)


@lru_cache(maxsize=100_000)
def _window(grid, day):
    first, end = day, day + DAY
    while not grid.is_boundary(first):
        first -= DAY
    while not grid.is_boundary(end):
        end += DAY
    return first, end


def days_of(first, last):
    day = first
    while day <= last:
        yield day
        day += DAY


def runs(days, name):
    """Days in a row for which `name` says the same."""
    found, before = [], None
    for day in days:
        here = name(day)
        if not found or here != before:
            found.append([])
        found[-1].append(day)
        before = here
    return found


def item_grid(contract, item):
    billing = item.get("billing", {})
    start = first_day(contract, item)
    anchor = billing.get("anchor", contract.get("anchor", start.isoformat()))
    return Grid(
        start,
        billing.get("every", "P1M"),
        anchor if isinstance(anchor, int) else date.fromisoformat(anchor),
        billing.get("last_day_of_month", False),
    )


def first_day(contract, item):
    return date.fromisoformat(item.get("starts_on", contract["starts_on"]))


def last_day(contract, item):
    return date.fromisoformat(item.get("ends_on", contract["ends_on"]))
