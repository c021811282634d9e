"""The grants of a contract at a moment: what its items, its phases and itself give, and what people gave by hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from usance.catalog.entitlement import ManualGrant
from usance.catalog.modifiers import GrantTerms
from usance.contract.contract import Contract
from usance.contract.item import Item
from usance.contract.schedule import BillingPeriod, recurrence_of
from usance.contract.scope import CONTRACT, Scope, scopes
from usance.contract.timeline import Timeline
from usance.credits.grant import Grant
from usance.credits.granting import Sold, grants_from, manual_grants
from usance.kernel.instant import day_start
from usance.kernel.period import Period
from usance.kernel.recurrence import Recurrence

_AHEAD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Voided:
    """Since when a grant is withdrawn, and the instant at which that was recorded."""

    recorded_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class RecordedGrant:
    """A grant given by hand to a contract, and the instant at which that was recorded."""

    id: str
    recorded_at: datetime
    grant: ManualGrant
    voided: Voided | None = None

    def voided_at(self, as_of: datetime) -> datetime | None:
        """Since when it is withdrawn, as far as that is known at a moment."""
        return self.voided.at if self.voided is not None and self.voided.recorded_at <= as_of else None


@dataclass(frozen=True, slots=True)
class Owned:
    """A grant, and what gave it: an item's id, a scope's name, or "" for people."""

    owner: str
    grant: Grant


def grants_anything(contract: Contract, by_hand: Sequence[RecordedGrant]) -> bool:
    """Whether there can be any grant at all."""
    return bool(by_hand) or bool(all_terms(contract))


def all_terms(contract: Contract) -> list[GrantTerms]:
    """Everything that a contract says it grants."""
    if not contract.phases and not contract.grants and not any(item.grants for item in contract.items):
        return []
    parts = [*(phase.grants for phase in contract.phases), *(item.grants for item in contract.all_items)]
    return [terms for part in (contract.grants, *parts) for terms in part]


def all_grants(
    timeline: Timeline,
    due: Mapping[str, Sequence[BillingPeriod]],
    paid: Mapping[tuple[str, date], datetime],
    by_hand: Iterable[RecordedGrant],
    zone: str,
    as_of: datetime,
) -> list[Owned]:
    """All grants that have been given by a moment, or take effect within a day of it.

    `due` are the billing periods of items that are billed by then, `paid` the instants at which the invoices of
    billing periods were paid in full, by item and first day.
    """
    until = as_of + _AHEAD
    found: list[Owned] = []
    for item in timeline.items:
        sold = [
            _sold(period.service, period.full, zone, paid.get((item.item.id, period.service.start)))
            for period in due.get(item.item.id, ())
        ]
        for place, terms in enumerate(item.item.grants):
            windows = (
                None if terms.every is None else recurrence_of(timeline.contract, item.item, item.start, terms.every)
            )
            found += _of(item.item.id, place, terms, (item.start, item.end), windows, sold, zone, until)
    for scope in scopes(timeline.contract, all_of_it=True):
        billed = list(_billed_windows(scope, as_of, zone)) if any(one.on != "creation" for one in scope.grants) else []
        sold = [
            _sold(window, scope.full_window(None, window), zone, _paid_in(scope, window, paid)) for window in billed
        ]
        for place, terms in enumerate(scope.grants):
            windows = None if terms.every is None else scope.recurrence(terms.every)
            found += _of(scope.name, place, terms, (scope.start, scope.end), windows, sold, zone, until)
    for one in by_hand:
        if one.recorded_at <= as_of:
            made = manual_grants(one.grant, id_prefix=one.id, recorded_at=one.recorded_at, zone=zone, until=until)
            found += (Owned("", replace(grant, voided_at=one.voided_at(as_of))) for grant in made)
    return found


def _of(
    owner: str,
    place: int,
    terms: GrantTerms,
    life: tuple[date, date | None],
    windows: Recurrence | None,
    sold: Sequence[Sold],
    zone: str,
    until: datetime,
) -> Iterator[Owned]:
    start, end = life
    made = grants_from(
        terms,
        id_prefix=f"{owner}.grant:{place}",
        start=day_start(start, zone),
        end=None if end is None else day_start(end, zone),
        zone=zone,
        until=until,
        sold=sold,
        windows=windows,
    )
    yield from (Owned(owner, grant) for grant in made)


def _sold(period: Period, full: Period, zone: str, paid_at: datetime | None) -> Sold:
    # A billing period that is due is being issued; its grants work from its beginning.
    start, end = period.instants(zone)
    return Sold(start, start, paid_at, end, period, full)


def _billed_windows(scope: Scope, as_of: datetime, zone: str) -> Iterator[Period]:
    for window in scope.windows(None):
        if day_start(window.start, zone) > as_of:
            return
        yield window


def _paid_in(scope: Scope, window: Period, paid: Mapping[tuple[str, date], datetime]) -> datetime | None:
    names = {item.id for item in scope.items}
    return min((at for (name, cycle), at in paid.items() if name in names and cycle in window), default=None)


def consumers(items: Sequence[Item], entitlement: str, owners: Iterable[str]) -> list[str]:
    """The items that draw on an entitlement: those that say so; else, for what items grant, those that are metered,
    else all others, else the granting ones; for what a whole scope or people grant, all of them."""
    named = [item.id for item in items if entitlement in item.consumes]
    if named:
        return named
    granting = set(owners)
    of_items = {item.id for item in items} & granting
    if granting - of_items:
        return [item.id for item in items]
    metered = [item.id for item in items if item.metered]
    others = [item.id for item in items if item.id not in of_items]
    return metered or others or sorted(of_items)


def unit_consumers(items: Sequence[Item], entitlement: str) -> list[str]:
    """The items whose quantity is reduced by an entitlement: those that say so, and those that grant it themselves and
    are charged by what is counted (a plan at a flat price only gives); else those that are metered, else all."""
    named = [
        item.id
        for item in items
        if entitlement in item.consumes
        or any(one.entitlement == entitlement and one.type == "quantity" and _is_counted(item) for one in item.grants)
    ]
    metered = [item.id for item in items if item.metered]
    return named or metered or [item.id for item in items]


def items_of(contract: Contract, owner: str) -> Sequence[Item]:
    """The items that what an owner grants may be for: a phase's own, or all of the contract."""
    if not owner.startswith("phase."):
        return contract.all_items
    return [item for item in contract.all_items if f"phase.{item.phase}" == owner]


def _is_counted(item: Item) -> bool:
    return item.metered or any(price.model != "flat" for price in item.prices)


def of_scope(grants: Iterable[Owned], scope: Scope) -> list[Owned]:
    """The credit grants that pay in a scope: a phase's own; for the contract all others."""
    if scope.name != CONTRACT:
        return [one for one in grants if one.owner == scope.name and one.grant.type == "credits"]
    return [one for one in grants if one.grant.type == "credits" and not one.owner.startswith("phase.")]
