"""What all prices have: since when, in which currency, and what happens to the quantity before the model sees it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from usance.catalog.authored import Authored, NotNegative, Positive, refuse
from usance.kernel.amount import MAX_DECIMALS, Rounding, plain
from usance.kernel.errors import Fault

PriceCurrency = Annotated[str, Field(min_length=1, max_length=20)]
"""An ISO 4217 code, or the code of one of the contract's pricing units. The contract knows which there are."""


class Conversion(Authored):
    """From the unit that is measured to the unit that is priced: divide or multiply, and perhaps round."""

    divide_by: Positive | None = None
    multiply_by: Positive | None = None
    round_: Literal["none", Rounding] = Field("none", alias="round")
    """What happens to fractions: none keeps them, up, down, or nearest (half away from zero)."""
    places: int = Field(0, ge=0, le=MAX_DECIMALS)
    """Decimals that are kept when rounding; whole units when left out."""

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        faults = []
        if (self.divide_by is None) == (self.multiply_by is None):
            found = "neither" if self.divide_by is None else "both"
            faults.append(Fault("", "one_of", f"has {found}: give divide_by or multiply_by"))
        if self.places and self.round_ == "none":
            why = "says how many decimals rounding keeps, and nothing is rounded: say round: up, down or nearest"
            faults.append(Fault("/places", "no_rounding", why))
        refuse(faults)
        return self


class PriceTerms(Authored):
    """What all prices have."""

    from_: date | None = Field(None, alias="from")
    """First day this price holds; the item's start when left out."""

    currency: PriceCurrency | None = None
    """The contract's when left out; or the code of one of its pricing units."""

    charge_at_zero: bool = True
    """Whether flat parts are charged when the quantity is zero."""

    convert: Conversion | None = None
    """From what is measured to what is priced."""

    minimum_quantity: NotNegative | None = None
    """At least so much is priced."""

    maximum_quantity: NotNegative | None = None
    """At most so much is priced; what is above costs nothing more."""

    @model_validator(mode="after")
    def _bounds_agree(self) -> Self:
        low, high = self.minimum_quantity, self.maximum_quantity
        if low is not None and high is not None and low > high:
            why = f"is above maximum_quantity, {plain(high)}"
            refuse([Fault("/minimum_quantity", "out_of_range", why)])
        return self


def _unused(price: PriceTerms, names: Iterable[str], code: str, why: str) -> None:
    """Refuse terms that would do nothing."""
    refuse([Fault(f"/{name}", code, why) for name in names if getattr(price, name) is not None])


class NoOwnQuantityPrice(PriceTerms):
    """What prices have that do not look at the item's own quantity: nothing converts or bounds it."""

    @model_validator(mode="after")
    def _nothing_to_convert(self) -> Self:
        why = "does nothing here: this model does not price the item's own quantity"
        _unused(self, ("convert", "minimum_quantity", "maximum_quantity"), "no_own_quantity", why)
        return self


class OneQuantityPrice(PriceTerms):
    """What prices have that look at the item's own quantity alone."""

    @property
    def meters(self) -> tuple[str, ...]:
        """Names of the further quantities that the price needs: none."""
        return ()


class PartedPrice(OneQuantityPrice):
    """What prices have that look at the parts of the quantity by dimension. A maximum quantity holds for each part."""

    @model_validator(mode="after")
    def _no_minimum(self) -> Self:
        why = "does nothing here: this model cannot say what units cost that were not used, and so have no dimensions"
        _unused(self, ("minimum_quantity",), "no_minimum_quantity", why)
        return self
