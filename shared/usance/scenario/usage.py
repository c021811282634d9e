"""The usage that a scenario knows so far: distinct events, measured window by window, and what is wrong with them.

Copies count once. Of two events with one id and other content the first to arrive is kept and the other is reported,
as ingestion does. Measuring is `metering.aggregate.measure` over the events of the window, and over those before it
when the metric carries over; the answer is kept until more events of the type arrive.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from usance.catalog.metric import Metric
from usance.contract.contract import Contract
from usance.invoicing.desire import UsageWindow
from usance.kernel.instant import day_start, show_instant
from usance.kernel.period import ONE_DAY
from usance.metering.aggregate import Measurement, measure, reads_from
from usance.metering.event import Event, derived_event_id, same_content
from usance.scenario.event import UsageEvent
from usance.scenario.problem import Problem

_Span = tuple[Metric, datetime, datetime]
"""A metric that an item reads, and the instants between which it does."""

Countable = Callable[[UsageWindow, Iterable[Event]], Iterable[Event]]
"""The events that count in a window, of those that lie in it."""

_END: Final = datetime(9999, 1, 1, tzinfo=UTC)


class Usage:
    """Events as they have arrived."""

    def __init__(self, metrics: Mapping[str, Metric], customer: str) -> None:
        self._metrics = metrics
        self._customer = customer
        self._by_id: dict[tuple[str, str], Event] = {}
        self._sorted: dict[str, list[Event]] = {}
        self._arrived: dict[str, int] = {}
        self._measured: dict[UsageWindow, tuple[int, Measurement]] = {}
        types = {metric.event_type for metric in metrics.values()}
        self._only_type = types.pop() if len(types) == 1 else ""

    def arrive(self, events: Iterable[UsageEvent], at: datetime | None) -> list[Problem]:
        """Take in events that arrive at an instant (None: known from the start). Returns what is wrong with them."""
        problems = []
        for written in events:
            event, problem = self._identified(written), None
            known = self._by_id.get((event.event_type, event.id))
            if event.customer != self._customer:
                problem = Problem("unknown_customer", f"there is no customer {event.customer!r} here", at, event.id)
            elif known is None:
                self._take(event)
            elif not same_content(_content(known), _content(event)):
                detail = "another event has this id: the first one is kept"
                problem = Problem("event_conflict", detail, at, event.id)
            elif written.id is None:
                detail = "two events without id say the same: they count once; give them ids if both happened"
                problem = Problem("repeated_event", detail, at, event.id)
            if problem is not None:
                problems.append(problem)
        return problems

    def measure(
        self, windows: Sequence[UsageWindow], countable: Countable | None = None
    ) -> dict[UsageWindow, Measurement]:
        """Measure windows over the events that have arrived, and count in them."""
        return {window: self._measure(window, countable) for window in windows}

    def moments(self, contract: Contract, after: datetime | None, until: datetime) -> set[datetime]:
        """The moments past one and up to another at which usage happens that is charged as it arrives."""
        names = {name for item in contract.all_items if item.as_it_arrives for name in item.meters}
        return {
            event.timestamp
            for event_type in {self._metrics[name].event_type for name in names}
            for event in self._events(event_type)
            if event.timestamp <= until and (after is None or event.timestamp > after)
        }

    def problems(self, contract: Contract, zone: str) -> list[Problem]:
        """Events that nothing measures: outside of the contract, of no metric's type, without a value."""
        spans: dict[str, list[_Span]] = {}
        for item in contract.all_items:
            last = item.ends_on or contract.ends_on
            end = _END if last is None else day_start(last + ONE_DAY, zone)
            for name in item.meters:
                metric = self._metrics[name]
                # Events before the start count too where something is carried over from them.
                start = reads_from(metric, day_start(item.starts_on or contract.starts_on, zone))
                spans.setdefault(metric.event_type, []).append((metric, start, end))
        problems: dict[Problem, None] = {}
        for event_type in sorted(self._arrived):
            covered = spans.get(event_type, [])
            problems.update(dict.fromkeys(_outside(event_type, self._events(event_type), covered)))
            problems.update(dict.fromkeys(self._unmeasurable(covered)))
        return list(problems)

    def _unmeasurable(self, spans: Sequence[_Span]) -> Iterable[Problem]:
        for metric, start, end in spans:
            for one in measure(metric, self._between(metric.event_type, start, end), start, end).unmeasurable:
                detail = f"{one.fault.pointer} {one.fault.detail}"
                yield Problem("unmeasurable_event", detail, one.timestamp, one.id)

    def _identified(self, written: UsageEvent) -> Event:
        customer = self._customer if written.customer is None else written.customer
        event_type = self._only_type if written.event_type is None else written.event_type
        name = written.id or derived_event_id(customer, written.timestamp, written.data, "")
        return Event(name, event_type, customer, written.timestamp, written.data)

    def _take(self, event: Event) -> None:
        self._by_id[event.event_type, event.id] = event
        self._arrived[event.event_type] = self._arrived.get(event.event_type, 0) + 1
        self._sorted.pop(event.event_type, None)

    def _events(self, event_type: str) -> list[Event]:
        events = self._sorted.get(event_type)
        if events is None:
            events = [event for event in self._by_id.values() if event.event_type == event_type]
            events.sort(key=_by_time)
            self._sorted[event_type] = events
        return events

    def _measure(self, window: UsageWindow, countable: Countable | None) -> Measurement:
        metric = self._metrics[window.metric]
        arrived = self._arrived.get(metric.event_type, 0)
        known = self._measured.get(window) if countable is None else None
        if known is not None and known[0] == arrived:
            return known[1]
        events: Iterable[Event] = self._between(metric.event_type, reads_from(metric, window.start), window.end)
        if countable is not None:
            return measure(metric, countable(window, events), window.start, window.end)
        measurement = measure(metric, events, window.start, window.end)
        self._measured[window] = (arrived, measurement)
        return measurement

    def _between(self, event_type: str, start: datetime, end: datetime) -> list[Event]:
        events = self._events(event_type)
        return events[bisect_left(events, start, key=_by_time) : bisect_left(events, end, key=_by_time)]


def _outside(event_type: str, events: Iterable[Event], spans: Sequence[_Span]) -> Iterable[Problem]:
    for event in events:
        at = event.timestamp
        if not spans:
            yield Problem("unread_event_type", f"no item's metric reads events of {event_type!r}", at, event.id)
        elif not any(start <= at < end for _metric, start, end in spans):
            detail = f"lies outside of the days that the contract measures events of {event_type!r} on"
            yield Problem("out_of_contract", f"{show_instant(at)} {detail}", at, event.id)


def _by_time(event: Event) -> datetime:
    return event.timestamp


def _content(event: Event) -> tuple[str, datetime, Mapping[str, Any]]:
    return event.customer, event.timestamp, event.data
