"""Step: one amount for the tier that the quantity reaches, and nothing by unit. P = c(k).

k is the tier with up_to[k-1] < q <= up_to[k], the first one at zero. A negative quantity prices as zero and is
reported.
"""

from __future__ import annotations

from usance.catalog.tiers import StepPrice
from usance.kernel.amount import ZERO, plain
from usance.kernel.derivation import given
from usance.pricing.brackets import reached
from usance.pricing.charge import Charge, cannot_say, nothing_at_zero
from usance.pricing.quantities import Quantities


def rate_step(price: StepPrice, quantities: Quantities) -> Charge:
    """Charge the amount of the tier reached."""
    quantity = quantities.total.value
    if quantity < ZERO:
        return cannot_say(quantity)
    if not quantity and not price.charge_at_zero:
        return nothing_at_zero()
    bracket = reached(price.tiers, quantity)
    label = f"flat amount of {bracket.words}"
    return Charge(given(label, bracket.tier.flat_amount, tier=bracket.number, quantity=plain(quantity)))
