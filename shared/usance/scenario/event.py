"""An event as a scenario writes it, checked by the very code that checks events as they are ingested.

Without `id` its content makes its id; without `event_type` it is of the only type that the scenario's metrics read;
without `customer` it is the scenario's customer's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import PlainValidator, WithJsonSchema

from usance.catalog.authored import refuse
from usance.kernel.errors import Fault
from usance.metering.field import MAX_DEPTH
from usance.metering.schema import Schema
from usance.metering.wire import Number, Wire
from usance.scenario.reading import Unquoted

_ANY_DATA: Final = Schema({"fields": {}, "unknown_fields": "keep", "past_days": 1, "future_hours": 1})
_ALL_TIME: Final = (datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))
_NO_OBJECT: Final = Fault("", "wrong_type", "must be an object: {event_type, timestamp, data}")
_MEMBERS: Final = ("id", "event_type", "customer", "customer_id", "timestamp", "data")


@dataclass(frozen=True, slots=True)
class UsageEvent:
    """One event; `id`, `event_type` and `customer` are None when they were left out."""

    id: str | None
    event_type: str | None
    customer: str | None
    timestamp: datetime
    data: dict[str, Any]


def _read(value: object) -> UsageEvent:
    if isinstance(value, UsageEvent):
        return value
    written, faults = (value, []) if isinstance(value, dict) else ({}, [_NO_OBJECT])
    for name in written.keys() - set(_MEMBERS):
        faults.append(Fault(f"/{name}", "unknown_member", f"is not a member of an event: {', '.join(_MEMBERS)}"))
    event_type = written.get("event_type")
    if event_type is not None and not isinstance(event_type, str):
        faults.append(Fault("/event_type", "wrong_type", "must be text"))
    named = written.get("customer") is not None or written.get("customer_id") is not None
    line = _ANY_DATA.read(_wire(written, named=named), _ALL_TIME)
    if isinstance(line, list):
        faults += line
    refuse(faults[:1] if not isinstance(value, dict) else faults)
    if isinstance(line, list):
        raise TypeError("refused above")
    return UsageEvent(line.id or None, event_type, line.customer if named else None, line.timestamp, line.data)


def _wire(written: dict[str, Any], *, named: bool) -> Wire:
    return Wire(
        id=written.get("id"),
        customer=written.get("customer") if named else "-",
        customer_id=written.get("customer_id"),
        timestamp=_number(written.get("timestamp")),
        data=_number(written.get("data", {})),
    )


def _number(value: object, depth: int = 0) -> object:
    """A copy in which numbers that were written without quotes are what ingestion makes of them, down to the level
    that it refuses."""
    if isinstance(value, Unquoted):
        return Number(value.text)
    if depth > MAX_DEPTH:
        return value
    if isinstance(value, dict):
        return {name: _number(part, depth + 1) for name, part in value.items()}
    if isinstance(value, list):
        return [_number(part, depth + 1) for part in value]
    return value


AuthoredEvent = Annotated[
    UsageEvent,
    PlainValidator(_read),
    WithJsonSchema(
        {
            "title": "Event",
            "type": "object",
            "additionalProperties": False,
            "required": ["timestamp"],
            "properties": {
                "id": {"type": "string", "description": "Copies of an event share it and count once."},
                "event_type": {"type": "string"},
                "customer": {"type": "string"},
                "customer_id": {"type": "string"},
                "timestamp": {
                    "description": "RFC 3339, YYYY-MM-DD HH:MM:SS (UTC), or Unix seconds or milliseconds.",
                    "type": ["string", "number"],
                },
                "data": {"type": "object"},
            },
        }
    ),
]
"""One usage event."""
