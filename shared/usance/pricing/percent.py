"""Percent: P = rate / 100 x (q less the free amount), where q is read as money in the contract's currency.

With a fixed amount, free events or bounds for each event, what is charged is the sum over the events in time order of

    e(v) = rate / 100 x (the part of v above the free amount) + fixed amount,   held between the event's bounds

The first `free_events` cost nothing, and those after them use up the free amount; an event that the free amount covers
wholly costs nothing either. A quantity without events is one event. Where the events do not add up to the quantity,
because units were granted or bounded, the difference is taken from the first events or is an event of its own.
A negative event, or a negative quantity, is priced as the negative of its size.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from usance.catalog.price import PercentPrice
from usance.kernel.amount import ONE, ZERO
from usance.kernel.derivation import Derivation, derived, given
from usance.pricing.charge import Charge
from usance.pricing.conversion import convert
from usance.pricing.quantities import Quantities

_HUNDRED = Decimal(100)


def rate_percent(price: PercentPrice, quantities: Quantities) -> Charge:
    """Charge a percentage, of the total or event by event."""
    if price.by_event:
        return Charge(_by_event(price, _values(price, quantities)))
    base = _above_free(price, quantities.total) if price.free_amount else quantities.total
    return Charge(_percentage(price, "quantity × percentage ÷ 100", base))


def _percentage(price: PercentPrice, label: str, base: Derivation) -> Derivation:
    return derived("share", label, base, given("percentage", price.percentage), given("per hundred", _HUNDRED))


def _above_free(price: PercentPrice, quantity: Derivation) -> Derivation:
    """The part of a quantity above the free amount, with the sign of the quantity."""
    negative = quantity.value < ZERO
    size = derived("negative", "size of the quantity", quantity) if negative else quantity
    rest = derived("difference", "less the free amount", size, given("free amount", price.free_amount))
    above = derived("maximum", "never below zero", rest, given("zero", ZERO))
    return derived("negative", "as a correction", above) if negative else above


def _values(price: PercentPrice, quantities: Quantities) -> list[Decimal]:
    """The events' values, converted, that add up to the quantity."""
    values = [convert(price, given("event", event.value)).value for event in quantities.events]
    excess = sum(values, ZERO) - quantities.total.value
    kept = []
    for value in values:
        taken = min(max(excess, ZERO), max(value, ZERO))
        excess -= taken
        # An event that was granted or is free as a whole costs no fixed amount either.
        if not taken or taken < value:
            kept.append(value - taken)
    return [*kept, -excess] if excess else kept


@dataclass(frozen=True, slots=True)
class _Event:
    """What one event comes to: its sign, the money that has a percentage, and what holds its charge, if anything."""

    sign: Decimal
    money: Decimal
    held: str = ""


def _charged(price: PercentPrice, values: Sequence[Decimal]) -> Iterator[_Event]:
    before = ZERO
    for value in values[price.free_events :]:
        running = before + value
        money = _excess(running, price.free_amount) - _excess(before, price.free_amount)
        before = running
        if price.free_amount and not money and abs(running) <= price.free_amount:
            continue
        sign = -ONE if value < ZERO else ONE
        size = abs(money) * price.percentage / _HUNDRED + price.fixed_amount
        if price.per_event_minimum is not None and size < price.per_event_minimum:
            yield _Event(sign, money, "minimum")
        elif price.per_event_maximum is not None and size > price.per_event_maximum:
            yield _Event(sign, money, "maximum")
        else:
            yield _Event(sign, money)


def _excess(running: Decimal, free: Decimal) -> Decimal:
    """The part of a running total above the free amount, either side of zero."""
    size = max(abs(running) - free, ZERO)
    return -size if running < ZERO else size


def _by_event(price: PercentPrice, values: Sequence[Decimal]) -> Derivation:
    """The sum over events, gathered by what they cost: there may be very many of them."""
    charged = list(_charged(price, values))
    free = [one for one in charged if not one.held]
    parts = []
    if free:
        money = given("money of these events", sum((one.money for one in free), ZERO), events=len(free))
        parts.append(_percentage(price, "events by percentage", money))
        if price.fixed_amount:
            parts.append(_each("fixed amount of each event", free, price.fixed_amount))
    for held, amount in (("minimum", price.per_event_minimum), ("maximum", price.per_event_maximum)):
        events = [one for one in charged if one.held == held]
        if events and amount is not None:
            parts.append(_each(f"events at the {held} for each", events, amount))
    return derived("sum", "event by event", *parts, events=len(values), free_events=len(values) - len(charged))


def _each(label: str, events: Sequence[_Event], amount: Decimal) -> Derivation:
    count = given("events, less corrections", sum((one.sign for one in events), ZERO), events=len(events))
    return derived("product", label, count, given("amount", amount))
