"""Prices as data: one class for each price model, told apart by `model`.

Here are the models that need no table of their own, and `Price`, the union of all. A price says from which day it
holds; until then, or from the item's start, the one before it does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from usance.catalog.authored import Authored, NotNegative, Positive, refuse
from usance.catalog.constant import check_constants
from usance.catalog.dimensions import MatrixPrice, TwoDimensionalPrice
from usance.catalog.expression import parse
from usance.catalog.names import FieldName
from usance.catalog.price_terms import Conversion, NoOwnQuantityPrice, OneQuantityPrice, PriceTerms
from usance.catalog.tiers import (
    MAX_TIERS,
    StepPrice,
    Tier,
    TieredPercentPrice,
    TieredPrice,
    VolumePrice,
    bound_faults,
)
from usance.catalog.whole import checked_whole
from usance.kernel.amount import ONE, ZERO, Rounding, plain
from usance.kernel.errors import Fault

__all__ = [
    "CapacityPrice",
    "Conversion",
    "DynamicPrice",
    "FlatPrice",
    "FormulaPrice",
    "MatrixPrice",
    "PackagePrice",
    "PerUnitPrice",
    "PercentPrice",
    "Price",
    "PriceTerms",
    "StepPrice",
    "Tier",
    "TieredPercentPrice",
    "TieredPrice",
    "TwoDimensionalPrice",
    "VolumePrice",
]


class FlatPrice(OneQuantityPrice):
    """A fixed amount for the period, whatever the quantity."""

    model: Literal["flat"]
    amount: NotNegative
    """Amount for a full period, in major units."""


class PerUnitPrice(OneQuantityPrice):
    """Quantity times a unit amount."""

    model: Literal["per_unit"]
    unit_amount: NotNegative
    """Amount for `per` units, in major units."""
    per: Positive = ONE
    """How many units the unit amount is for."""


class PercentPrice(OneQuantityPrice):
    """A percentage of the quantity, read as money in the contract's currency; perhaps event by event."""

    model: Literal["percent"]
    percentage: NotNegative
    fixed_amount: NotNegative = ZERO
    """Charged for each event, besides the percentage."""
    free_events: int = Field(0, ge=0)
    """The first so many events of a period are free."""
    free_amount: NotNegative = ZERO
    """So much money of a period, that of its first events that are not free, has no percentage."""
    per_event_minimum: NotNegative | None = None
    """Least that an event costs, its fixed amount included."""
    per_event_maximum: NotNegative | None = None
    """Most that an event costs, its fixed amount included."""

    @model_validator(mode="after")
    def _event_bounds_agree(self) -> Self:
        low, high = self.per_event_minimum, self.per_event_maximum
        if low is not None and high is not None and low > high:
            refuse([Fault("/per_event_minimum", "out_of_range", f"is above per_event_maximum, {plain(high)}")])
        return self

    @property
    def by_event(self) -> bool:
        """Whether what is charged depends on the single events."""
        bounds = (self.per_event_minimum, self.per_event_maximum)
        return bool(self.fixed_amount or self.free_events or bounds != (None, None))


class PackagePrice(OneQuantityPrice):
    """Whole packages, of which a started one is charged."""

    model: Literal["package"]
    package_size: Positive
    unit_amount: NotNegative
    """Amount for a package, in major units."""
    round_: Rounding = Field("up", alias="round")
    """What a started package is: a whole one, none, or what is nearest (a half is a whole one)."""


class DynamicPrice(NoOwnQuantityPrice):
    """The amounts that events carry themselves, times a multiplier."""

    model: Literal["dynamic"]
    amount_field: FieldName
    """The field of an event's data that holds its amount, in major units."""
    multiplier: NotNegative = ONE

    @property
    def meters(self) -> tuple[str, ...]:
        """Names of the further quantities that the price needs: none."""
        return ()


class CapacityTier(Authored):
    """What a size of capacity costs for a full period."""

    amount: NotNegative


Limits = Annotated[tuple[Positive | None, ...], Field(max_length=MAX_TIERS)]
"""The most that each size holds of something, included; the last may be null, without limit."""


def _limit_faults(meters: object, before: Mapping[str, Any]) -> list[Fault]:
    """Whether each meter has a limit for each size, and limits rise."""
    faults: list[Fault] = []
    sizes = len(before.get("tiers", ()))
    for name, limits in meters.items() if isinstance(meters, Mapping) and sizes else ():
        if not isinstance(limits, list | tuple):
            continue
        if len(limits) not in (sizes, sizes - 1):
            why = (
                f"has {len(limits)} limits for {sizes} tiers: give one for each; only the last may be left out or null"
            )
            faults.append(Fault(f"/{name}", "does_not_fit", why))
        else:
            open_ended = limits if limits and limits[-1] is None else [*limits, None]
            faults += [fault.under(f"/{name}") for fault in bound_faults(open_ended, ZERO)]
    return faults


class CapacityPrice(NoOwnQuantityPrice):
    """The amount of the smallest size that holds every meter."""

    model: Literal["capacity"]
    tiers: tuple[CapacityTier, ...] = Field(min_length=1, max_length=MAX_TIERS)
    meters: Annotated[dict[FieldName, Limits], Field(min_length=1, max_length=20), checked_whole(_limit_faults)]
    """For each metric or named quantity, what each size holds of it."""


class FormulaPrice(PriceTerms):
    """An amount worked out from quantities by an expression."""

    model: Literal["formula"]
    expression: str = Field(min_length=1, examples=["max(quantity - included, 0) * 0.02"])
    """Names of quantities, numbers, + - * / and parentheses, min, max, ceil, floor, round. `quantity` is the item's."""

    @field_validator("expression")
    @classmethod
    def _readable(cls, expression: str) -> str:
        try:
            check_constants(parse(expression))
        except ValueError as error:
            refuse([Fault("", "bad_expression", str(error))])
        return expression

    @property
    def meters(self) -> tuple[str, ...]:
        """Names of the further quantities that the price needs."""
        return tuple(dict.fromkeys(name for name in parse(self.expression).names() if name != "quantity"))


Price = Annotated[
    FlatPrice
    | PerUnitPrice
    | PercentPrice
    | PackagePrice
    | TieredPrice
    | VolumePrice
    | StepPrice
    | TieredPercentPrice
    | MatrixPrice
    | TwoDimensionalPrice
    | DynamicPrice
    | CapacityPrice
    | FormulaPrice,
    Field(discriminator="model"),
]
"""Any price. Adding a model means a class here or beside this file, and a file of its name in `usance.pricing`."""
