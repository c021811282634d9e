"""An entitlement, by name, and a grant of it that a person gives by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Self

from pydantic import Field, model_validator

from usance.catalog.authored import Authored, CadenceText, Instant, Positive, refuse
from usance.catalog.modifiers import GrantType, Label, Rollover, counted_faults
from usance.kernel.errors import Fault


class Entitlement(Authored):
    """Something that customers may have a balance of, or a feature that they may have."""

    name: str = Field(min_length=1, max_length=100, examples=["api_calls"])
    """What grants and consumers call it; unique, and good wherever its id is."""
    type: GrantType
    """A quantity reduces what is priced; credits pay for what was priced; a feature is had or not."""
    unit: str | None = Field(None, min_length=1, max_length=20)
    """Of credits: the pricing unit that they are in, for grants that name none. Of a quantity: what is counted, for
    people."""
    description: str | None = Field(None, min_length=1, max_length=1_000)

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.type == "feature" and self.unit is not None:
            refuse([Fault("/unit", "not_allowed", "does not belong here: a feature is had or not, nothing is counted")])
        return self


class ManualGrant(Authored):
    """A grant given by hand: once, or again and again."""

    entitlement: str = Field(min_length=1, max_length=100)
    """Name of what is granted."""
    type: GrantType
    amount: Positive | None = None
    """Units, or credits, each time that it is given; none for a feature."""
    effective_on: date | None = None
    """First day on which it is usable."""
    effective_at: Instant | None = None
    """Instant from which on it is usable. Without a day and an instant: from when it is recorded."""
    expires_on: date | None = None
    """Last day on which it is usable."""
    expires_at: Instant | None = None
    """First instant at which it is not usable any more."""
    expires_after: CadenceText | None = None
    """How long after it was given what is left is lost. Without any expiry: a recurring grant until it is given again,
    another one never."""
    every: CadenceText | None = None
    """How often it is given again; once when left out."""
    rollover: Rollover | None = None
    priority: int = Field(0, ge=0, le=255)
    """The lowest is used first."""
    unit: str | None = Field(None, min_length=1, max_length=20)
    """For credits in a pricing unit of the contract: its code."""
    label: Label | None = None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        given = {"amount": self.amount, "rollover": self.rollover, "unit": self.unit}
        refuse([*counted_faults(self.type, given), *self._said_twice(), *self._ends_early()])
        return self

    def _said_twice(self) -> Iterator[Fault]:
        if self.effective_on is not None and self.effective_at is not None:
            yield Fault("/effective_at", "contradictory", "effective_on says it already: give one of them")
        ends = [name for name in ("expires_on", "expires_at", "expires_after") if getattr(self, name) is not None]
        for name in ends[1:]:
            yield Fault(f"/{name}", "contradictory", f"{ends[0]} says it already: give one of them")
        if self.rollover is not None and self.every is None:
            yield Fault("/rollover", "contradictory", "nothing rolls over to a grant that is given once: give every")

    def _ends_early(self) -> Iterator[Fault]:
        if self.effective_at is not None and self.expires_at is not None and self.expires_at <= self.effective_at:
            yield Fault("/expires_at", "ends_before_start", "is not after effective_at")
        if self.effective_on is not None and self.expires_on is not None and self.expires_on < self.effective_on:
            yield Fault("/expires_on", "ends_before_start", f"lies before effective_on, {self.effective_on}")
        if self.expires_on == date.max:
            yield Fault("/expires_on", "out_of_range", "is the calendar's last day; leave it out for no end")
