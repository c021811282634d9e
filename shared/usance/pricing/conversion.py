"""Conversion: from what is measured to what is priced. q' = round(q / divisor), or round(q x factor)."""

from __future__ import annotations

from usance.catalog.price import Price
from usance.kernel.derivation import Derivation, derived, given

_OPERATIONS = {"up": "ceiling", "down": "floor", "nearest": "nearest"}


def convert(price: Price, quantity: Derivation) -> Derivation:
    """The quantity in the unit that the price is for; the quantity itself when the price converts nothing."""
    terms = price.convert
    if terms is None:
        return quantity
    if terms.divide_by is not None:
        result = derived("quotient", "converted quantity", quantity, given("divided by", terms.divide_by))
    else:
        factor = given("multiplied by", terms.multiply_by or 1)
        result = derived("product", "converted quantity", quantity, factor)
    if terms.round_ == "none":
        return result
    places = (given("decimals kept", terms.places),) if terms.places else ()
    return derived(_OPERATIONS[terms.round_], f"rounded {terms.round_}", result, *places)
