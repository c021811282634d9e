"""Charges: from what was measured or agreed for each piece of a billing period to a line, exact until it is rounded.

quantity -> conversion -> granted units -> free units -> bounds -> price model -> proration -> rounded to money
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from usance.catalog.metric import Metric
from usance.catalog.price_needs import meters_of, reset_of
from usance.contract.contract import Contract
from usance.contract.schedule import recurrence_of
from usance.contract.timeline import PriceVersion
from usance.invoicing.desire import Piece, UsageWindow, by_day, proration_of
from usance.invoicing.levels import is_averaged, is_level, shared
from usance.invoicing.line import LineKind
from usance.invoicing.sheet import Priced, Sheet
from usance.invoicing.unpriced import UNPRICED
from usance.kernel.amount import ZERO, plain
from usance.kernel.derivation import Derivation, derived, given
from usance.kernel.instant import local_day
from usance.metering.aggregate import Measured, Measurement
from usance.pricing.bounds import bounded
from usance.pricing.charge import Charge
from usance.pricing.conversion import convert
from usance.pricing.free_units import Claim, free_units
from usance.pricing.proration import prorate
from usance.pricing.quantities import Group, Quantities
from usance.pricing.rate import rate
from usance.pricing.reset import rate_window
from usance.pricing.rounding import rounded

Usage = Mapping[UsageWindow, Measurement]


def priced(contract: Contract, piece: Piece, usage: Usage, metrics: Mapping[str, Metric]) -> Priced:
    """A piece with its quantity."""
    measured = usage[piece.usage] if piece.usage is not None else None
    price = piece.price.price
    averaged = _is_averaged(contract, piece, metrics)
    used = convert(
        price, _of_full_period(piece, _quantity(piece, measured)) if averaged else _quantity(piece, measured)
    )
    groups: tuple[Group, ...] = ()
    if measured is not None and measured.groups:
        nodes = (
            (group.values, given(f"measured quantity ({_words(group.values)})", group.quantity))
            for group in measured.groups
        )
        groups = tuple(
            Group(values, convert(price, _of_full_period(piece, node) if averaged else node)) for values, node in nodes
        )
    return Priced(piece, measured, used, groups=groups)


def _is_averaged(contract: Contract, piece: Piece, metrics: Mapping[str, Metric]) -> bool:
    """Whether a level held over time was averaged over less than a full billing period, and nothing else prorates."""
    cut = piece.held.days != piece.due.full.days and not by_day(contract, piece.timeline.item)
    return cut and is_averaged(piece, metrics)


def _of_full_period(piece: Piece, node: Derivation) -> Derivation:
    held, full = piece.held, piece.due.full
    days = given(f"days held, {held}", held.days), given(f"days of the full cycle, {full}", full.days)
    return derived("share", f"level over {held.days} of {full.days} days", node, *days)


def give_free_units(contract: Contract, found: Sequence[Priced], usage: Usage, metrics: Mapping[str, Metric]) -> None:
    """Let an item's pieces, in order of time, use up its free units."""
    terms = found[0].piece.timeline.item.free_units if found else None
    if terms is None:
        return
    claims: list[Claim] = []
    owners: list[Priced] = []
    for one in found:
        level = is_level(contract, one.piece, metrics)
        left = _left(one)
        for part in one.piece.free:
            quantity = left
            if len(one.piece.free) > 1:
                quantity = (
                    convert(one.piece.price.price, given("part", usage[part.usage].quantity)).value
                    if part.usage
                    else left
                )
            claims.append(Claim(one.cycle, part.window, part.full, quantity, level))
            owners.append(one)
    for owner, free in zip(owners, free_units(terms, claims), strict=True):
        owner.free += free
    for one in found:
        one.free = max(ZERO, min(one.free, _left(one)))


def _left(one: Priced) -> Decimal:
    return one.used.value - (one.granted.value if one.granted is not None else ZERO)


def charge(contract: Contract, found: Sequence[Priced], usage: Usage) -> None:
    """Charge an item's pieces: each by itself, or, where a tier table runs over a longer window, together."""
    windows: dict[tuple[int, int], list[Priced]] = {}
    for one in found:
        one.quantities = _quantities(one, usage)
        version = one.piece.price
        reset = reset_of(version.price)
        if reset is None:
            one.charge = rate(version.price, one.quantities, _unit_rate(contract, version))
        else:
            timeline = one.piece.timeline
            number = recurrence_of(contract, timeline.item, timeline.start, reset).index_at(one.piece.held.start)
            windows.setdefault((version.version, number), []).append(one)
    for together in windows.values():
        version = together[0].piece.price
        charges = rate_window(version.price, [one.quantities for one in together if one.quantities is not None])
        for one, made in zip(together, charges, strict=True):
            one.charge = _in_money(made, _unit_rate(contract, version))


def _in_money(charge: Charge, unit_rate: Decimal | None) -> Charge:
    if unit_rate is None:
        return charge
    worth = given("worth of one pricing unit", unit_rate)
    return Charge(derived("product", "pricing units × what one is worth", charge.derivation, worth), charge.unpriced)


def _unit_rate(contract: Contract, version: PriceVersion) -> Decimal | None:
    return contract.pricing_units.get(version.price.currency or "")


def _quantities(one: Priced, usage: Usage) -> Quantities:
    node, price = one.used, one.piece.price.price
    taken = ZERO
    if one.granted is not None and one.granted.value:
        node = derived("difference", "after granted units", node, one.granted)
        taken += one.granted.value
    if one.free:
        node = derived("difference", "after free units", node, given("free units", one.free))
        taken += one.free
    return Quantities(
        total=bounded(price, node),
        groups=_less(one.groups, taken),
        events=one.measured.events if one.measured is not None else (),
        named=_named(one.piece, usage),
    )


def _less(groups: Sequence[Group], taken: Decimal) -> tuple[Group, ...]:
    """Groups without the units that were granted or are free, which come off them in order."""
    if not taken:
        return tuple(groups)
    left, found = taken, []
    for group in groups:
        part = max(ZERO, min(left, group.quantity.value))
        left -= part
        node = (
            derived("difference", "after granted and free units", group.quantity, given("units", part))
            if part
            else group.quantity
        )
        found.append(Group(group.values, node))
    return tuple(found)


def _named(piece: Piece, usage: Usage) -> Mapping[str, Derivation]:
    item = piece.timeline.item
    measured = dict(piece.named)
    found = {}
    for name in meters_of(piece.price.price):
        if name in measured:
            found[name] = given(
                f"measured quantity of {name}", usage[measured[name]].quantity, metric=measured[name].metric
            )
        elif name in item.quantities:
            value = item.quantities[name].value
            found[name] = given(f"quantity of {name}", value if value is not None else ZERO)
    return found


def lines_of(contract: Contract, sheet: Sheet, found: Sequence[Priced], usage: Usage) -> None:
    """Round the charges of a billing period into lines of its sheet.

    A fixed quantity of zero that costs nothing makes no line, nor does usage that has not begun to arrive.
    """
    for one in found:
        made, piece, item = one.charge, one.piece, one.piece.timeline.item
        if made is None or one.quantities is None:
            continue
        node = made.derivation
        if (by := proration_of(contract, item)) is not None:
            node = prorate(node, piece.held, piece.due.full, by, sheet.zone)
        node = shared(one, node)
        quantity = _raw(one)
        if not quantity and not node.value and (not item.metered or item.as_it_arrives):
            continue
        amount, derivation = rounded(_with_price(node, piece.price, made.unpriced), sheet.currency)
        if piece.usage is not None or piece.named:
            sheet.events[len(sheet.lines)] = _events(one, usage)
        billable = one.quantities.total.value
        sheet.add(
            LineKind.CHARGE,
            "",
            item.product.name,
            amount,
            derivation,
            period=piece.held,
            quantity=quantity,
            billable_quantity=billable if billable != quantity else None,
            unit=item.quantity.unit,
            price_version=piece.price.version,
            usage=_by_local_day(one.measured, sheet.zone) if one.measured is not None else (),
        )


def _events(one: Priced, usage: Usage) -> tuple[Measured, ...]:
    """The events behind a charge, those of the quantities that its price names included."""
    found = [] if one.measured is None else [*one.measured.events]
    for window in dict.fromkeys(window for _name, window in one.piece.named):
        found += usage[window].events
    return tuple(found)


def _raw(one: Priced) -> Decimal:
    """The quantity before any conversion."""
    if one.measured is not None:
        return one.measured.quantity
    return ZERO if one.piece.timeline.item.quantity.metric else one.piece.timeline.quantity_on(one.piece.held.start)


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


def _words(values: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())


def _with_price(node: Derivation, price: PriceVersion, unpriced: Decimal) -> Derivation:
    refs: dict[str, Any] = {
        "price_version": price.version,
        "price_model": price.price.model,
        "price_from": price.start.isoformat(),
    }
    if unpriced:
        refs[UNPRICED] = plain(unpriced)
    return derived("sum", "charge", node, **refs)


def _by_local_day(measurement: Measurement, zone: str) -> tuple[tuple[date, Decimal], ...]:
    days: dict[date, Decimal] = {}
    for event in measurement.events:
        day = local_day(event.timestamp, zone)
        days[day] = days.get(day, ZERO) + event.value
    return tuple(sorted(days.items()))
