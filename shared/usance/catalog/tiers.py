"""Prices by tiers of the quantity: tiered, volume, step and tiered percent, and what makes a table of tiers sound."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, Field

from usance.catalog.authored import Authored, CadenceText, Exact, NotNegative, refuse
from usance.catalog.price_terms import OneQuantityPrice
from usance.kernel.amount import ZERO, plain
from usance.kernel.errors import Fault

MAX_TIERS = 200
"""Tiers of one price."""


class TierBound(Authored):
    """A range of quantities, above the tier before it and up to and including `up_to`."""

    up_to: Exact | None
    """Upper bound, included; null for the last tier."""


class Tier(TierBound):
    """A tier with a unit amount."""

    unit_amount: NotNegative = ZERO
    flat_amount: NotNegative = ZERO
    """Charged once when the quantity enters the tier."""


class StepTier(TierBound):
    """A tier that costs one amount."""

    flat_amount: NotNegative


class PercentTier(TierBound):
    """A tier with a percentage of what falls in it."""

    percentage: NotNegative
    flat_amount: NotNegative = ZERO
    """Charged once when the quantity enters the tier."""


Table = TypeVar("Table", bound=Sequence[TierBound])


def bound_faults(bounds: Sequence[Decimal | None], start: Decimal | None, member: str = "") -> list[Fault]:
    """What is wrong with upper bounds: they rise strictly, from above `start`, and the last one alone is open."""
    if not bounds:
        return [Fault("", "no_tiers", "needs at least one tier")]
    faults = []
    if bounds[-1] is not None:
        why = "must be null: the last tier is open"
        faults.append(Fault(f"/{len(bounds) - 1}{member}", "last_tier_closed", why))
    for place, bound in enumerate(bounds[:-1]):
        pointer = f"/{place}{member}"
        if bound is None:
            faults.append(Fault(pointer, "open_tier", "is null, but only the last tier is open"))
        elif start is not None and bound <= start:
            faults.append(Fault(pointer, "tiers_not_increasing", f"is not above {plain(start)}, where it begins"))
        start = bound if bound is not None else start
    return faults


def ordered(tiers: Table) -> Table:
    """A table of tiers whose bounds are sound. Refuses any other for all its faults."""
    refuse(bound_faults([tier.up_to for tier in tiers], ZERO, "/up_to"))
    return tiers


_Count = Field(max_length=MAX_TIERS)
Tiers = Annotated[tuple[Tier, ...], AfterValidator(ordered), _Count]
"""A sound table of tiers with unit amounts."""


class WindowedPrice(OneQuantityPrice):
    """What prices by tiers have: how long a quantity goes on climbing before it begins at zero again."""

    reset: CadenceText | None = None
    """Length of the window in which the quantity accumulates; the billing period when left out."""


class TieredPrice(WindowedPrice):
    """Each part of the quantity at the rate of the tier it falls in, plus the flat amount of every tier entered."""

    model: Literal["tiered"]
    tiers: Tiers


class VolumePrice(WindowedPrice):
    """The whole quantity at the rate of the tier that it reaches, plus that tier's flat amount."""

    model: Literal["volume"]
    tiers: Tiers


class StepPrice(WindowedPrice):
    """The flat amount of the tier that the quantity reaches."""

    model: Literal["step"]
    tiers: Annotated[tuple[StepTier, ...], AfterValidator(ordered), _Count]


class TieredPercentPrice(WindowedPrice):
    """Each part of the quantity, read as money, at the percentage of its tier, plus flat amounts of tiers entered."""

    model: Literal["tiered_percent"]
    tiers: Annotated[tuple[PercentTier, ...], AfterValidator(ordered), _Count]
