"""Grants from what contracts promise and what people give by hand.

| given on | when |
|---|---|
| creation | at the start of what grants it |
| approval | at the start of each billing period whose invoice is issued |
| payment | at the instant at which the invoice of a billing period was paid |

With `every`, what was given on creation is given again until the end of the contract or item, and what was given with
an invoice until the end of the period that it bills: an annual invoice may give credits each month. What is paid for
after that end is given once. With `expires_after` each giving expires by itself, unless it is given again before that
and rolls over.

A feature is had for as long as what gives it: the contract, the item, or the period whose invoice gave it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, takewhile

from usance.catalog.entitlement import ManualGrant
from usance.catalog.modifiers import GrantTerms, Rollover
from usance.credits.grant import END_OF_TIME, Grant, Kept, Recurring
from usance.kernel.amount import ZERO
from usance.kernel.instant import day_start, local_day
from usance.kernel.period import ONE_DAY, Period
from usance.kernel.recurrence import Cadence, Recurrence
from usance.pricing.free_units import by_days


@dataclass(frozen=True, slots=True)
class Sold:
    """A billing period of what grants: when it starts and ends, and since when its invoice is issued and paid."""

    cycle_start: datetime
    issued_at: datetime | None = None
    paid_at: datetime | None = None
    cycle_end: datetime | None = None
    service: Period | None = None
    """Its days, and those of the full billing period; both needed for what is prorated."""
    full: Period | None = None


def grants_from(
    terms: GrantTerms,
    *,
    id_prefix: str,
    start: datetime,
    end: datetime | None,
    zone: str,
    until: datetime,
    sold: Sequence[Sold] = (),
    windows: Recurrence | None = None,
) -> tuple[Grant, ...]:
    """The grants that terms have given by an instant, or will give by then.

    `start` and `end` are the contract's or item's; `windows` are what `prorate_stub` on creation is cut by. Ids begin
    with `id_prefix` and never change as time goes on.
    """
    grant = Grant(
        id_prefix,
        terms.entitlement,
        terms.type,
        terms.amount or ZERO,
        start,
        terms.priority,
        rollover=_kept(terms.rollover),
        unit=terms.unit,
        label=terms.label,
        source=id_prefix,
    )
    given = _Given(_cadence(terms.every), _cadence(terms.expires_after), zone, until)
    if terms.on == "creation":
        if windows is not None and terms.prorate_stub:
            days = windows.periods(local_day(start, zone), None if end is None else local_day(end, zone))
            return tuple(given.by_days(grant, terms, days, windows))
        return tuple(given.of(grant, start, end))
    found: list[Grant] = []
    for period in sorted(sold, key=lambda period: period.cycle_start):
        since = period.issued_at if terms.on == "approval" else period.paid_at
        if since is not None:
            at = period.cycle_start if terms.on == "approval" else since
            cycle = local_day(period.cycle_start, zone)
            dated = replace(grant, id=f"{id_prefix}/{cycle}", effective_at=at, cycle=cycle)
            found += given.sold(dated, terms, period, end)
    return tuple(found)


def manual_grants(
    document: ManualGrant, *, id_prefix: str, recorded_at: datetime, zone: str, until: datetime
) -> tuple[Grant, ...]:
    """The grants that one given by hand has made by an instant, or will make by then; none when it
    expires before it is usable. Days are cut in the zone."""
    at = document.effective_at or recorded_at
    if document.effective_on is not None:
        at = day_start(document.effective_on, zone)
    ends = document.expires_at
    if document.expires_on is not None:
        ends = day_start(document.expires_on + ONE_DAY, zone)
    if ends is not None and ends <= at:
        return ()
    grant = Grant(
        id_prefix,
        document.entitlement,
        document.type,
        document.amount or ZERO,
        at,
        document.priority,
        ends,
        rollover=_kept(document.rollover),
        unit=document.unit,
        label=document.label,
        source=id_prefix,
    )
    given = _Given(_cadence(document.every), _cadence(document.expires_after), zone, until)
    return tuple(given.of(grant, at, ends))


@dataclass(frozen=True, slots=True)
class _Given:
    """How often something is given and how long each giving lasts."""

    every: Cadence | None
    lasts: Cadence | None
    zone: str
    until: datetime

    def sold(self, grant: Grant, terms: GrantTerms, period: Sold, end: datetime | None) -> Iterator[Grant]:
        """What the invoice of a billing period gives."""
        service, full = period.service, period.full
        late = period.cycle_end is not None and grant.effective_at >= period.cycle_end
        if not terms.prorate_stub or service is None or full is None or late:
            return self.of(grant, grant.effective_at, period.cycle_end or end)
        if self.every is None:
            amount = by_days(grant.amount, service, full, terms.rounding)
            return self.of(replace(grant, amount=amount), grant.effective_at, period.cycle_end)
        windows = Recurrence(full.start, self.every)
        return self.by_days(grant, terms, windows.periods(service.start, service.end), windows)

    def by_days(self, grant: Grant, terms: GrantTerms, days: Iterable[Period], windows: Recurrence) -> Iterator[Grant]:
        """One grant for each window, and of a window that was cut short its share; none before it is effective."""
        for n, window in enumerate(days):
            start, end = window.instants(self.zone)
            start = max(start, grant.effective_at)
            if start > self.until:
                return
            amount = by_days(grant.amount, window, windows.full_period(window.start), terms.rounding)
            if start < end and amount:
                expires_at = self._expiry(start, end)
                yield replace(grant, id=f"{grant.id}#{n}", effective_at=start, expires_at=expires_at, amount=amount)

    def of(self, grant: Grant, anchor: datetime, end: datetime | None) -> Iterator[Grant]:
        """One grant, or where each giving expires by itself, one for each of them. It recurs until an end."""
        at = grant.effective_at
        if at > self.until:
            return
        if self.every is None:
            otherwise = grant.expires_at or end if grant.type == "feature" else grant.expires_at
            yield replace(grant, expires_at=self._expiry(at, otherwise))
            return
        recurring = Recurring(anchor, self.every, self.zone, end)
        if end is not None and at >= end:
            # Paid for after the period was over: given this once, and lasting as long as any other time.
            yield replace(grant, expires_at=self._expiry(at, Recurring(at, self.every, self.zone).at(1)))
        elif self.lasts is None or self._refilled(grant, recurring):
            yield replace(grant, expires_at=end, recurrence=recurring, lapses_when_given_again=True)
        else:
            yield from self._each(grant, chain([at], recurring.between(at, end or END_OF_TIME)))

    def _each(self, grant: Grant, instants: Iterable[datetime]) -> Iterator[Grant]:
        for n, at in enumerate(takewhile(lambda instant: instant <= self.until, instants)):
            expires_at = self._expiry(at, None)
            yield replace(grant, id=f"{grant.id}#{n}", effective_at=at, expires_at=expires_at, rollover=None)

    def _refilled(self, grant: Grant, recurring: Recurring) -> bool:
        """Whether a rest is still there when the grant is given again, and rolls over."""
        if grant.rollover is None:
            return False
        again = next(recurring.between(grant.effective_at, END_OF_TIME), END_OF_TIME)
        return (self._expiry(grant.effective_at, None) or END_OF_TIME) >= again

    def _expiry(self, at: datetime, otherwise: datetime | None) -> datetime | None:
        return otherwise if self.lasts is None else Recurring(at, self.lasts, self.zone).at(1)


def _cadence(text: str | None) -> Cadence | None:
    return None if text is None else Cadence.parse(text)


def _kept(rollover: Rollover | None) -> Kept | None:
    return None if rollover is None else Kept(rollover.maximum, rollover.minimum)
