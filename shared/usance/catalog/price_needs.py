"""What a price needs to know besides an item's quantity, for those who check contracts and gather quantities."""

from __future__ import annotations

from usance.catalog.price import (
    CapacityPrice,
    DynamicPrice,
    FormulaPrice,
    MatrixPrice,
    PercentPrice,
    Price,
    TwoDimensionalPrice,
)
from usance.catalog.tiers import WindowedPrice


def meters_of(price: Price) -> tuple[str, ...]:
    """Names of the metrics or named quantities that it needs besides the item's own quantity."""
    return tuple(price.meters) if isinstance(price, CapacityPrice | FormulaPrice) else ()


def prices_dimensions(price: Price) -> tuple[str, ...]:
    """Names of the dimensions by whose values it needs the quantity."""
    if isinstance(price, MatrixPrice):
        return price.dimensions
    return (price.column,) if isinstance(price, TwoDimensionalPrice) else ()


def prices_events(price: Price) -> bool:
    """Whether it needs the single events; only a quantity that adds them up can be priced by it."""
    return isinstance(price, DynamicPrice) or (isinstance(price, PercentPrice) and price.by_event)


def needed_fields(price: Price) -> tuple[str, ...]:
    """Fields that it reads from each event's data, besides the metric's."""
    return (price.amount_field,) if isinstance(price, DynamicPrice) else ()


def reset_of(price: Price) -> str | None:
    """Length of the window over which its table of tiers climbs; None for the billing period, or without a table."""
    return price.reset if isinstance(price, WindowedPrice) else None
