"""Proration: the part of a charge for a full cycle that falls to some of its days.

By calendar days in the contract's zone, over the days of the full cycle that contains them. The divisor of an opening
stub is therefore the cycle that ends at the first boundary, that of a closing stub the one that starts at the last.
"""

from __future__ import annotations

from usance.kernel.derivation import Derivation, derived, given
from usance.kernel.period import Period


def prorate(charge: Derivation, held: Period, full: Period) -> Derivation:
    """The share of a full cycle's charge for the days held; the charge itself when they are the whole cycle."""
    if held.days == full.days:
        return charge
    return derived(
        "share",
        f"{held.days} of {full.days} days",
        charge,
        given(f"days held, {held}", held.days),
        given(f"days of the full cycle, {full}", full.days),
    )
