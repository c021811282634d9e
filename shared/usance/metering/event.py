"""One usage event, as every stage after acceptance sees it.

Numbers in `data` are whole numbers or decimal text, never binary fractions, so that a quantity is exactly what was
sent. Identity is (organisation, event type, id); an event that came without an id has one that its content and the
request's idempotency key decide, so that a copy of the request is a copy of the event.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

Data = Mapping[str, Any]
"""JSON values without floats: text, whole numbers, booleans, null, lists and objects."""


class Event(msgspec.Struct, frozen=True):
    """A customer did something at an instant (UTC). `customer` is the reference that the sender used."""

    id: str
    event_type: str
    customer: str
    timestamp: datetime
    data: Data


_ENCODE = msgspec.json.Encoder(order="deterministic").encode


def same_content(one: tuple[str, datetime, Data], other: tuple[str, datetime, Data]) -> bool:
    """Whether two (customer, timestamp, data) say the same: 12.5 and "12.50" do, and members have no order."""
    return one[:2] == other[:2] and _same(one[2], other[2])


def derived_event_id(customer: str, timestamp: datetime, data: Data, idempotency_key: str) -> str:
    """The id of an event that came without one. Equal content under an equal key (or under none) is one event."""
    content = _ENCODE([customer, timestamp, _normal(data), idempotency_key])
    return "auto_" + hashlib.sha256(content).hexdigest()[:40]


def _same(one: object, other: object) -> bool:
    # By their text: to Python, true equals 1.
    return _ENCODE(_normal(one)) == _ENCODE(_normal(other))


def _normal(value: object) -> object:
    """Numbers as their shortest text; the rest as it is."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | str):
        return _number_text(str(value))
    if isinstance(value, Mapping):
        return {str(key): _normal(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_normal(part) for part in value]
    return value


def _number_text(text: str) -> str:
    body = text.removeprefix("-")
    if len(text) > 64 or not body.isascii() or not body.replace(".", "", 1).isdigit():
        return text
    return format(Decimal(text).normalize(), "f") if Decimal(text) else "0"
