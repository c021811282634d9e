"""Capacity: the amount of the smallest size that holds every meter. P = c(max over the meters of the tier it needs).

A meter needs the first tier whose limit for it is not exceeded; the limit itself still fits. At zero that is the first
tier. A meter beyond all of its limits cannot be priced. A negative one prices as zero and is reported.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from usance.catalog.price import CapacityPrice
from usance.kernel.amount import ZERO, plain
from usance.kernel.derivation import given
from usance.kernel.errors import CannotBill
from usance.pricing.charge import Charge, cannot_say, nothing_at_zero
from usance.pricing.named import named_quantity
from usance.pricing.quantities import Quantities


def rate_capacity(price: CapacityPrice, quantities: Quantities) -> Charge:
    """Charge the size that is needed. Raises CannotBill for a meter that no size holds."""
    held = {name: named_quantity(quantities, name).value for name in price.meters}
    if negative := sum((value for value in held.values() if value < ZERO), ZERO):
        return cannot_say(negative)
    if not any(held.values()) and not price.charge_at_zero:
        return nothing_at_zero()
    needs = {name: _needed(name, limits, held[name], len(price.tiers)) for name, limits in price.meters.items()}
    needed = max(needs.values())
    by = ", ".join(sorted(name for name, number in needs.items() if number == needed))
    meters = {name: plain(value) for name, value in held.items()}
    label = f"amount of tier {needed}, needed by {by}" if needed > 1 else "amount of tier 1"
    return Charge(given(label, price.tiers[needed - 1].amount, tier=needed, meters=meters))


def _needed(name: str, limits: Sequence[Decimal | None], value: Decimal, sizes: int) -> int:
    for number, limit in enumerate(limits, start=1):
        if limit is None or value <= limit:
            return number
    if len(limits) < sizes:
        return sizes
    largest = plain(limits[-1] or ZERO)
    raise CannotBill(f"{name} is {plain(value)}, and the largest tier holds {largest}: add a tier, or lift its limit")
