"""A phase as people write it: a dated part of a contract that groups items and what modifies them together."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, Field

from usance.catalog.authored import Authored
from usance.catalog.modifiers import Committed, Discounts, Grants, ServiceFees, as_tuple
from usance.catalog.tax import Tax
from usance.contract.item import Item
from usance.contract.payment_terms import PaymentTerms


class Phase(Authored):
    """Items that name it, or stand inside of it, share its days unless they have their own, and its modifiers."""

    id: str = Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    name: str | None = Field(None, max_length=255)
    starts_on: date | None = None
    """The contract's first day when left out."""
    ends_on: date | None = None
    """Last day covered; the contract's when left out."""
    items: Annotated[tuple[Item, ...], BeforeValidator(as_tuple, json_schema_input_type=Item | tuple[Item, ...])] = (
        Field((), max_length=500)
    )
    discounts: Discounts = ()
    commitment: Committed | None = None
    service_fees: ServiceFees = ()
    grants: Grants = ()
    tax: Tax | None = None
    payment_terms: PaymentTerms | None = None
    """The contract's when left out."""
