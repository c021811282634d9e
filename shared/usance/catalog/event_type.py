"""An event type as people write it: which fields its events carry and how old or early an event may be.

The fields may be written as `{cpu_hours_consumed: Decimal, region: String}`. What the ingest function checks events
against is compiled from the stored document (`usance.metering.schema`), so this module is not loaded there.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from usance.catalog.authored import Authored
from usance.catalog.names import FieldName, TypeName

PAST_DAYS = 1_100
FUTURE_HOURS = 24


class FieldType(StrEnum):
    """What a field holds. Numbers are read as decimal text, never through a binary fraction."""

    STRING = "String"
    INT64 = "Int64"
    DECIMAL = "Decimal"
    FLOAT64 = "Float64"
    """A decimal that may be written with an exponent, as many programs write floats."""
    BOOL = "Bool"
    DATE = "Date"
    DATETIME = "DateTime"
    UUID = "UUID"


class DataField(Authored):
    """One field of an event's data."""

    type: FieldType
    required: bool = True


def _as_field(value: object) -> object:
    return {"type": value} if isinstance(value, str) else value


class EventType(Authored):
    """The shape of one kind of usage event."""

    name: TypeName
    """Part of the address that events are sent to, and of where they are kept; never changes."""
    fields: dict[FieldName, Annotated[DataField, BeforeValidator(_as_field)]] = Field(max_length=100)
    unknown_fields: Literal["keep", "refuse"] = "keep"
    """What happens to a field that is not declared: it is kept with the event, or the event is refused."""
    past_days: int = Field(PAST_DAYS, ge=1, le=36_500)
    """An event older than this is refused."""
    future_hours: int = Field(FUTURE_HOURS, ge=0, le=8_784)
    """An event further ahead than this is refused: clocks differ, but not by days."""
    version: int = Field(1, ge=1)

    def to_json(self) -> dict[str, object]:
        """JSON values with every default in its place: the hot path reads this without this model."""
        return self.model_dump(mode="json")
