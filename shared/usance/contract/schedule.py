"""What falls due when: the service periods of an item and the day each is billed on.

In advance an item is billed on the first day of a period, in arrears on the day after its last. Cycles are anchored:
on the item's anchor, else the contract's, else the item's start. What lies between the start and the first boundary
is an opening stub, what lies between the last boundary and the end a closing one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from usance.contract.contract import Contract, Item
from usance.contract.timeline import ItemTimeline, Timeline
from usance.kernel.period import ONE_DAY, Period
from usance.kernel.recurrence import Cadence, Recurrence

DEFAULT_CADENCE: Final = "P1M"


@dataclass(frozen=True, slots=True)
class BillingPeriod:
    """A service period of an item, the full cycle that its proration is measured by, and the day it falls due."""

    service: Period
    full: Period
    bill_on: date


def billing_periods(contract: Contract, timeline: ItemTimeline, until: date) -> Iterator[BillingPeriod]:
    """The periods of an item that fall due on or before a day, in order."""
    for period in _all_periods(contract, timeline):
        if period.bill_on > until:
            return
        yield period


def due_days(timeline: Timeline, after: date, until: date) -> list[date]:
    """The days past `after` and up to `until` on which anything of a contract falls due, in order."""
    due = {
        period.bill_on
        for item in timeline.items
        for period in billing_periods(timeline.contract, item, until)
        if period.bill_on > after
    }
    return sorted(due | {day for day in timeline.steps if after < day <= until})


def next_due(timeline: Timeline, after: date) -> date | None:
    """The first day after `after` on which anything of a contract falls due; None when nothing ever will."""
    days = [day for day in timeline.steps if day > after][:1]
    for item in timeline.items:
        for period in _all_periods(timeline.contract, item):
            if period.bill_on > after:
                days.append(period.bill_on)
                break
    return min(days, default=None)


def _all_periods(contract: Contract, timeline: ItemTimeline) -> Iterator[BillingPeriod]:
    item, billing = timeline.item, timeline.item.billing
    if billing.once_on is not None:
        once = Period(billing.once_on, billing.once_on + ONE_DAY)
        yield BillingPeriod(once, once, once.start if item.in_advance else once.end)
        return
    recurrence = _recurrence(contract, item, timeline.start)
    for service in recurrence.periods(timeline.start, timeline.end):
        yield BillingPeriod(service, recurrence.full_period(service.start), _due(item, service))


def _due(item: Item, service: Period) -> date:
    return service.start if item.in_advance else service.end


def _recurrence(contract: Contract, item: Item, start: date) -> Recurrence:
    anchor = item.billing.anchor if item.billing.anchor is not None else contract.anchor
    cadence = Cadence.parse(item.billing.every or DEFAULT_CADENCE)
    last_day = item.billing.last_day_of_month
    if isinstance(anchor, int):
        return Recurrence(start, cadence, last_day, anchor)
    return Recurrence(anchor or start, cadence, last_day)
