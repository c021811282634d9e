"""Tables of tiers whose window is longer than the billing period: the quantity climbs on from period to period.

With Q(k) the quantity of the window's first k periods and F the price of a quantity,

    tiered, tiered percent    P(k) = F(Q(k)) - F(Q(k-1)), and F(0 periods) = 0
    volume                    P(k) = q(k) x the rate of the tier that all of the window reaches; its flat amount in P(1)
    step                      P(1) = the amount of the tier that all of the window reaches; the other periods nothing

so that the charges of the periods sum to the price of the window at every time. For volume and step, what earlier
periods cost changes when the window reaches another tier.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from usance.catalog.price import Price
from usance.catalog.tiers import StepPrice, TieredPercentPrice, TieredPrice, VolumePrice
from usance.kernel.amount import ZERO, plain
from usance.kernel.derivation import Derivation, derived, given
from usance.pricing.brackets import reached
from usance.pricing.charge import Charge, cannot_say, nothing_at_zero
from usance.pricing.quantities import Quantities
from usance.pricing.rate import in_money, rate
from usance.pricing.volume import at_bracket


def rate_window(price: Price, parts: Sequence[Quantities], unit_rate: Decimal | None = None) -> list[Charge]:
    """The charge of each billing period of a window so far; `parts` are their quantities, in order of time.

    What a negative quantity of the window leaves unpriced is on the last charge. Raises TypeError for a price that is
    not a table of tiers.
    """
    if not parts:
        return []
    if isinstance(price, TieredPrice | TieredPercentPrice):
        charges = _climbing(price, parts)
    elif isinstance(price, VolumePrice | StepPrice):
        charges = _at_the_bracket(price, parts)
    else:
        raise TypeError(f"a {price.model} price has no tiers to reset")
    return [in_money(charge, unit_rate) for charge in charges]


def _climbing(price: TieredPrice | TieredPercentPrice, parts: Sequence[Quantities]) -> list[Charge]:
    charges: list[Charge] = []
    so_far, before = parts[0].total, Charge(given("before the window", ZERO))
    for place, part in enumerate(parts):
        if place:
            earlier = given("quantity of the window before", so_far.value)
            so_far = derived("sum", "quantity of the window so far", earlier, part.total)
        now = rate(price, Quantities(so_far))
        step = derived("difference", "the window so far, less before", now.derivation, before.derivation)
        charges.append(Charge(step if place else now.derivation))
        before = now
    charges[-1] = Charge(charges[-1].derivation, before.unpriced)
    return charges


def _at_the_bracket(price: VolumePrice | StepPrice, parts: Sequence[Quantities]) -> list[Charge]:
    total = sum((part.total.value for part in parts), ZERO)
    if total < ZERO:
        return [*(cannot_say(ZERO) for _part in parts[1:]), cannot_say(total)]
    if not total and not price.charge_at_zero:
        return [nothing_at_zero() for _part in parts]
    if isinstance(price, StepPrice):
        first = rate(price, Quantities(given("quantity of the window so far", total)))
        rest = [Charge(given("the window's amount is charged in its first period", ZERO)) for _part in parts[1:]]
        return [first, *rest]
    bracket = reached(price.tiers, total)
    label = f"{bracket.words} is reached by the window"
    return [
        Charge(_sum(label, at_bracket(bracket, part.total, flat=not place), total)) for place, part in enumerate(parts)
    ]


def _sum(label: str, parts: Sequence[Derivation], window: Decimal) -> Derivation:
    return derived("sum", label, *parts, window=plain(window))
