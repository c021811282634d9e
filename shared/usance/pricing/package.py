"""Package: P = packages x unit amount, packages = quantity / size, rounded up to whole ones unless the price says else.

Rounded once, on the total of a period. A negative quantity has no packages and is reported.
"""

from __future__ import annotations

from usance.catalog.price import PackagePrice
from usance.kernel.amount import ZERO
from usance.kernel.derivation import derived, given
from usance.pricing.charge import Charge, cannot_say
from usance.pricing.quantities import Quantities

_OPERATIONS = {"up": "ceiling", "down": "floor", "nearest": "nearest"}


def rate_package(price: PackagePrice, quantities: Quantities) -> Charge:
    """Charge whole packages."""
    quantity = quantities.total
    if quantity.value < ZERO:
        return cannot_say(quantity.value)
    size = given("units in a package", price.package_size)
    parts = derived("quotient", "quantity ÷ units in a package", quantity, size)
    packages = derived(_OPERATIONS[price.round_], f"whole packages, rounded {price.round_}", parts)
    return Charge(derived("product", "packages × unit amount", packages, given("unit amount", price.unit_amount)))
