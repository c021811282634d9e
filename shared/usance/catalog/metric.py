"""A metric as people write it: which events it takes, which of them it filters out, and what it makes of the rest.

A filter is a list of conditions that must all hold; `{region: us-east}` is its short form. More operators, and
conditions made of conditions (any, not), are further members of the union that `Filter` is a tuple of.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, StrictBool, StrictInt, StrictStr, model_validator

from usance.catalog.authored import Authored, refuse
from usance.catalog.names import FieldName, TypeName
from usance.kernel.errors import Fault


class Aggregate(StrEnum):
    """What a metric makes of the values of its events. Each has its function in `usance.metering.aggregate`."""

    COUNT = "count"
    SUM = "sum"


def _scalar(value: object) -> object:
    if isinstance(value, float):
        raise ValueError('write fractions as text, for example "0.5": a binary fraction is not exact')
    if not isinstance(value, str | int):
        raise ValueError("must be text, a whole number or true or false")
    if isinstance(value, str) and len(value) > 255:
        raise ValueError("must have at most 255 characters")
    return value


Scalar = Annotated[StrictBool | StrictInt | StrictStr, BeforeValidator(_scalar)]
"""A value that a field can be compared with."""


class Equals(Authored):
    """The field has this value. A whole number equals its decimal text; booleans equal only booleans."""

    field: FieldName
    operator: Literal["="] = "="
    value: Scalar


def _as_conditions(value: object) -> object:
    if isinstance(value, dict):
        return [{"field": name, "value": wanted} for name, wanted in value.items()]
    return value


Filter = Annotated[
    tuple[Equals, ...],
    BeforeValidator(_as_conditions, json_schema_input_type=dict[FieldName, Scalar] | tuple[Equals, ...]),
]
"""Conditions that must all hold; written as `{field: value}` or as a list of conditions."""


class Metric(Authored):
    """Turns the events of a period into a quantity."""

    name: str | None = Field(None, min_length=1, max_length=255)
    """What people call it: Total CPU hours."""
    event_type: TypeName
    """Name of the event type it reads."""
    aggregate: Aggregate
    field: FieldName | None = None
    """The field of an event's data whose values are aggregated; a count has none."""
    filter: Filter = ()
    """Which events count: all, when left out."""
    version: int = Field(1, ge=1)
    """Raised when the definition changes, so that a quantity can name what measured it."""

    @model_validator(mode="after")
    def _field_belongs(self) -> Self:
        if self.aggregate is Aggregate.COUNT and self.field is not None:
            why = "does not belong here: a count takes no field, it counts the events that pass the filter"
            refuse([Fault("/field", "unknown_member", why)])
        if self.aggregate is not Aggregate.COUNT and self.field is None:
            refuse(
                [Fault("/field", "missing", f"is missing: a {self.aggregate} needs the field whose values it takes")]
            )
        return self

    def definition(self) -> dict[str, Any]:
        """The parts that decide its quantities, for a derivation."""
        return self.model_dump(mode="json", exclude={"name"}, exclude_none=True)
