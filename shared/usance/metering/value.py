"""What a metric takes from an event: its value or why it has none, what tells it apart, and which group it is in."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

import msgspec

from usance.catalog.metric import Aggregate, Metric
from usance.kernel.amount import ONE, exact, plain
from usance.kernel.errors import Fault
from usance.metering.event import Data

OPERATION: Final = "operation"
"""The field in which an event of a unique count that carries over says what it does."""
OPERATIONS: Final = ("add", "remove")

_NUMBER: Final = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?", re.ASCII).fullmatch
"""Numbers as events keep them. Text with leading zeros is somebody's id."""
_encode: Final = msgspec.json.Encoder(order="deterministic").encode


def value_of(metric: Metric, data: Data) -> Decimal | Fault:
    """The value that a metric takes from an event's data: one for a count and for a unique count."""
    if metric.field is None:
        return ONE
    pointer, value = f"/data/{metric.field}", data.get(metric.field)
    if value is None:
        return Fault(pointer, "missing", f"has no {metric.field}, which the metric needs")
    if metric.aggregate is Aggregate.UNIQUE:
        return _countable(metric, pointer, value, data)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return Fault(pointer, "not_a_number", "is not a number")
    try:
        return exact(value)
    except ValueError as error:
        return Fault(pointer, "not_a_number", str(error))


def _countable(metric: Metric, pointer: str, value: object, data: Data) -> Decimal | Fault:
    if not isinstance(value, str | int):
        return Fault(
            pointer, "wrong_type", "is a list or an object, and distinct values are texts, numbers or booleans"
        )
    if metric.carry_over and data.get(OPERATION) not in (None, *OPERATIONS):
        return Fault(f"/data/{OPERATION}", "not_allowed", f"must be {' or '.join(OPERATIONS)}, or left out to add")
    return ONE


def removes(data: Data) -> bool:
    """Whether an event of a unique count that carries over removes its value."""
    return data.get(OPERATION) == "remove"


def distinct_value(value: object) -> object:
    """What tells a value apart from others: 1, "1" and "1.0" are one value; true is none of them."""
    if isinstance(value, bool):
        return value, "boolean"
    text = str(value)
    if not _NUMBER(text):
        return text
    try:
        return plain(exact(text))
    except ValueError:
        return text


def dimension_text(value: object) -> str:
    """A dimension's value as text: "" when missing, true and false, numbers and texts as they were sent."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return str(value) if type(value) is int else _encode(value).decode()
