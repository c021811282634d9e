"""Prices as data: one class for each price model, told apart by `model`.

A price says from which day it holds; until then, or from the item's start, the one before it does.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, field_validator

from usance.catalog.authored import Authored, Exact, NotNegative, Positive


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
        if not tiers:
            raise ValueError("needs at least one tier")
        if tiers[-1].up_to is not None:
            raise ValueError("the last tier must be open: write up_to: null")
        bounds = [Decimal(0)]
        for number, tier in enumerate(tiers[:-1], start=1):
            if tier.up_to is None:
                raise ValueError(f"tier {number} is open, but only the last tier may be")
            if tier.up_to <= bounds[-1]:
                raise ValueError(f"tier {number} ends at {tier.up_to}, which is not above {bounds[-1]}")
            bounds.append(tier.up_to)
        return tiers


Price = Annotated[FlatPrice | PerUnitPrice | TieredPrice, Field(discriminator="model")]
"""Any price. Adding a model means a class here and a file of that name in `usance.pricing`."""
