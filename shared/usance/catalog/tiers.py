"""Prices by tiers of the quantity: tiered, volume, step and tiered percent, and what makes a table of tiers sound."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field

from usance.catalog.authored import Authored, CadenceText, Exact, NotNegative
from usance.catalog.price_terms import OneQuantityPrice
from usance.catalog.whole import checked_whole, member
from usance.kernel.amount import ZERO, exact, plain
from usance.kernel.errors import Fault

MAX_TIERS: Final = 200
"""Tiers of one price."""

_UNREADABLE: Final = Decimal("NaN")
"""Stands for a bound that was written and is no decimal."""


class TierBound(Authored):
    """A range of quantities, above the tier before it and up to and including `up_to`."""

    up_to: Exact | None
    """Upper bound, included; null for the last tier."""


def _nothing_is_zero(value: object) -> object:
    return ZERO if value is None else value


AmountOrNull = Annotated[NotNegative, BeforeValidator(_nothing_is_zero, json_schema_input_type=NotNegative | None)]
"""An amount; null is zero, as when it is left out."""


class Tier(TierBound):
    """A tier with a unit amount."""

    unit_amount: AmountOrNull = ZERO
    flat_amount: AmountOrNull = ZERO
    """Charged once when the quantity enters the tier."""


class StepTier(TierBound):
    """A tier that costs one amount."""

    flat_amount: NotNegative


class PercentTier(TierBound):
    """A tier with a percentage of what falls in it."""

    percentage: NotNegative
    flat_amount: AmountOrNull = ZERO
    """Charged once when the quantity enters the tier."""


def bound_faults(written: Sequence[object], start: Decimal | None, under: str = "") -> list[Fault]:
    """What is wrong with upper bounds: they rise strictly, from above `start`, and the last one alone is open.

    Takes them as they were written: one that is no decimal is refused where it stands, and is passed over here.
    """
    if not written:
        return [Fault("", "no_tiers", "needs at least one tier")]
    bounds = [_bound(one) for one in written]
    faults = []
    if bounds[-1] is not None and not bounds[-1].is_nan():
        why = "must be null: the last tier is open"
        faults.append(Fault(f"/{len(bounds) - 1}{under}", "last_tier_closed", why))
    for place, bound in enumerate(bounds[:-1]):
        pointer = f"/{place}{under}"
        if bound is None:
            faults.append(Fault(pointer, "open_tier", "is null, but only the last tier is open"))
        elif bound.is_nan():
            continue
        elif start is not None and bound <= start:
            faults.append(Fault(pointer, "tiers_not_increasing", f"is not above {plain(start)}, where it begins"))
        start = bound if bound is not None else start
    return faults


def _bound(written: object) -> Decimal | None:
    try:
        return None if written is None else exact(written)  # type: ignore[arg-type] # whatever was written
    except ValueError:
        return _UNREADABLE


def _table_faults(tiers: object, _before: object) -> list[Fault]:
    """What is wrong with the bounds of a table as it was written."""
    if not isinstance(tiers, list | tuple):
        return []
    return bound_faults([member(tier, "up_to", "") for tier in tiers], ZERO, "/up_to")


_SOUND = (Field(max_length=MAX_TIERS), checked_whole(_table_faults))
Tiers = Annotated[tuple[Tier, ...], *_SOUND]
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
    tiers: Annotated[tuple[StepTier, ...], *_SOUND]


class TieredPercentPrice(WindowedPrice):
    """Each part of the quantity, read as money, at the percentage of its tier, plus flat amounts of tiers entered."""

    model: Literal["tiered_percent"]
    tiers: Annotated[tuple[PercentTier, ...], *_SOUND]
