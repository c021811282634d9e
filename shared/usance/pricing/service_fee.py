"""Service fees: value% of what a scope bills on a day, after discounts and commitments, or an amount.

percent   P = value% x amount      fixed   P = value
"""

from __future__ import annotations

from decimal import Decimal

from usance.catalog.modifiers import ServiceFee
from usance.kernel.amount import plain
from usance.kernel.derivation import Derivation, derived, given
from usance.kernel.money import Money

_HUNDRED = Decimal(100)


def fee_on(terms: ServiceFee, billed: Money) -> Derivation:
    """The fee, not rounded."""
    if terms.type == "fixed":
        return given("service fee", terms.value)
    return derived(
        "share",
        f"{plain(terms.value)}% of what is billed",
        given("billed after discounts and commitments", billed.amount),
        given("percentage", terms.value),
        given("hundred", _HUNDRED),
    )
