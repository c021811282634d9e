"""The base of all answers, and money and days in them."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from usance.kernel.money import Money as Amount


class View(BaseModel):
    """An answer."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, populate_by_name=True)


class Money(View):
    """An amount in major units, as text, with exactly the currency's decimals."""

    amount: str = Field(examples=["12.34"])
    currency: str = Field(examples=["USD"])

    @classmethod
    def of(cls, amount: Amount) -> Self:
        return cls(amount=str(amount), currency=amount.currency)

    @classmethod
    def parse(cls, text: str, currency: str) -> Self:
        """Money that was kept as text of major units."""
        return cls(amount=text, currency=currency)


class Page(View):
    """The part of a list that all lists have."""

    next_cursor: str | None
    """Give it as `cursor` to go on; null at the end."""
