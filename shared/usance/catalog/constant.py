"""What of an expression can be worked out when it is saved, because it names no quantity: it has to have a value."""

from __future__ import annotations

from usance.catalog.expression import Expression
from usance.kernel.amount import MAX_DIGITS
from usance.kernel.derivation import Derivation, derived, given

_LIMIT = 10**MAX_DIGITS


def check_constants(expression: Expression) -> None:
    """Raise ValueError for a part without names that divides by zero or comes to too many digits."""
    _constant(expression)


def _constant(node: Expression) -> Derivation | None:
    """What a part comes to whatever is used; None for one that depends on a quantity."""
    if node.number is not None:
        return given("number", node.number)
    parts = [_constant(part) for part in node.parts]
    if node.operation == "quotient" and parts[1] is not None and not parts[1].value:
        raise ValueError(f"divides by zero in {node.text!r}")
    known = [part for part in parts if part is not None]
    if node.name or len(known) < len(parts):
        return None
    result = derived(node.operation, node.text, *known)
    if abs(result.value) >= _LIMIT:
        raise ValueError(f"comes to more than {MAX_DIGITS} digits in {node.text!r}")
    return result
