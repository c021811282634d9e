"""Checks of single values of an event's data, one for each type of field.

Each takes a value as it was decoded, returns the value to keep, and raises `Refused`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, Final

from usance.kernel.amount import MAX_DIGITS, exact, plain
from usance.kernel.instant import parse_instant, show_instant
from usance.metering.wire import Number

MAX_TEXT: Final = 8_192
"""Characters of a text."""
MAX_DEPTH: Final = 8
"""Levels of lists and objects in a field that is not declared."""

_MAX_WHOLE: Final = 10**MAX_DIGITS
_MAX_INT64: Final = 2**63
_ORDINARY: Final = re.compile(r"(?:0|[1-9]\d{0,17})(?:\.\d{1,12})?", re.ASCII).fullmatch
"""Decimals that are certainly within bounds and already in the form to keep."""
_WHOLE: Final = re.compile(r"-?\d{1,19}", re.ASCII).fullmatch
_FLOAT: Final = re.compile(r"-?\d{1,400}(?:\.\d{1,400})?(?:[eE][+-]?\d{1,4})?", re.ASCII).fullmatch
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII).fullmatch
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}").fullmatch


class Refused(Exception):  # noqa: N818 - becomes a fault, which names the place
    """A value that its field does not take: a stable code, and what to do."""

    def __init__(self, code: str, detail: str) -> None:
        self.code, self.detail = code, detail
        super().__init__(detail)


def text(value: object) -> str:
    """Text without NUL, of at most `MAX_TEXT` characters."""
    if type(value) is not str:
        raise Refused("wrong_type", "must be text")
    if len(value) > MAX_TEXT:
        raise Refused("wrong_length", f"must have at most {MAX_TEXT} characters")
    if "\x00" in value:
        raise Refused("invalid_text", "must not have the character NUL")
    return value


def decimal(value: object) -> int | str:
    """A decimal, sent as a number or as its text, kept exactly as decimal text or a whole number."""
    kind = type(value)
    if kind is int:
        return _whole(value)  # type: ignore[arg-type]
    if isinstance(value, str):
        if _ORDINARY(value):
            return value if kind is str else str(value)
        try:
            return plain(exact(str(value)))
        except ValueError as error:
            raise Refused("invalid_number", str(error)) from None
    raise Refused("wrong_type", 'must be a number, or its text such as "12.5"')


def float64(value: object) -> int | str:
    """A decimal that may have an exponent, kept as plain decimal text."""
    if not isinstance(value, str) or "e" not in value.lower():
        return decimal(value)
    if not _FLOAT(value):
        raise Refused("invalid_number", 'is not a number such as "12.5" or "1.25e-3"')
    try:
        return plain(exact(Decimal(value)))
    except ValueError as error:
        raise Refused("invalid_number", str(error)) from None


def int64(value: object) -> int:
    """A whole number of 64 bits, sent as a number or as its text."""
    if type(value) is str and _WHOLE(value):
        value = int(value)
    if type(value) is not int:
        raise Refused("wrong_type", "must be a whole number")
    if not -_MAX_INT64 <= value < _MAX_INT64:
        raise Refused("out_of_range", "must fit in 64 bits")
    return value


def boolean(value: object) -> bool:
    """True or false, and nothing that only looks like it."""
    if type(value) is not bool:
        raise Refused("wrong_type", "must be true or false")
    return value


def day(value: object) -> str:
    """A calendar day, YYYY-MM-DD."""
    if type(value) is not str or not _DATE(value):
        raise Refused("invalid_date", "must be a day such as 2025-07-03")
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise Refused("invalid_date", "is not a day of the calendar") from None


def instant(value: object) -> str:
    """An instant in any form that timestamps have, kept in UTC."""
    try:
        return show_instant(parse_instant(_plain_number(value) if type(value) is Number else value))
    except ValueError as error:
        raise Refused("invalid_timestamp", str(error)) from None


def uuid(value: object) -> str:
    """A UUID with its hyphens, kept in lower case."""
    if type(value) is not str or not _UUID(value):
        raise Refused("invalid_uuid", "must be a UUID such as 6f1e2a9c-0d4b-4c57-9a51-3d2c8b7e1f00")
    return value.lower()


def kept(value: object, depth: int = 0) -> Any:  # noqa: ANN401 - whatever JSON there is
    """A value that no declaration describes, made safe to keep: no float, no NUL, no more than `MAX_DEPTH` levels."""
    kind = type(value)
    if kind is str:
        return text(value)
    if value is None or kind is bool:
        return value
    if isinstance(value, int | str):
        return decimal(value)
    if depth == MAX_DEPTH:
        raise Refused("too_deep", f"has more than {MAX_DEPTH} levels")
    if isinstance(value, dict):
        return {text(name): kept(part, depth + 1) for name, part in value.items()}
    if isinstance(value, list):
        return [kept(part, depth + 1) for part in value]
    raise Refused("wrong_type", "is not a JSON value")


def _whole(value: int) -> int:
    if not -_MAX_WHOLE < value < _MAX_WHOLE:
        raise Refused("invalid_number", f"has more than {MAX_DIGITS} digits")
    return value


def _plain_number(value: str) -> Decimal:
    if "e" in value.lower():
        raise ValueError("must not be a number with an exponent")
    return Decimal(value)


CHECKS: Final[dict[str, Callable[[object], object]]] = {
    "String": text,
    "Int64": int64,
    "Decimal": decimal,
    "Float64": float64,
    "Bool": boolean,
    "Date": day,
    "DateTime": instant,
    "UUID": uuid,
}
"""By the type's name in `usance.catalog.event_type.FieldType`; a test holds the two together."""
