"""What each aggregate makes of readings: one function with one formula each.

Readings are in order of time and id. All arithmetic is exact; what divides is rounded once, to a quantity's decimals.
Nothing to measure gives zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import chain
from typing import Final

from usance.catalog.metric import Aggregate, Metric
from usance.kernel.amount import MAX_DECIMALS, ZERO, to_quantity
from usance.metering.measured import Measured
from usance.metering.value import distinct_value, removes

_MICROSECOND: Final = timedelta(microseconds=1)
_UNITS: Final = 10**MAX_DECIMALS
"""Of which a value is a whole number."""
_PER: Final[Mapping[str, timedelta]] = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
}


@dataclass(frozen=True, slots=True)
class Readings:
    """What is measured: readings with start <= timestamp < end and, when the metric carries over, those before."""

    metric: Metric
    start: datetime
    end: datetime
    before: Sequence[Measured]
    within: Sequence[Measured]

    @property
    def held(self) -> Sequence[Measured]:
        """The readings within, led by the latest one before: what it says holds on."""
        return (*self.before[-1:], *self.within)


def count(readings: Readings) -> Decimal:
    """n: how many events there are."""
    return Decimal(len(readings.within))


def total(readings: Readings) -> Decimal:
    """v1 + v2 + … + vn."""
    return sum((one.value for one in readings.within), ZERO)


def largest(readings: Readings) -> Decimal:
    """max(v1, …, vn); carried over, the value that held at the start is among them."""
    return max((one.value for one in readings.held), default=ZERO)


def smallest(readings: Readings) -> Decimal:
    """min(v1, …, vn); carried over, the value that held at the start is among them."""
    return min((one.value for one in readings.held), default=ZERO)


def average(readings: Readings) -> Decimal:
    """(v1 + … + vn) / n, to 12 decimals."""
    if not readings.within:
        return ZERO
    return to_quantity(Fraction(total(readings)) / len(readings.within))


def latest(readings: Readings) -> Decimal:
    """vn: the value of the latest event, of several at one instant the one whose id sorts last."""
    return readings.held[-1].value if readings.held else ZERO


def percentile(readings: Readings) -> Decimal:
    """The nearest rank: the k-th smallest value, k = p/100 x n rounded up. Always a value that was sent."""
    values = sorted(one.value for one in readings.within)
    if not values:
        return ZERO
    rank = Fraction(readings.metric.rank) * len(values) / 100
    return values[-(-rank.numerator // rank.denominator) - 1]


def weighted_sum(readings: Readings) -> Decimal:
    """Each level times the time it was held, over the unit of time, to 12 decimals.

    A value is a change of the level at its instant: with instants t1 … tn, level Li = L0 + v1 + … + vi and t(n+1) the
    end, the quantity is (L0 x (t1 - start) + L1 x (t2 - t1) + … + Ln x (end - tn)) / unit. L0 is the sum of all
    changes before the start when the metric carries over, else zero. The unit is that of `per`, or the whole window.
    """
    window = readings.end - readings.start
    if not window:
        return ZERO
    # In whole units and microseconds, so that nothing is rounded before the end. A change counts until the end.
    held = sum(_units(one) for one in readings.before) * (window // _MICROSECOND)
    held += sum(_units(one) * ((readings.end - one.timestamp) // _MICROSECOND) for one in readings.within)
    unit = _PER.get(readings.metric.per or "period", window)
    return to_quantity(Fraction(held, _UNITS * (unit // _MICROSECOND)))


def unique(readings: Readings) -> Decimal:
    """How many distinct values the field has.

    Carried over, events add and remove: it is how many values were live at some time in the window, those that were
    live at its start included. What counts is how an instant leaves a value: one that is removed at the instant it
    was added, or at the start, was not live.
    """
    name = readings.metric.field or ""
    if not readings.metric.carry_over:
        return Decimal(len({distinct_value(one.data[name]) for one in readings.within}))
    live: dict[tuple[object, datetime], bool] = {}
    for one in chain(readings.before, readings.within):
        live[distinct_value(one.data[name]), max(one.timestamp, readings.start)] = not removes(one.data)
    return Decimal(len({value for (value, _at), alive in live.items() if alive}))


def _units(one: Measured) -> int:
    return int(one.value.scaleb(MAX_DECIMALS))


FORMULAS: Final[Mapping[Aggregate, Callable[[Readings], Decimal]]] = {
    Aggregate.COUNT: count,
    Aggregate.SUM: total,
    Aggregate.MAX: largest,
    Aggregate.MIN: smallest,
    Aggregate.AVERAGE: average,
    Aggregate.UNIQUE: unique,
    Aggregate.LATEST: latest,
    Aggregate.WEIGHTED_SUM: weighted_sum,
    Aggregate.PERCENTILE: percentile,
}
