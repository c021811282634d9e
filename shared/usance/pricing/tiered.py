"""Tiered (graduated): each part of the quantity at the rate of the tier it falls in.

    P = sum over the tiers entered of (flat amount + unit amount x units in the tier)

Tier i covers (up_to[i-1], up_to[i]]: the upper bound belongs to it. The first tier begins at zero and counts as
entered at zero. Tiered percent is the same with percentages of what falls in a tier, read as money. A negative
quantity prices as zero, because no tier can say what it costs, and the whole of it is reported.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from usance.catalog.tiers import PercentTier, Tier, TieredPercentPrice, TieredPrice
from usance.kernel.amount import ZERO
from usance.kernel.derivation import Derivation, derived, given
from usance.pricing.brackets import Bracket, brackets
from usance.pricing.charge import Charge, cannot_say, nothing_at_zero
from usance.pricing.quantities import Quantities

_Entered = TypeVar("_Entered", Tier, PercentTier)


def rate_tiered(price: TieredPrice, quantities: Quantities) -> Charge:
    """Charge tier by tier, by unit."""
    return _graduated(price.tiers, quantities.total, _by_unit, charge_at_zero=price.charge_at_zero)


def rate_tiered_percent(price: TieredPercentPrice, quantities: Quantities) -> Charge:
    """Charge tier by tier, by percentage."""
    return _graduated(price.tiers, quantities.total, _by_percentage, charge_at_zero=price.charge_at_zero)


def _graduated(
    tiers: Sequence[_Entered],
    quantity: Derivation,
    cost: Callable[[Bracket[_Entered], Derivation], Derivation],
    *,
    charge_at_zero: bool,
) -> Charge:
    if quantity.value < ZERO:
        return cannot_say(quantity.value)
    if not quantity.value and not charge_at_zero:
        return nothing_at_zero()
    parts: list[Derivation] = []
    for bracket in brackets(tiers):
        if bracket.number > 1 and quantity.value <= bracket.lower:
            break
        parts.append(cost(bracket, _units_in(bracket, quantity)))
        if bracket.tier.flat_amount:
            label = f"flat amount of tier {bracket.number}"
            parts.append(given(label, bracket.tier.flat_amount, tier=bracket.number))
    return Charge(derived("sum", "all tiers entered", *parts))


def _units_in(bracket: Bracket[_Entered], quantity: Derivation) -> Derivation:
    units = quantity
    if bracket.tier.up_to is not None:
        end = given("tier ends at", bracket.tier.up_to)
        units = derived("minimum", "quantity up to the tier's end", quantity, end)
    if bracket.lower:
        units = derived("difference", "units in the tier", units, given("tier begins above", bracket.lower))
    return units


def _by_unit(bracket: Bracket[Tier], units: Derivation) -> Derivation:
    unit_amount = given("unit amount", bracket.tier.unit_amount)
    return derived("product", bracket.words, units, unit_amount, tier=bracket.number)


def _by_percentage(bracket: Bracket[PercentTier], units: Derivation) -> Derivation:
    percentage = given("percentage", bracket.tier.percentage)
    return derived("share", bracket.words, units, percentage, given("per hundred", 100), tier=bracket.number)
