"""Tiered (graduated): each part of the quantity at the rate of the tier it falls in.

P = sum over the tiers entered of (flat amount + unit amount x units in the tier). Tier i covers
(up_to[i-1], up_to[i]]: the upper bound belongs to it. The first tier begins at zero and counts as entered at zero. A
negative quantity prices as zero, because no tier can say what it costs, and the whole of it is reported.
"""

from __future__ import annotations

from decimal import Decimal

from usance.catalog.price import Tier, TieredPrice
from usance.kernel.amount import ZERO, plain
from usance.kernel.derivation import Derivation, derived, given
from usance.pricing.charge import Charge
from usance.pricing.quantities import Quantities


def rate_tiered(price: TieredPrice, quantities: Quantities) -> Charge:
    """Charge tier by tier."""
    quantity, total = quantities.total, quantities.total.value
    if total < ZERO:
        return Charge(given("a negative quantity has no tier", 0), unpriced=total)
    if not total and not price.charge_at_zero:
        return Charge(given("nothing is charged at quantity zero", 0))
    parts: list[Derivation] = []
    lower = ZERO
    for number, tier in enumerate(price.tiers, start=1):
        if number > 1 and total <= lower:
            break
        parts += _tier(number, tier, lower, quantity)
        lower = tier.up_to if tier.up_to is not None else total
    return Charge(derived("sum", "all tiers entered", *parts))


def _tier(number: int, tier: Tier, lower: Decimal, quantity: Derivation) -> list[Derivation]:
    reached = quantity
    if tier.up_to is not None:
        reached = derived("minimum", "quantity up to the tier's end", quantity, given("tier ends at", tier.up_to))
    if lower:
        reached = derived("difference", "units in the tier", reached, given("tier begins above", lower))
    bounds = f"above {plain(lower)}" if tier.up_to is None else f"{plain(lower)} to {plain(tier.up_to)}"
    unit_amount = given("unit amount", tier.unit_amount)
    parts = [derived("product", f"tier {number} ({bounds})", reached, unit_amount, tier=number)]
    if tier.flat_amount:
        parts.append(given(f"flat amount of tier {number}", tier.flat_amount, tier=number))
    return parts
