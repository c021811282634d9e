"""A metric as people write it: which events it takes, which of them it filters out, and what it makes of the rest."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BeforeValidator, Field, StrictBool, model_validator

from usance.catalog.authored import Authored, Positive, refuse
from usance.catalog.condition import Filter
from usance.catalog.names import FieldName, TypeName
from usance.kernel.amount import plain
from usance.kernel.errors import Fault


class Aggregate(StrEnum):
    """What a metric makes of the values of its events. Each has its function in `usance.metering.formulas`."""

    COUNT = "count"
    SUM = "sum"
    MAX = "max"
    MIN = "min"
    AVERAGE = "average"
    UNIQUE = "unique"
    """Distinct values of the field, which may be text."""
    LATEST = "latest"
    WEIGHTED_SUM = "weighted_sum"
    """Events change a level; the quantity is the level times the time it was held."""
    PERCENTILE = "percentile"


CARRYING: Final = frozenset({Aggregate.MAX, Aggregate.MIN, Aggregate.UNIQUE, Aggregate.LATEST, Aggregate.WEIGHTED_SUM})
"""Aggregates of something that lasts, so that it can be carried over from before a period."""

ADDITIVE: Final = frozenset({Aggregate.SUM, Aggregate.COUNT})
"""Aggregates of which splitting a window splits the quantity, whatever the events."""

MAX_DIMENSIONS: Final = 10

_PERCENTILE: Final = Decimal(95)
_SQL: Final = Fault("", "not_supported_yet", "sql is not supported yet: use another aggregate, with a filter")


def _known(value: object) -> object:
    if value == "sql":
        refuse([_SQL])
    return value


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


class Metric(Authored):
    """Turns the events of a period into a quantity."""

    name: str | None = Field(None, min_length=1, max_length=255)
    """What people call it: Total CPU hours."""
    event_type: TypeName
    """Name of the event type it reads."""
    aggregate: Annotated[Aggregate, BeforeValidator(_known)]
    field: FieldName | None = None
    """The field of an event's data whose values are aggregated; a count has none."""
    filter: Filter = ()
    """Which events count: all, when left out."""
    dimensions: Annotated[
        tuple[FieldName, ...], BeforeValidator(_as_list, json_schema_input_type=FieldName | tuple[FieldName, ...])
    ] = Field((), max_length=MAX_DIMENSIONS)
    """Fields by whose values the quantity is also given in groups, for prices that differ by them."""
    carry_over: StrictBool = False
    """Whether what lasts (a level, live ids, the latest value) goes on from before the period."""
    percentile: Annotated[Positive, Field(le=100)] | None = None
    """Which percentile, above 0 and up to 100; 95 when left out. Only with the aggregate percentile."""
    per: Literal["period", "second", "minute", "hour", "day"] | None = None
    """Of a weighted sum: the time that one unit of level is held to make a quantity of one; the period when left
    out. A day has 24 hours."""
    version: int = Field(1, ge=1)
    """Raised when the definition changes, so that a quantity can name what measured it."""

    @property
    def rank(self) -> Decimal:
        """The percentile that is taken."""
        return _PERCENTILE if self.percentile is None else self.percentile

    @model_validator(mode="after")
    def _parts_agree(self) -> Self:
        refuse([*self._field_faults(), *self._term_faults()])
        return self

    def _field_faults(self) -> Iterator[Fault]:
        if self.aggregate is Aggregate.COUNT and self.field is not None:
            why = "does not belong here: a count takes no field, it counts the events that pass the filter"
            yield Fault("/field", "unknown_member", why)
        if self.aggregate is not Aggregate.COUNT and self.field is None:
            yield Fault("/field", "missing", f"is missing: a {self.aggregate} needs the field whose values it takes")
        for place, name in enumerate(self.dimensions):
            if name in self.dimensions[:place]:
                yield Fault(f"/dimensions/{place}", "duplicate", f"names {name} a second time")

    def _term_faults(self) -> Iterator[Fault]:
        if self.percentile is not None and self.aggregate is not Aggregate.PERCENTILE:
            why = f"does not belong here: a {self.aggregate} takes none, the aggregate percentile does"
            yield Fault("/percentile", "unknown_member", why)
        if self.per is not None and self.aggregate is not Aggregate.WEIGHTED_SUM:
            why = f"does not belong here: a {self.aggregate} is not measured over time, a weighted_sum is"
            yield Fault("/per", "unknown_member", why)
        if self.carry_over and self.aggregate not in CARRYING:
            why = f"is not for a {self.aggregate}, of which nothing lasts: {', '.join(sorted(CARRYING))} can carry over"
            yield Fault("/carry_over", "not_allowed", why)

    def definition(self) -> dict[str, Any]:
        """The parts that decide its quantities, for a derivation."""
        parts = self.model_dump(mode="json", by_alias=True, exclude={"name"}, exclude_none=True)
        if self.aggregate is Aggregate.PERCENTILE:
            parts["percentile"] = plain(self.rank)
        if self.aggregate is Aggregate.WEIGHTED_SUM:
            parts["per"] = self.per or "period"
        return parts
