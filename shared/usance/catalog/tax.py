"""Tax as people write it: a percentage or several components, what is taxed alike, and the ids of who is taxed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from usance.catalog.authored import Authored, NotNegative, refuse
from usance.catalog.modifiers import as_tuple
from usance.kernel.amount import plain
from usance.kernel.errors import Fault

MOST_COMPONENTS: Final = 10

_HUNDRED: Final = Decimal(100)


def _at_most_all(value: Decimal) -> Decimal:
    if value > _HUNDRED:
        raise ValueError("a percentage of tax is at most 100")
    return value


Percentage = Annotated[NotNegative, AfterValidator(_at_most_all)]
"""0 to 100."""

TaxLabel = Annotated[str, Field(min_length=1, max_length=60)]
"""What the tax is called on the document: VAT, GST."""

CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
"""ISO 3166 code of two capitals."""

TaxCategoryCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
"""Code of a tax category: letters, digits, `.`, `_` and `-`, at most 100."""


def duplicates(parts: Iterable[tuple[str, Decimal]], where: str) -> Iterator[Fault]:
    """A fault for each part that repeats the label and percentage of another: one line could not tell them apart."""
    seen = set()
    for place, part in enumerate(parts):
        if part in seen:
            why = f"another part is {part[0]} {plain(part[1])} % too: give it another name, or write the sum once"
            yield Fault(f"{where}/{place}", "duplicate_component", why)
        seen.add(part)


class TaxComponentTerms(Authored):
    """One tax among several: a percentage of the net amount, or of the net amount and the taxes before it."""

    label: TaxLabel | None = None
    """Called as the whole is when left out."""
    percentage: Percentage
    compound: bool = False
    """Whether the components before this one are taxed with it."""


class TaxTerms(Authored):
    """Tax on what an item, phase or contract charges: a percentage, or several components in their order."""

    percentage: Percentage | None = None
    label: TaxLabel = "Tax"
    inclusive: bool = False
    """Whether prices contain the tax already."""
    components: Annotated[
        tuple[TaxComponentTerms, ...],
        BeforeValidator(as_tuple, json_schema_input_type=TaxComponentTerms | tuple[TaxComponentTerms, ...]),
        Field(max_length=MOST_COMPONENTS),
    ] = ()

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        faults = []
        if self.percentage is None and not self.components:
            faults.append(Fault("", "missing", "taxes nothing: give percentage or components"))
        if self.percentage is not None and self.components:
            why = "stands beside percentage: give one percentage, or the percentages of components"
            faults.append(Fault("/components", "not_allowed", why))
        named = [(one.label or self.label, one.percentage) for one in self.components]
        refuse([*faults, *duplicates(named, "/components")])
        return self


def _as_tax(value: object) -> object:
    return {"percentage": value} if isinstance(value, str | int) else value


Tax = Annotated[TaxTerms, BeforeValidator(_as_tax, json_schema_input_type=NotNegative | TaxTerms)]
"""Tax terms; a percentage alone may be written as a number or text."""


class TaxCategory(Authored):
    """What is taxed alike: software, training, books. Items name it, and rates are kept for it."""

    code: TaxCategoryCode = Field(examples=["saas"])
    name: str = Field(min_length=1, max_length=255, examples=["Software as a service"])
    external_codes: dict[Annotated[str, Field(min_length=1, max_length=60)], Annotated[str, Field(max_length=100)]] = (
        Field(default_factory=dict, max_length=20, examples=[{"avalara": "SW054000"}])
    )
    """What tax services call it, by the name of the service."""


TaxIdType = Literal[
    "eu_vat",
    "gb_vat",
    "ch_vat",
    "no_vat",
    "in_gst",
    "au_abn",
    "nz_gst",
    "ca_bn",
    "us_ein",
    "br_cnpj",
    "sg_uen",
    "other",
]
"""Whose number it is. `other` is kept as it is written; the others are checked."""


class TaxId(Authored):
    """A number under which a customer is registered for tax."""

    type: TaxIdType = Field(examples=["eu_vat"])
    value: str = Field(min_length=1, max_length=60, examples=["DE136695976"])
