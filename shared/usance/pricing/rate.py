"""The registry of price models, and the order inside a price.

A quantity is converted (`conversion`), reduced by what was granted or is free, held between its bounds (`bounds`) and
then priced by its model; what is priced in a unit of its own becomes money last. The first steps are taken by who
assembles a line, because grants and free units stand between them; nothing else knows the order.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from usance.catalog.dimensions import MatrixPrice, TwoDimensionalPrice
from usance.catalog.price import (
    CapacityPrice,
    DynamicPrice,
    FlatPrice,
    FormulaPrice,
    PackagePrice,
    PercentPrice,
    PerUnitPrice,
    Price,
)
from usance.catalog.tiers import StepPrice, TieredPercentPrice, TieredPrice, VolumePrice
from usance.kernel.derivation import derived, given
from usance.pricing.capacity import rate_capacity
from usance.pricing.charge import Charge
from usance.pricing.dynamic import rate_dynamic
from usance.pricing.flat import rate_flat
from usance.pricing.formula import rate_formula
from usance.pricing.matrix import rate_matrix
from usance.pricing.package import rate_package
from usance.pricing.per_unit import rate_per_unit
from usance.pricing.percent import rate_percent
from usance.pricing.quantities import Quantities
from usance.pricing.step import rate_step
from usance.pricing.tiered import rate_tiered, rate_tiered_percent
from usance.pricing.two_dimensional import rate_two_dimensional
from usance.pricing.volume import rate_volume

_MODELS: dict[type[Any], Callable[[Any, Quantities], Charge]] = {
    FlatPrice: rate_flat,
    PerUnitPrice: rate_per_unit,
    PercentPrice: rate_percent,
    PackagePrice: rate_package,
    TieredPrice: rate_tiered,
    VolumePrice: rate_volume,
    StepPrice: rate_step,
    TieredPercentPrice: rate_tiered_percent,
    MatrixPrice: rate_matrix,
    TwoDimensionalPrice: rate_two_dimensional,
    DynamicPrice: rate_dynamic,
    CapacityPrice: rate_capacity,
    FormulaPrice: rate_formula,
}


def rate(price: Price, quantities: Quantities, unit_rate: Decimal | None = None) -> Charge:
    """The exact charge for quantities at a price, in the price's currency.

    `unit_rate` is what one pricing unit is worth, for a price in one. Raises CannotBill for what no model can price.
    """
    return in_money(_MODELS[type(price)](price, quantities), unit_rate)


def in_money(charge: Charge, unit_rate: Decimal | None) -> Charge:
    """A charge in pricing units as money; without a rate it is money already."""
    if unit_rate is None:
        return charge
    worth = given("worth of one pricing unit", unit_rate)
    return Charge(derived("product", "pricing units × what one is worth", charge.derivation, worth), charge.unpriced)
