"""Amounts of many quantities at one price, for estimates and price curves: the figures of `rate` without derivations.

A table of tiers becomes, for each tier, a line a + b x q, worked out once: a quantity costs one search by halves, one
product and one sum. For models that depend on the total quantity alone.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any

from usance.catalog.dimensions import MatrixPrice, TwoDimensionalPrice
from usance.catalog.price import CapacityPrice, DynamicPrice, PackagePrice, PerUnitPrice, Price
from usance.catalog.tiers import StepPrice, TieredPercentPrice, TieredPrice, VolumePrice
from usance.kernel.amount import ZERO, to_whole
from usance.kernel.derivation import given
from usance.pricing.quantities import Quantities
from usance.pricing.rate import rate

_HUNDRED = Decimal(100)
_OTHER_THAN_THE_TOTAL = (MatrixPrice, TwoDimensionalPrice, DynamicPrice, CapacityPrice)

Line = tuple[Decimal, Decimal]
"""What a tier costs at quantity q: first + second x q."""


def amounts(price: Price, quantities: Iterable[Decimal]) -> list[Decimal]:
    """What `rate` charges for each quantity, exact. Raises TypeError for a model that needs more than a total."""
    if isinstance(price, _OTHER_THAN_THE_TOTAL):
        raise TypeError(f"a {price.model} price depends on more than the total quantity")
    if isinstance(price, PerUnitPrice):
        return [quantity * price.unit_amount / price.per for quantity in quantities]
    if isinstance(price, PackagePrice):
        return _packages(price, quantities)
    lines = _LINES.get(type(price))
    if lines is None:
        return [rate(price, Quantities(given("quantity", quantity))).amount for quantity in quantities]
    bounds = [tier.up_to for tier in price.tiers[:-1]]  # type: ignore[union-attr] # all that have lines have tiers
    return _along(bounds, lines(price), quantities, charge_at_zero=price.charge_at_zero)


def _along(
    bounds: Sequence[Any], lines: Sequence[Line], quantities: Iterable[Decimal], *, charge_at_zero: bool
) -> list[Decimal]:
    at_zero = lines[0][0] if charge_at_zero else ZERO
    found = []
    for quantity in quantities:
        if quantity > ZERO:
            start, slope = lines[bisect_left(bounds, quantity)]
            found.append(start + slope * quantity)
        else:
            found.append(ZERO if quantity else at_zero)
    return found


def _packages(price: PackagePrice, quantities: Iterable[Decimal]) -> list[Decimal]:
    size, unit_amount, rounding = price.package_size, price.unit_amount, price.round_
    return [to_whole(quantity / size, rounding) * unit_amount if quantity > ZERO else ZERO for quantity in quantities]


def _climbing(rows: Iterable[tuple[Decimal | None, Decimal, Decimal]]) -> list[Line]:
    """Lines of graduated tiers, from their bounds, flat amounts and rates."""
    lines = []
    lower, below = ZERO, ZERO
    for upper, flat, slope in rows:
        start = below + flat - slope * lower
        lines.append((start, slope))
        if upper is not None:
            lower, below = upper, start + slope * upper
    return lines


def _tiered(price: TieredPrice) -> list[Line]:
    return _climbing((tier.up_to, tier.flat_amount, tier.unit_amount) for tier in price.tiers)


def _tiered_percent(price: TieredPercentPrice) -> list[Line]:
    return _climbing((tier.up_to, tier.flat_amount, tier.percentage / _HUNDRED) for tier in price.tiers)


def _volume(price: VolumePrice) -> list[Line]:
    return [(tier.flat_amount, tier.unit_amount) for tier in price.tiers]


def _step(price: StepPrice) -> list[Line]:
    return [(tier.flat_amount, ZERO) for tier in price.tiers]


_LINES: dict[type[Any], Callable[[Any], list[Line]]] = {
    TieredPrice: _tiered,
    TieredPercentPrice: _tiered_percent,
    VolumePrice: _volume,
    StepPrice: _step,
}
