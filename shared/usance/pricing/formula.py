"""Formula: P = the expression over the item's quantities. The derivation has the expression's own shape.

Everything is exact but a quotient, which is cut at 60 digits. No intermediate result may reach 10^30.
"""

from __future__ import annotations

from usance.catalog.expression import Expression, parse
from usance.catalog.price import FormulaPrice
from usance.kernel.amount import MAX_DIGITS
from usance.kernel.derivation import Derivation, derived, given
from usance.kernel.errors import CannotBill
from usance.pricing.charge import Charge, nothing_at_zero
from usance.pricing.named import named_quantity
from usance.pricing.quantities import Quantities

_LIMIT = 10**MAX_DIGITS


def rate_formula(price: FormulaPrice, quantities: Quantities) -> Charge:
    """Charge what the expression comes to. Raises CannotBill for a division by zero or a result without bounds."""
    used = (quantities.total, *(named_quantity(quantities, name) for name in price.meters))
    if not price.charge_at_zero and not any(quantity.value for quantity in used):
        return nothing_at_zero()
    return Charge(_evaluated(parse(price.expression), quantities))


def _evaluated(node: Expression, quantities: Quantities) -> Derivation:
    if node.number is not None:
        return given("number", node.number)
    if node.name:
        return named_quantity(quantities, node.name)
    parts = [_evaluated(part, quantities) for part in node.parts]
    if node.operation == "quotient" and not parts[1].value:
        raise CannotBill(f"the formula divides by zero in {node.text!r}")
    result = derived(node.operation, node.text, *parts)
    if abs(result.value) >= _LIMIT:
        raise CannotBill(f"the formula comes to more than {MAX_DIGITS} digits in {node.text!r}")
    return result
