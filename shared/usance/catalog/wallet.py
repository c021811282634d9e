"""How a wallet fills itself, as people write it."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from usance.catalog.authored import Authored, NotNegative, Positive, refuse
from usance.kernel.amount import plain
from usance.kernel.errors import Fault


class AutomaticTopUp(Authored):
    """Buy money for a wallet when it runs low: a fixed amount, or what is missing to a target. Major units."""

    threshold: NotNegative
    """A balance at or below this is low."""
    amount: Positive | None = None
    """How much is bought each time."""
    target: Positive | None = None
    """Balance that is bought up to; above the threshold."""

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        faults = []
        if self.amount is None and self.target is None:
            faults.append(Fault("", "missing", "buys nothing: give amount or target"))
        if self.amount is not None and self.target is not None:
            faults.append(Fault("/target", "contradictory", "amount says it already: give one of them"))
        if self.target is not None and self.target <= self.threshold:
            why = f"is not above threshold, {plain(self.threshold)}"
            faults.append(Fault("/target", "out_of_range", why))
        refuse(faults)
        return self


class WalletSettings(AutomaticTopUp):
    """How a customer's wallet fills itself, and whether it does."""

    enabled: bool = True
