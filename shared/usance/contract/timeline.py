"""The timeline of a contract at a moment: its recorded amendments folded over its first terms.

Two times are kept apart: `recorded_at` is when a change was learned of, `effective_on` the day it applies from. A
change recorded after the moment is not seen at all; one recorded later but effective earlier rewrites the past, and
the documents that follow from it are reconciled with those already issued.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from usance.catalog.price import Price
from usance.contract.amendment import Amendment
from usance.contract.contract import Contract
from usance.contract.item import Item
from usance.kernel.errors import CannotBill
from usance.kernel.period import ONE_DAY

_ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class RecordedAmendment:
    """An amendment and the instant it was learned of."""

    recorded_at: datetime
    amendment: Amendment


@dataclass(frozen=True, slots=True)
class PriceVersion:
    """A price from a day on; `version` counts an item's versions from 1 in the order they were recorded."""

    start: date
    price: Price
    version: int


@dataclass(frozen=True, slots=True)
class ItemTimeline:
    """An item as it stands at a moment. `end` is the first day not covered, None for open-ended items.

    `quantities` are (first day, value) in order; empty for metered items.
    """

    item: Item
    start: date
    end: date | None
    prices: tuple[PriceVersion, ...]
    quantities: tuple[tuple[date, Decimal], ...]

    def price_on(self, day: date) -> PriceVersion:
        """The price version that holds on a day; the first one for days before it."""
        return next((version for version in reversed(self.prices) if version.start <= day), self.prices[0])

    def quantity_on(self, day: date) -> Decimal:
        """The fixed or dated quantity on a day; zero before its first entry."""
        return next((value for start, value in reversed(self.quantities) if start <= day), Decimal(0))


@dataclass(frozen=True, slots=True)
class Timeline:
    """A contract at a moment. `steps` are the days, also those to come, on which a quantity known by then takes effect
    and has to be billed at once; none unless the contract wants adjustments at once."""

    contract: Contract
    items: tuple[ItemTimeline, ...]
    steps: tuple[date, ...] = ()


def timeline(
    contract: Contract,
    amendments: Sequence[RecordedAmendment],
    as_of: datetime,
    today: date,
    currency: str | None = None,
) -> Timeline:
    """Fold what was recorded up to `as_of`; `today` is that moment's day in the contract's zone.

    Prices in another currency than the contract's are passed over. Raises CannotBill when an item has no price in it,
    when an amendment names an item that the contract lacks, or gives a metered item a quantity.
    """
    known = sorted((entry for entry in amendments if entry.recorded_at <= as_of), key=lambda entry: entry.recorded_at)
    code = currency or contract.currency
    items = {item.id: _first(contract, item, today, code) for item in contract.all_items}
    for entry in known:
        amendment = entry.amendment
        if amendment.item not in items:
            raise CannotBill(f"an amendment of {entry.recorded_at.date()} names item {amendment.item!r}, which is none")
        if amendment.effective_on <= today or amendment.prices is not None:
            items[amendment.item] = _amend(contract, items[amendment.item], amendment, today, code)
    steps = _steps(contract, known) if contract.adjustments == "immediate" else ()
    return Timeline(contract, tuple(items.values()), steps)


def _steps(contract: Contract, known: Sequence[RecordedAmendment]) -> tuple[date, ...]:
    days = {entry.from_ for item in contract.all_items for entry in item.quantity.entries or ()}
    days |= {entry.amendment.effective_on for entry in known if entry.amendment.quantity is not None}
    return tuple(sorted(days))


def _in_currency(contract: Contract, prices: Sequence[Price], currency: str | None) -> list[Price]:
    return [
        price
        for price in prices
        if price.currency is None or price.currency == currency or price.currency in contract.pricing_units
    ]


def _first(contract: Contract, item: Item, today: date, currency: str | None) -> ItemTimeline:
    start = item.starts_on or contract.starts_on
    last = item.ends_on or contract.ends_on
    prices = tuple(
        PriceVersion(price.from_ or start, price, number)
        for number, price in enumerate(_in_currency(contract, item.prices, currency), start=1)
    )
    if not prices:
        raise CannotBill(f"item {item.id!r} has no price in {currency}, the contract's currency")
    quantity = item.quantity
    quantities: tuple[tuple[date, Decimal], ...] = ()
    if quantity.entries is not None:
        quantities = tuple((entry.from_, entry.value) for entry in quantity.entries if entry.from_ <= today)
    elif quantity.value is not None:
        quantities = ((start, quantity.value),)
    return ItemTimeline(item, start, None if last is None else last + ONE_DAY, prices, quantities)


def _amend(
    contract: Contract, timeline: ItemTimeline, amendment: Amendment, today: date, currency: str | None
) -> ItemTimeline:
    effective = max(amendment.effective_on, timeline.start)
    if amendment.prices is not None:
        kept = tuple(version for version in timeline.prices if version.start < effective)
        number = max(version.version for version in timeline.prices)
        new = tuple(
            PriceVersion(price.from_ or effective, price, number + count)
            for count, price in enumerate(_in_currency(contract, amendment.prices, currency), start=1)
        )
        timeline = replace(timeline, prices=kept + new)
    if amendment.quantity is not None:
        if timeline.item.metered:
            raise CannotBill(f"item {timeline.item.id!r} is metered: an amendment cannot set its quantity")
        if amendment.effective_on <= today:
            before = tuple(step for step in timeline.quantities if step[0] < effective)
            timeline = replace(timeline, quantities=(*before, (effective, amendment.quantity)))
    return timeline
