"""Per unit: P = quantity x unit amount / per. A negative quantity is priced as the negative of its size."""

from __future__ import annotations

from usance.catalog.price import PerUnitPrice
from usance.kernel.amount import ONE
from usance.kernel.derivation import derived, given
from usance.pricing.charge import Charge
from usance.pricing.quantities import Quantities


def rate_per_unit(price: PerUnitPrice, quantities: Quantities) -> Charge:
    """Charge every unit the same."""
    quantity, unit_amount = quantities.total, given("unit amount", price.unit_amount)
    if price.per == ONE:
        return Charge(derived("product", "quantity × unit amount", quantity, unit_amount))
    return Charge(
        derived("share", "quantity × unit amount ÷ units it is for", quantity, unit_amount, given("units", price.per))
    )
