"""What falls due when: the service periods of an item and the day each is billed on.

In advance an item is billed on the first day of a period, in arrears on the day after its last. Usage that is charged
as it arrives is billed from the first day of its period on, and closed on the day after the last. Windows of
commitments are closed when they end. Cycles are anchored: on the item's anchor, else the contract's, else the item's
start. What lies between the start and the first boundary is an opening stub, what lies between the last boundary and
the end a closing one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice, takewhile

from usance.contract.contract import Contract
from usance.contract.item import Item
from usance.contract.lengths import DEFAULT_CADENCE
from usance.contract.scope import Scope, scopes
from usance.contract.timeline import ItemTimeline, Timeline
from usance.kernel.period import ONE_DAY, Period
from usance.kernel.recurrence import Cadence, Recurrence


@dataclass(frozen=True, slots=True)
class BillingPeriod:
    """A service period of an item, the full cycle that its proration is measured by, and the day it falls due."""

    service: Period
    full: Period
    bill_on: date


def billing_periods(
    contract: Contract, timeline: ItemTimeline, until: date, *, begun: bool = False
) -> Iterator[BillingPeriod]:
    """The periods of an item that fall due on or before a day, in order; with `begun`, those that begin by then too."""
    for period in _all_periods(contract, timeline):
        if period.bill_on > until and not (begun and period.service.start <= until):
            return
        yield period


def due_days(timeline: Timeline, after: date, until: date) -> list[date]:
    """The days past `after` and up to `until` on which anything of a contract falls due, in order."""
    due = {day for days in _all_days(timeline) for day in takewhile(lambda day: day <= until, days) if day > after}
    return sorted(due | {day for day in timeline.steps if after < day <= until})


def next_due(timeline: Timeline, after: date) -> date | None:
    """The first day after `after` on which anything of a contract falls due; None when nothing ever will."""
    days = [day for day in timeline.steps if day > after][:1]
    for due in _all_days(timeline):
        days += islice((day for day in due if day > after), 1)
    return min(days, default=None)


def _all_days(timeline: Timeline) -> Iterator[Iterator[date]]:
    """Days in order: of each item, and on which each commitment's windows end."""
    contract = timeline.contract
    for item in timeline.items:
        yield _due_days(contract, item)
        if item.item.commitment is not None and item.item.commitment.cadence is not None:
            windows = item_windows(contract, item, item.item.commitment.cadence)
            yield (window.end for window in windows)
    for scope in scopes(contract):
        if scope.commitment is not None:
            yield _closing_days(scope, scope.commitment.cadence)


def _closing_days(scope: Scope, cadence: str | None) -> Iterator[date]:
    return (scope.due_day(cadence, window) for window in scope.windows(cadence))


def item_windows(contract: Contract, timeline: ItemTimeline, cadence: str) -> Iterator[Period]:
    """The windows of an item's modifier from its start on, cut to its life."""
    return recurrence_of(contract, timeline.item, timeline.start, cadence).periods(timeline.start, timeline.end)


def _due_days(contract: Contract, timeline: ItemTimeline) -> Iterator[date]:
    """The days on which an item falls due, and those on which it is closed, in order."""
    if not timeline.item.as_it_arrives:
        yield from (period.bill_on for period in _all_periods(contract, timeline))
        return
    for period in _all_periods(contract, timeline):
        yield period.bill_on
        yield period.service.end


def _all_periods(contract: Contract, timeline: ItemTimeline) -> Iterator[BillingPeriod]:
    item, billing = timeline.item, timeline.item.billing
    if billing.once_on is not None:
        once = Period(billing.once_on, billing.once_on + ONE_DAY)
        yield BillingPeriod(once, once, once.start if item.in_advance else once.end)
        return
    recurrence = recurrence_of(contract, item, timeline.start)
    for service in recurrence.periods(timeline.start, timeline.end):
        yield BillingPeriod(service, recurrence.full_period(service.start), _due(item, service))


def _due(item: Item, service: Period) -> date:
    return service.start if item.in_advance else service.end


def recurrence_of(contract: Contract, item: Item, start: date, cadence: str | None = None) -> Recurrence:
    """The boundaries of an item's billing, or, with a cadence, of another recurrence with the same anchor."""
    anchor = item.billing.anchor if item.billing.anchor is not None else contract.anchor
    parsed = Cadence.parse(cadence or item.billing.every or DEFAULT_CADENCE)
    last_day = item.billing.last_day_of_month
    if isinstance(anchor, int):
        return Recurrence(start, parsed, last_day, anchor)
    return Recurrence(anchor or start, parsed, last_day)
