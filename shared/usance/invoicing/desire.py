"""What a contract should have been billed by a day: the lines of every billing period that has fallen due.

A billing period is cut where its price changes and, for period-of-time items, where its quantity does; each piece is
rated by itself, prorated if the item prorates, and rounded once into a line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from usance.contract.contract import Contract, Item
from usance.contract.schedule import BillingPeriod, billing_periods
from usance.contract.timeline import ItemTimeline, PriceVersion, Timeline
from usance.invoicing.line import Line, LineKind, Recognition, rounded
from usance.invoicing.tax import tax_on, tax_terms
from usance.kernel.amount import plain
from usance.kernel.derivation import Derivation, derived, given
from usance.kernel.errors import CannotBill
from usance.kernel.instant import local_day
from usance.kernel.period import Period
from usance.metering.aggregate import Measurement
from usance.pricing.proration import prorate
from usance.pricing.quantities import Quantities
from usance.pricing.rate import rate


@dataclass(frozen=True, slots=True)
class UsageWindow:
    """A metric over a piece of a billing period; `start` and `end` are instants, the end not covered."""

    item: str
    metric: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a billing period with one price and one quantity. `window` is None unless the item is metered."""

    timeline: ItemTimeline
    due: BillingPeriod
    held: Period
    price: PriceVersion
    window: UsageWindow | None


@dataclass(frozen=True, slots=True)
class Rated:
    """A line and, for metered items, the measurement it was made of."""

    line: Line
    measurement: Measurement | None = None


def pieces(timeline: Timeline, today: date, zone: str) -> Iterator[Piece]:
    """The pieces of everything that has fallen due by a day, item by item, in order of time."""
    for item_timeline in timeline.items:
        for due in billing_periods(timeline.contract, item_timeline, today):
            yield from _pieces_of(timeline.contract, item_timeline, due, zone)


def _pieces_of(contract: Contract, timeline: ItemTimeline, due: BillingPeriod, zone: str) -> Iterator[Piece]:
    item = timeline.item
    cuts = [version.start for version in timeline.prices] if item.metered or _by_day(contract, item) else []
    if not item.metered and _by_day(contract, item):
        cuts += [start for start, _value in timeline.quantities]
    for held in due.service.cut(cuts):
        window = None
        if item.quantity.metric is not None:
            start, end = held.instants(zone)
            window = UsageWindow(item.id, item.quantity.metric, start, end)
        yield Piece(timeline, due, held, timeline.price_on(held.start), window)


def _by_day(contract: Contract, item: Item) -> bool:
    return item.prorates and contract.proration == "day"


def rate_piece(
    contract: Contract, piece: Piece, usage: Mapping[UsageWindow, Measurement], currency: str, zone: str
) -> Rated | None:
    """The line of a piece; None for a fixed quantity of zero that costs nothing.

    Raises CannotBill when a quantity cannot be priced.
    """
    item, price = piece.timeline.item, piece.price
    measurement = usage[piece.window] if piece.window is not None else None
    quantity = _quantity(piece, measurement)
    charge = rate(price.price, Quantities(total=quantity))
    if charge.unpriced:
        raise CannotBill(
            f"item {item.id!r} has a quantity of {plain(charge.unpriced)} for {piece.held}, "
            f"and its {price.price.model} price cannot say what that costs"
        )
    node = charge.derivation
    if _by_day(contract, item):
        node = prorate(node, piece.held, piece.due.full)
    if not quantity.value and not node.value and measurement is None:
        return None
    amount, derivation = rounded(_with_price(node, price), currency)
    return Rated(
        Line(
            item=item.id,
            kind=LineKind.CHARGE,
            description=item.product.name,
            amount=amount,
            period=piece.held,
            cycle=piece.due.service.start,
            derivation=derivation,
            recognition=_recognition(item),
            tax=tax_on(amount, tax_terms(contract, item)),
            quantity=quantity.value,
            unit=item.quantity.unit,
            price_version=price.version,
            usage=_by_local_day(measurement, zone) if measurement is not None else (),
        ),
        measurement,
    )


def _recognition(item: Item) -> Recognition:
    if item.metered:
        return Recognition.USAGE
    return Recognition.DAILY if item.prorates else Recognition.POINT_IN_TIME


def _quantity(piece: Piece, measurement: Measurement | None) -> Derivation:
    unit = piece.timeline.item.quantity.unit or "units"
    if measurement is None:
        return given(f"quantity ({unit})", piece.timeline.quantity_on(piece.held.start))
    refs = {
        "metric": piece.timeline.item.quantity.metric,
        "events": len(measurement.events),
        "from": piece.held.start.isoformat(),
        "to": piece.held.end.isoformat(),
    }
    if measurement.unmeasurable:
        refs["unmeasurable_events"] = len(measurement.unmeasurable)
    return given(f"measured quantity ({unit})", measurement.quantity, **refs)


def _with_price(node: Derivation, price: PriceVersion) -> Derivation:
    refs = {"price_version": price.version, "price_model": price.price.model, "price_from": price.start.isoformat()}
    return derived("sum", "charge", node, **refs)


def _by_local_day(measurement: Measurement, zone: str) -> tuple[tuple[date, Decimal], ...]:
    days: dict[date, Decimal] = {}
    for event in measurement.events:
        day = local_day(event.timestamp, zone)
        days[day] = days.get(day, Decimal(0)) + event.value
    return tuple(sorted(days.items()))
