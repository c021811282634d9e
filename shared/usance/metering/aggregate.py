"""What a metric makes of events: the quantity, the events it came from, and those that could not be measured.

Sums are exact, so the order in which events come does not matter. An event that passes the filter and has no value
that can be read is never dropped in silence: it is listed with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from usance.catalog.metric import Aggregate, Metric
from usance.kernel.amount import ONE, ZERO, exact
from usance.kernel.errors import Fault
from usance.metering.event import Event
from usance.metering.filter import passes


@dataclass(frozen=True, slots=True)
class Measured:
    """One event and the value that the metric took from it."""

    id: str
    timestamp: datetime
    value: Decimal
    customer: str


@dataclass(frozen=True, slots=True)
class Unmeasurable:
    """One event that the metric should have taken a value from and could not."""

    id: str
    timestamp: datetime
    customer: str
    fault: Fault


@dataclass(frozen=True, slots=True)
class Measurement:
    """The quantity of a window and every event behind it, by time and id."""

    quantity: Decimal
    events: tuple[Measured, ...]
    unmeasurable: tuple[Unmeasurable, ...] = ()

    @property
    def count(self) -> int:
        """How many events were measured."""
        return len(self.events)


def measure(metric: Metric, events: Iterable[Event], start: datetime, end: datetime) -> Measurement:
    """The metric over the events with start <= timestamp < end. Events must be distinct by id (see `fold`).

    Events of other types are passed over. Nothing to measure gives zero.
    """
    measured: list[Measured] = []
    unmeasurable: list[Unmeasurable] = []
    for event in events:
        if event.event_type != metric.event_type or not start <= event.timestamp < end:
            continue
        if not passes(event.data, metric.filter):
            continue
        value = _value(metric, event)
        if isinstance(value, Fault):
            unmeasurable.append(Unmeasurable(event.id, event.timestamp, event.customer, value))
        else:
            measured.append(Measured(event.id, event.timestamp, value, event.customer))
    measured.sort(key=lambda one: (one.timestamp, one.id))
    unmeasurable.sort(key=lambda one: (one.timestamp, one.id))
    return Measurement(_AGGREGATES[metric.aggregate](measured), tuple(measured), tuple(unmeasurable))


def _value(metric: Metric, event: Event) -> Decimal | Fault:
    if metric.field is None:
        return ONE
    pointer = f"/data/{metric.field}"
    value = event.data.get(metric.field)
    if value is None:
        return Fault(pointer, "missing", f"has no {metric.field}, which the metric needs")
    try:
        return exact(value)
    except ValueError as error:
        return Fault(pointer, "not_a_number", str(error))


def _count(measured: Sequence[Measured]) -> Decimal:
    return Decimal(len(measured))


def _sum(measured: Sequence[Measured]) -> Decimal:
    return sum((one.value for one in measured), ZERO)


_AGGREGATES: dict[Aggregate, Callable[[Sequence[Measured]], Decimal]] = {Aggregate.COUNT: _count, Aggregate.SUM: _sum}
