"""The step at which an exact amount becomes money, as the last step of its derivation."""

from __future__ import annotations

from usance.kernel.currency import exponent
from usance.kernel.derivation import Derivation, derived, given
from usance.kernel.money import Money


def rounded(node: Derivation, currency: str) -> tuple[Money, Derivation]:
    """An exact amount as money, rounded once, and its derivation with the rounding as its last step."""
    places = given("decimals of the currency", exponent(currency))
    return Money.of(node.value, currency), derived("rounded", f"rounded to {currency}", node, places)
