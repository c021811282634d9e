"""Prices as data: one class for each price model, told apart by `model`.

A price says from which day it holds; until then, or from the item's start, the one before it does.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, field_validator

from usance.catalog.authored import Authored, Exact, NotNegative, Positive, refuse
from usance.kernel.amount import plain
from usance.kernel.errors import Fault


class PriceTerms(Authored):
    """What all prices have."""

    from_: date | None = Field(None, alias="from")
    """First day this price holds; the item's start when left out."""

    charge_at_zero: bool = True
    """Whether flat parts are charged when the quantity is zero."""


class FlatPrice(PriceTerms):
    """A fixed amount for the period, whatever the quantity."""

    model: Literal["flat"]
    amount: NotNegative
    """Amount for a full period, in major units."""


class PerUnitPrice(PriceTerms):
    """Quantity times a unit amount."""

    model: Literal["per_unit"]
    unit_amount: NotNegative
    """Amount for `per` units, in major units."""
    per: Positive = Decimal(1)
    """How many units the unit amount is for."""


class Tier(Authored):
    """A range of quantities, above the tier before it and up to and including `up_to`."""

    up_to: Exact | None
    """Upper bound, included; null for the last tier."""
    unit_amount: NotNegative = Decimal(0)
    flat_amount: NotNegative = Decimal(0)
    """Charged once when the quantity enters the tier."""


class TieredPrice(PriceTerms):
    """Each part of the quantity at the rate of the tier it falls in, plus the flat amount of every tier entered."""

    model: Literal["tiered"]
    tiers: tuple[Tier, ...]

    @field_validator("tiers")
    @classmethod
    def _ordered(cls, tiers: tuple[Tier, ...]) -> tuple[Tier, ...]:
        faults = []
        if not tiers:
            faults.append(Fault("", "no_tiers", "needs at least one tier"))
        elif tiers[-1].up_to is not None:
            faults.append(Fault(f"/{len(tiers) - 1}/up_to", "last_tier_closed", "must be null: the last tier is open"))
        bound = Decimal(0)
        for place, tier in enumerate(tiers[:-1]):
            pointer = f"/{place}/up_to"
            if tier.up_to is None:
                faults.append(Fault(pointer, "open_tier", "is null, but only the last tier is open"))
            elif tier.up_to <= bound:
                faults.append(Fault(pointer, "tiers_not_increasing", f"is not above {plain(bound)}, where it begins"))
            bound = tier.up_to or bound
        refuse(faults)
        return tiers


Price = Annotated[FlatPrice | PerUnitPrice | TieredPrice, Field(discriminator="model")]
"""Any price. Adding a model means a class here and a file of that name in `usance.pricing`."""
