"""A recorded change of a contract as people write it."""

from __future__ import annotations

from datetime import date
from typing import Self

from pydantic import model_validator

from usance.catalog.authored import Authored, Exact
from usance.contract.item import Prices


class Amendment(Authored):
    """A recorded change of one item: its prices or its quantity from a day on.

    Prices without `from` hold from `effective_on`. What was agreed for days from `effective_on` on is replaced.
    """

    effective_on: date
    item: str
    prices: Prices | None = None
    quantity: Exact | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if self.prices is None and self.quantity is None:
            raise ValueError("must change something: give prices or quantity")
        return self
