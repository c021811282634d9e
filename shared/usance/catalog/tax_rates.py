"""A row of the table of tax rates: what a category of things bears in a place, from a day on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from usance.catalog.authored import Authored, refuse
from usance.catalog.modifiers import as_tuple
from usance.catalog.tax import MOST_COMPONENTS, CountryCode, Percentage, TaxLabel, duplicates
from usance.kernel.errors import Fault

PlaceName = Annotated[str, Field(min_length=1, max_length=100)]
PostalCode = Annotated[str, Field(min_length=1, max_length=20, pattern=r"^[A-Za-z0-9 -]*[A-Za-z0-9][A-Za-z0-9 -]*$")]


def postal(code: str) -> str:
    """A postal code as codes are compared: capitals and digits alone."""
    return code.replace(" ", "").replace("-", "").upper()


class RatePart(Authored):
    """One tax of a row."""

    tax_name: TaxLabel = Field(examples=["GST"])
    rate_percent: Percentage
    is_compound: bool = False
    """Whether the taxes before it are taxed with it."""
    compound_order: int = Field(0, ge=0, le=100)
    """Taxes are worked out in this order; where it is equal, compound ones last, and else as they are written."""
    jurisdiction_level: Literal["country", "state", "county", "city", "district", "special"] | None = None
    jurisdiction_code: str | None = Field(None, min_length=1, max_length=60)


class JurisdictionRate(Authored):
    """What a tax category bears in a place and time. Rows may overlap; a look-up that meets two of them says so."""

    name: str | None = Field(None, min_length=1, max_length=120, examples=["New York City"])
    country: CountryCode = Field(examples=["US"])
    state: PlaceName | None = Field(None, examples=["NY"])
    city: PlaceName | None = None
    zip_start: PostalCode | None = Field(None, examples=["10001"])
    """First postal code of a range, or the only one."""
    zip_end: PostalCode | None = Field(None, examples=["10292"])
    """Last postal code of the range, as long as the first; `zip_start` when left out."""
    tax_category: str = Field(min_length=1, max_length=100, examples=["saas"])
    """Code of the tax category."""
    effective_from: date
    """First day."""
    effective_to: date | None = None
    """Last day; without it the row holds until it is closed."""
    active: bool = True
    rates: Annotated[
        tuple[RatePart, ...],
        BeforeValidator(as_tuple, json_schema_input_type=RatePart | tuple[RatePart, ...]),
        Field(max_length=MOST_COMPONENTS),
    ]
    """An empty list says that nothing is due there."""

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        faults = list(self._zip_faults())
        if self.effective_to is not None and self.effective_to < self.effective_from:
            why = f"lies before effective_from, {self.effective_from}"
            faults.append(Fault("/effective_to", "ends_before_start", why))
        faults += duplicates([(one.tax_name, one.rate_percent) for one in self.rates], "/rates")
        refuse(faults)
        return self

    def _zip_faults(self) -> Iterator[Fault]:
        if self.zip_end is None:
            return
        if self.zip_start is None:
            yield Fault("/zip_start", "missing", "is missing: a range of postal codes has a first one")
            return
        first, last = postal(self.zip_start), postal(self.zip_end)
        if len(first) != len(last):
            why = f"is not as long as zip_start, {self.zip_start}: codes are compared character by character"
            yield Fault("/zip_end", "wrong_length", why)
        elif last < first:
            yield Fault("/zip_end", "ends_before_start", f"comes before zip_start, {self.zip_start}")
