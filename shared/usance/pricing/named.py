"""Quantities that a price names, besides the item's own."""

from __future__ import annotations

from usance.kernel.derivation import Derivation
from usance.kernel.errors import CannotBill
from usance.pricing.quantities import Quantities


def named_quantity(quantities: Quantities, name: str) -> Derivation:
    """The quantity of a name; `quantity` is the item's own. Raises CannotBill for a name that nothing yields."""
    if name in quantities.named:
        return quantities.named[name]
    if name == "quantity":
        return quantities.total
    known = ", ".join(sorted(quantities.named)) or "none"
    raise CannotBill(f"the price needs a quantity {name!r}, and the item has: {known}")
