"""What a metric makes of events: the quantity, the events it came from, and those that could not be measured.

Everything is put in order of time and id first, so the order in which events come does not matter. An event that
passes the filter and has no value that can be read is never dropped in silence: it is listed with the reason.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from usance.catalog.metric import ADDITIVE, Metric
from usance.kernel.errors import Fault
from usance.metering.event import Event
from usance.metering.filter import predicate
from usance.metering.formulas import FORMULAS, Readings
from usance.metering.measured import Measured, MeasuredGroup, Measurement, Unmeasurable
from usance.metering.value import dimension_text, value_of

__all__ = ["Measured", "MeasuredGroup", "Measurement", "Unmeasurable", "is_additive", "measure", "reads_from"]

_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)


def is_additive(metric: Metric) -> bool:
    """Whether splitting a window splits the quantity, whatever the events: so for sums and counts."""
    return metric.aggregate in ADDITIVE


def reads_from(metric: Metric, start: datetime) -> datetime:
    """The instant from which events are needed to measure a window: the earliest there is for one that carries over."""
    return _BEGINNING if metric.carry_over else start


def measure(metric: Metric, events: Iterable[Event], start: datetime, end: datetime) -> Measurement:
    """The metric over the events with start <= timestamp < end. Events must be distinct by id (see `fold`).

    A metric that carries over also needs all events before the start (`reads_from`); for others they are passed over,
    as events of other types are.
    """
    measured: list[Measured] = []
    unmeasurable: list[Unmeasurable] = []
    earliest, wanted = reads_from(metric, start), predicate(metric.filter)
    for event in events:
        if event.event_type != metric.event_type or not earliest <= event.timestamp < end or not wanted(event.data):
            continue
        value = value_of(metric, event.data)
        if not isinstance(value, Fault):
            measured.append(Measured(event.id, event.timestamp, value, event.customer, event.data))
        elif event.timestamp >= start:
            unmeasurable.append(Unmeasurable(event.id, event.timestamp, event.customer, value))
    measured.sort(key=_by_time_and_id)
    unmeasurable.sort(key=_by_time_and_id)
    readings = _readings(metric, measured, start, end)
    groups = tuple(_groups(metric, measured, start, end)) if metric.dimensions else ()
    quantity = FORMULAS[metric.aggregate](readings)
    return Measurement(quantity, tuple(readings.within), tuple(unmeasurable), groups)


def _groups(metric: Metric, measured: Sequence[Measured], start: datetime, end: datetime) -> Iterator[MeasuredGroup]:
    """The parts by dimension values. One without events in the window is there only while something is carried."""
    parts: dict[tuple[str, ...], list[Measured]] = {}
    for one in measured:
        parts.setdefault(tuple(dimension_text(one.data.get(name)) for name in metric.dimensions), []).append(one)
    for values, part in sorted(parts.items()):
        readings = _readings(metric, part, start, end)
        quantity = FORMULAS[metric.aggregate](readings)
        if quantity or readings.within:
            named = dict(zip(metric.dimensions, values, strict=True))
            yield MeasuredGroup(named, quantity, tuple(readings.within))


def _readings(metric: Metric, ordered: Sequence[Measured], start: datetime, end: datetime) -> Readings:
    first = bisect_left(ordered, start, key=_time)
    return Readings(metric, start, end, ordered[:first], ordered[first:])


def _time(one: Measured) -> datetime:
    return one.timestamp


def _by_time_and_id(one: Measured | Unmeasurable) -> tuple[datetime, str]:
    return one.timestamp, one.id
