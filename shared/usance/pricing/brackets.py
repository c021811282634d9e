"""The bracket that a quantity reaches: tier i for (up_to[i-1], up_to[i]], the first one for zero too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, TypeVar

from usance.catalog.tiers import TierBound
from usance.kernel.amount import ZERO, plain

AnyTier = TypeVar("AnyTier", bound=TierBound)


@dataclass(frozen=True, slots=True)
class Bracket(Generic[AnyTier]):
    """A tier, its number from 1, and where it begins."""

    number: int
    tier: AnyTier
    lower: Decimal

    @property
    def words(self) -> str:
        """The range it covers, for people."""
        upper = self.tier.up_to
        range_ = f"above {plain(self.lower)}" if upper is None else f"{plain(self.lower)} to {plain(upper)}"
        return f"tier {self.number} ({range_})"


def brackets(tiers: Sequence[AnyTier]) -> Iterator[Bracket[AnyTier]]:
    """The tiers of a sound table, one after another, each with where it begins."""
    lower = ZERO
    for number, tier in enumerate(tiers, start=1):
        yield Bracket(number, tier, lower)
        lower = tier.up_to if tier.up_to is not None else lower


def reached(tiers: Sequence[AnyTier], quantity: Decimal) -> Bracket[AnyTier]:
    """The bracket that a quantity of zero or more reaches. Raises ValueError for a table whose last tier is closed."""
    for bracket in brackets(tiers):
        if bracket.tier.up_to is None or quantity <= bracket.tier.up_to:
            return bracket
    raise ValueError("the last tier is closed")
