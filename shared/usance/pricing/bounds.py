"""Bounds: the least and the most that is priced. q' = min(max(q, minimum), maximum)."""

from __future__ import annotations

from usance.catalog.price import Price
from usance.kernel.derivation import Derivation, derived, given


def bounded(price: Price, quantity: Derivation) -> Derivation:
    """The quantity between the price's bounds; the quantity itself when it lies between them."""
    low, high = price.minimum_quantity, price.maximum_quantity
    if low is not None and quantity.value < low:
        return derived("maximum", "at least the minimum quantity", quantity, given("minimum quantity", low))
    if high is not None and quantity.value > high:
        return derived("minimum", "at most the maximum quantity", quantity, given("maximum quantity", high))
    return quantity
