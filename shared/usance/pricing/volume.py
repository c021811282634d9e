"""Volume: the whole quantity at the rate of the tier that it reaches. P = c(k) + r(k) x q.

k is the tier with up_to[k-1] < q <= up_to[k], the first one at zero; only its flat amount is charged. Rates may fall
or rise from tier to tier, so that a larger quantity may cost less. A negative quantity prices as zero and is reported.
"""

from __future__ import annotations

from usance.catalog.tiers import Tier, VolumePrice
from usance.kernel.amount import ZERO
from usance.kernel.derivation import Derivation, derived, given
from usance.pricing.brackets import Bracket, reached
from usance.pricing.charge import Charge, cannot_say, nothing_at_zero
from usance.pricing.quantities import Quantities


def rate_volume(price: VolumePrice, quantities: Quantities) -> Charge:
    """Charge everything at the rate of the tier reached."""
    quantity = quantities.total
    if quantity.value < ZERO:
        return cannot_say(quantity.value)
    if not quantity.value and not price.charge_at_zero:
        return nothing_at_zero()
    bracket = reached(price.tiers, quantity.value)
    return Charge(derived("sum", f"{bracket.words} is reached", *at_bracket(bracket, quantity, flat=True)))


def at_bracket(bracket: Bracket[Tier], quantity: Derivation, *, flat: bool) -> list[Derivation]:
    """What a quantity costs at the rate of a bracket, and the bracket's flat amount if it is due."""
    unit_amount = given(f"unit amount of tier {bracket.number}", bracket.tier.unit_amount)
    parts = [derived("product", "quantity × unit amount", quantity, unit_amount, tier=bracket.number)]
    if flat and bracket.tier.flat_amount:
        parts.append(flat_amount(bracket))
    return parts


def flat_amount(bracket: Bracket[Tier]) -> Derivation:
    """The flat amount of a bracket."""
    return given(f"flat amount of tier {bracket.number}", bracket.tier.flat_amount, tier=bracket.number)
