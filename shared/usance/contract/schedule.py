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
    for scope in scopes(timeline.contract):
        due |= {day for _window, day in commitment_windows(timeline, scope, until) if after < day <= until}
    return sorted(due | {day for day in timeline.steps if after < day <= until})


def next_due(timeline: Timeline, after: date) -> date | None:
    """The first day after `after` on which anything of a contract falls due; None when nothing ever will."""
    days = [day for day in timeline.steps if day > after][:1]
    for due in _all_days(timeline):
        days += islice((day for day in due if day > after), 1)
    for scope in scopes(timeline.contract):
        days += _next_closing(timeline, scope, after)
    return min(days, default=None)


def _all_days(timeline: Timeline) -> Iterator[Iterator[date]]:
    """Days in order: of each item, and on which the windows of its commitment end."""
    contract = timeline.contract
    for item in timeline.items:
        yield _due_days(contract, item)
        if item.item.commitment is not None and item.item.commitment.cadence is not None:
            windows = item_windows(contract, item, item.item.commitment.cadence)
            yield (window.end for window in windows)


def commitment_windows(timeline: Timeline, scope: Scope, until: date | None = None) -> Iterator[tuple[Period, date]]:
    """The windows of a scope's commitment that begin by a day, and the day on which each is due.

    A window is due when everything that begins in it is: on the last day on which any of that is billed, and where an
    item bills several times in it, is metered, or none bills at all, not before its end.
    """
    if scope.commitment is None:
        return
    names = {item.id for item in scope.items}
    begun = [
        _Begun(item.item, _all_periods(timeline.contract, item)) for item in timeline.items if item.item.id in names
    ]
    for window in scope.windows(scope.commitment.cadence):
        if until is not None and window.start > until:
            return
        found = [(one.item, one.take(window.end)) for one in begun]
        days = [period.bill_on for _item, periods in found for period in periods]
        whole = bool(days) and all(len(periods) <= 1 and not (item.metered and periods) for item, periods in found)
        yield window, max(days) if whole else max([window.end, *days])


def _next_closing(timeline: Timeline, scope: Scope, after: date) -> list[date]:
    """The first day after another on which a window of a scope's commitment is due; nothing when none will be."""
    best: date | None = None
    for window, day in commitment_windows(timeline, scope):
        if best is not None and window.start > best:
            break
        if day > after and (best is None or day < best):
            best = day
    return [] if best is None else [best]


class _Begun:
    """The billing periods of an item, taken in order of their first day."""

    def __init__(self, item: Item, periods: Iterator[BillingPeriod]) -> None:
        self.item = item
        self._periods = periods
        self._next = next(periods, None)

    def take(self, before: date) -> list[BillingPeriod]:
        """Those that begin before a day and were not taken yet."""
        found = []
        while self._next is not None and self._next.service.start < before:
            found.append(self._next)
            self._next = next(self._periods, None)
        return found


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
