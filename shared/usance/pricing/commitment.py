"""Commitments: the minimum that is owed in any case, and the maximum that nothing goes above.

    shortfall = max(0, minimum - what was charged)      a line that tops up
    excess    = max(0, what was charged - maximum)      a line that takes off

A window that was cut short owes all of its minimum, and may be charged all of its maximum, unless
`charge_full_amount: false`: then both are a share by days.
"""

from __future__ import annotations

from decimal import Decimal

from usance.catalog.modifiers import Commitment
from usance.kernel.amount import ZERO
from usance.kernel.derivation import Derivation, derived, given
from usance.kernel.period import Period


def of_window(terms: Commitment, value: Decimal, label: str, window: Period, full: Period) -> Derivation:
    """A minimum or maximum for a window, which is `full` when it is not cut short."""
    node = given(label, value)
    if terms.charge_full_amount or window.days == full.days:
        return node
    return derived(
        "share",
        f"{window.days} of {full.days} days",
        node,
        given(f"days of the window, {window}", window.days),
        given(f"days of a whole one, {full}", full.days),
    )


def shortfall(minimum: Derivation, charged: Derivation) -> Derivation:
    """What is missing to the minimum, not rounded; zero when nothing is."""
    return _positive(derived("difference", "missing to the minimum", minimum, charged))


def excess(maximum: Derivation, charged: Derivation) -> Derivation:
    """What is above the maximum, not rounded; zero when nothing is."""
    return _positive(derived("difference", "above the maximum", charged, maximum))


def _positive(node: Derivation) -> Derivation:
    return node if node.value > ZERO else derived("maximum", "never negative", node, given("zero", 0))
