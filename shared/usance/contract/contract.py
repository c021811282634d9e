"""A contract as people write it: items, phases, and what holds for all of them.

Documents that people write use `starts_on` and `ends_on`, and `ends_on` is the last day covered. One item, one phase
or one modifier alone need not be in a list.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from usance.catalog.authored import Authored, CurrencyCode, Positive, ZoneName, later_members, refuse
from usance.catalog.modifiers import Committed, Discounts, Grants, GrantTerms, ServiceFees, as_tuple
from usance.catalog.tax import Tax
from usance.contract.contract_faults import contract_faults
from usance.contract.item import Item
from usance.contract.payment_terms import AT_ONCE, PaymentTerms
from usance.contract.phase import Phase

PricingUnit = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,19}$", examples=["credits"])]
"""Code of a unit that prices may be in: lower-case letters, digits and `_`; never the code of a currency."""


class Contract(Authored):
    """The terms of a contract as first recorded; what changes later is an amendment."""

    id: str | None = Field(None, min_length=1, max_length=255)
    """The caller's own id (`external_id`)."""
    name: str | None = Field(None, max_length=255)
    customer: str | None = Field(None, min_length=1, max_length=255)
    """Id or external id of the customer."""
    currency: CurrencyCode | None = None
    """The organisation's currency when left out."""
    timezone: ZoneName | None = None
    """The customer's, else the organisation's, when left out. Days, months and cycles are cut in it."""
    starts_on: date
    ends_on: date | None = None
    anchor: date | Annotated[int, Field(ge=1, le=31)] | None = None
    payment_terms: PaymentTerms = Field(default_factory=lambda: AT_ONCE)
    proration: Literal["day", "second", "thirty_360", "none"] = "day"
    """How stubs and changes in mid-period are shared out; an item may say otherwise."""
    adjustments: Literal["next", "immediate"] = "next"
    late_usage: Literal["adjust", "ignore"] = "adjust"
    skip_zero: bool = False
    """Whether an invoice whose total is zero is left out."""
    tax: Tax | None = None
    items: tuple[Item, ...] = Field((), max_length=500)
    phases: Annotated[
        tuple[Phase, ...], BeforeValidator(as_tuple, json_schema_input_type=Phase | tuple[Phase, ...])
    ] = Field((), max_length=100)
    discounts: Discounts = ()
    commitment: Committed | None = None
    service_fees: ServiceFees = ()
    grants: Grants = ()
    pricing_units: dict[PricingUnit, Positive] = Field(default_factory=dict, max_length=20)
    """Units that prices and grants may be in besides the currency, and what one of each is worth in it."""

    @model_validator(mode="before")
    @classmethod
    def _single_item(cls, data: Any) -> Any:  # noqa: ANN401 - whatever was written
        refuse(later_members(data, ("grace", "auto_approve", "renewal", "parent")))
        if isinstance(data, dict) and isinstance(data.get("items"), dict):
            return {**data, "items": [data["items"]]}
        return data

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        refuse(contract_faults(self))
        return self

    @cached_property
    def all_items(self) -> tuple[Item, ...]:
        """The items of the contract and of its phases, each with the days and the phase that hold for it."""
        return tuple(item for _pointer, item in self.placed_items()) if self.phases else self.items

    def placed_items(self) -> Iterator[tuple[str, Item]]:
        """Each item with the pointer to where it was written."""
        phases = {phase.id: phase for phase in self.phases}
        for place, item in enumerate(self.items):
            yield f"/items/{place}", _in_phase(item, phases.get(item.phase)) if item.phase else item
        for number, phase in enumerate(self.phases):
            for place, item in enumerate(phase.items):
                yield f"/phases/{number}/items/{place}", _in_phase(item, phase)

    def placed_grants(self) -> Iterator[tuple[str, GrantTerms]]:
        """Everything that is granted, with the pointer to where it was written."""
        parts = [("", self.grants), *((f"/phases/{place}", phase.grants) for place, phase in enumerate(self.phases))]
        parts += ((where, item.grants) for where, item in self.placed_items())
        for where, grants in parts:
            for place, terms in enumerate(grants):
                yield f"{where}/grants/{place}", terms


def _in_phase(item: Item, phase: Phase | None) -> Item:
    if phase is None:
        return item
    days = {"starts_on": item.starts_on or phase.starts_on, "ends_on": item.ends_on or phase.ends_on}
    return item.model_copy(update={"phase": phase.id, **days})
