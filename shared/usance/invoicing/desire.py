"""What has fallen due: every billing period of every item, cut into pieces that are priced by themselves.

A billing period is cut where its price changes, where a window of its tier table or of its commitment ends, and, for
period-of-time items, where its quantity changes. Each piece names the usage that has to be measured for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from usance.catalog.price_needs import meters_of, reset_of
from usance.contract.contract import Contract
from usance.contract.item import Item
from usance.contract.lengths import is_shorter
from usance.contract.schedule import BillingPeriod, billing_periods, recurrence_of
from usance.contract.timeline import ItemTimeline, PriceVersion, Timeline
from usance.kernel.instant import local_day
from usance.kernel.period import Period
from usance.pricing.proration import Proration

_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class UsageWindow:
    """A metric over a piece of a billing period; `start` and `end` are instants, the end not covered. `cycle` is the
    first day of the billing period."""

    item: str
    metric: str
    start: datetime
    end: datetime
    cycle: date | None = None


@dataclass(frozen=True, slots=True)
class FreeWindow:
    """The days of a piece that lie in one window of free units, that window with its days when it is not cut short,
    and the usage of those days; None unless the item is metered."""

    held: Period
    window: Period
    full: Period
    usage: UsageWindow | None


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a billing period with one price and one quantity. `usage` is None for items whose own quantity is not
    measured; `named` are the measured ones of the quantities that the price names."""

    timeline: ItemTimeline
    due: BillingPeriod
    held: Period
    price: PriceVersion
    usage: UsageWindow | None = None
    named: tuple[tuple[str, UsageWindow], ...] = ()
    free: tuple[FreeWindow, ...] = ()

    @property
    def windows(self) -> Iterator[UsageWindow]:
        """All usage that has to be measured for it."""
        if self.usage is not None:
            yield self.usage
        yield from (window for _name, window in self.named)
        if len(self.free) > 1:
            yield from (one.usage for one in self.free if one.usage is not None)


def pieces(timeline: Timeline, today: date, as_of: datetime, zone: str, *, live: bool = False) -> Iterator[Piece]:
    """The pieces of everything that has fallen due by a moment, item by item, in order of time.

    Of usage that is charged as it arrives, what happened by then; with `live`, of all usage.
    """
    for item_timeline in timeline.items:
        begun = live and item_timeline.item.metered
        for due in billing_periods(timeline.contract, item_timeline, today, begun=begun):
            yield from _pieces_of(timeline.contract, item_timeline, due, as_of, zone)


def by_day(contract: Contract, item: Item) -> bool:
    """Whether an item is charged for the time that it is held, rather than in whole periods."""
    return proration_of(contract, item) is not None


def proration_of(contract: Contract, item: Item) -> Proration | None:
    """How an item is prorated; None for not at all."""
    by = item.proration or contract.proration
    return None if by == "none" or not item.prorates else by


def _pieces_of(
    contract: Contract, timeline: ItemTimeline, due: BillingPeriod, as_of: datetime, zone: str
) -> Iterator[Piece]:
    item = timeline.item
    for held in due.service.cut(_cuts(contract, timeline, due.service)):
        price = timeline.price_on(held.start)
        if not item.metered:
            free = _free(contract, timeline, due, held, None)
            yield Piece(timeline, due, held, price, free=free)
            continue
        cycle = due.service.start
        start, end = held.instants(zone)
        if item.as_it_arrives or due.bill_on > local_day(as_of, zone):
            end = min(end, as_of + _INSTANT)
            if end <= start:
                return
        main = None if item.quantity.metric is None else UsageWindow(item.id, item.quantity.metric, start, end, cycle)
        named = tuple(
            (name, UsageWindow(item.id, metric, start, end, cycle))
            for name in meters_of(price.price)
            if (metric := item.metric_of(name)) is not None
        )
        yield Piece(timeline, due, held, price, main, named, _free(contract, timeline, due, held, main, zone))


def _cuts(contract: Contract, timeline: ItemTimeline, service: Period) -> Iterator[date]:
    item, prorated = timeline.item, by_day(contract, timeline.item)
    if item.metered or prorated:
        yield from (version.start for version in timeline.prices)
    if not item.metered and prorated:
        yield from (start for start, _value in timeline.quantities)
    for version in timeline.prices:
        cadence = reset_of(version.price)
        if cadence is not None:
            yield from _boundaries(contract, timeline, service, cadence)
    if item.metered and is_windowed(item):
        yield from _boundaries(contract, timeline, service, item.commitment.cadence)  # type: ignore[union-attr, arg-type]


def is_windowed(item: Item) -> bool:
    """Whether an item's commitment holds for windows shorter than its billing period, each by itself."""
    commitment = item.commitment
    return commitment is not None and commitment.cadence is not None and is_shorter(commitment.cadence, item)


def _boundaries(contract: Contract, timeline: ItemTimeline, service: Period, cadence: str) -> Iterator[date]:
    recurrence = recurrence_of(contract, timeline.item, timeline.start, cadence)
    n = recurrence.index_at(service.start) + 1
    while (boundary := recurrence.boundary(n)) < service.end:
        yield boundary
        n += 1


def _free(
    contract: Contract,
    timeline: ItemTimeline,
    due: BillingPeriod,
    held: Period,
    main: UsageWindow | None,
    zone: str = "",
) -> tuple[FreeWindow, ...]:
    """The windows of free units that a piece lies in; none for an item without free units."""
    terms = timeline.item.free_units
    if terms is None:
        return ()
    if terms.cadence is None:
        return (FreeWindow(held, due.service, due.full, main),)
    recurrence = recurrence_of(contract, timeline.item, timeline.start, terms.cadence)
    life = Period(timeline.start, timeline.end or date.max)
    found = []
    for part in held.cut(_boundaries(contract, timeline, held, terms.cadence)):
        full = recurrence.full_period(part.start)
        usage = None
        if main is not None:
            start, end = part.instants(zone)
            start, end = max(start, main.start), min(end, main.end)
            if end <= start:
                break
            usage = UsageWindow(main.item, main.metric, start, end, main.cycle)
        found.append(FreeWindow(part, full.intersect(life) or full, full, usage))
    return tuple(found)
