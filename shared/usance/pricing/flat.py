"""Flat: the amount, whatever the quantity. P = c."""

from __future__ import annotations

from usance.catalog.price import FlatPrice
from usance.kernel.derivation import Derivation, given
from usance.pricing.charge import Charge


def rate_flat(price: FlatPrice, quantity: Derivation) -> Charge:
    """Charge the amount; nothing at quantity zero if the price says `charge_at_zero: false`."""
    if not quantity.value and not price.charge_at_zero:
        return Charge(given("nothing is charged at quantity zero", 0))
    return Charge(given("flat amount", price.amount))
