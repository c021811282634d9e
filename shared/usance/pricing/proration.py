"""Proration: the part of a charge for a full cycle that falls to some of its days.

    day         days held / days of the full cycle, in the contract's zone
    second      seconds held / seconds of the full cycle: days of 23 and 25 hours weigh what they last
    thirty_360  days held / days of the full cycle, where every month has 30 days (30E/360)

The full cycle is the one that contains the days. The divisor of an opening stub is therefore the cycle that ends at the
first boundary, that of a closing stub the one that starts at the last.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Final, Literal

from usance.kernel.derivation import Derivation, derived, given
from usance.kernel.period import Period

Proration = Literal["day", "second", "thirty_360"]

_SECOND: Final = timedelta(seconds=1)


def prorate(charge: Derivation, held: Period, full: Period, by: Proration = "day", zone: str = "UTC") -> Derivation:
    """The share of a full cycle's charge for the days held; the charge itself when they are the whole cycle."""
    measure = _MEASURES[by]
    part, whole = measure(held, zone), measure(full, zone)
    if part == whole:
        return charge
    unit = "seconds" if by == "second" else "days"
    return derived(
        "share",
        f"{part} of {whole} {unit}",
        charge,
        given(f"{unit} held, {held}", part),
        given(f"{unit} of the full cycle, {full}", whole),
    )


def _days(period: Period, _zone: str) -> int:
    return period.days


def _seconds(period: Period, zone: str) -> int:
    start, end = period.instants(zone)
    return (end - start) // _SECOND


def _thirty_360(period: Period, _zone: str) -> int:
    return _day_number(period.end) - _day_number(period.start)


def _day_number(day: date) -> int:
    return 360 * day.year + 30 * day.month + min(day.day, 30)


_MEASURES: Final[dict[Proration, Callable[[Period, str], int]]] = {
    "day": _days,
    "second": _seconds,
    "thirty_360": _thirty_360,
}
