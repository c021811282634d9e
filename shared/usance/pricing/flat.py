"""Flat: the amount, whatever the quantity. P = c."""

from __future__ import annotations

from usance.catalog.price import FlatPrice
from usance.kernel.derivation import given
from usance.pricing.charge import Charge, nothing_at_zero
from usance.pricing.quantities import Quantities


def rate_flat(price: FlatPrice, quantities: Quantities) -> Charge:
    """Charge the amount; nothing at quantity zero if the price says `charge_at_zero: false`."""
    if not quantities.total.value and not price.charge_at_zero:
        return nothing_at_zero()
    return Charge(given("flat amount", price.amount))
