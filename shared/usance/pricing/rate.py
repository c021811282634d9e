"""The registry of price models, and the order in which a quantity becomes a charge.

Order on an item: quantity, price model. Conversions, free units, discounts and commitments take their places here
when they come; nothing else knows the order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from usance.catalog.price import FlatPrice, PerUnitPrice, Price, TieredPrice
from usance.kernel.derivation import Derivation
from usance.pricing.charge import Charge
from usance.pricing.flat import rate_flat
from usance.pricing.per_unit import rate_per_unit
from usance.pricing.tiered import rate_tiered

_MODELS: dict[type[Any], Callable[[Any, Derivation], Charge]] = {
    FlatPrice: rate_flat,
    PerUnitPrice: rate_per_unit,
    TieredPrice: rate_tiered,
}


def rate(price: Price, quantity: Derivation) -> Charge:
    """The charge for a quantity at a price, in the price's currency, exact."""
    return _MODELS[type(price)](price, quantity)
