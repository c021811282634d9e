"""The short way through acceptance, for batches in which nothing is unusual: nearly all of them.

msgspec decodes straight into a structure compiled from the event type, and what it decoded is what is kept. Anything
out of the ordinary (an escape, a copy, a missing id, a field that is not declared, a value that is refused) makes
`read` return None, and the careful way (`schema`) looks at the whole batch and says what is wrong. Whatever is taken
here, the careful way would take too, with the same content; a property test holds them together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from msgspec import UNSET, Meta, Raw, UnsetType

from usance.metering.field import CHECKS, MAX_TEXT, Refused
from usance.metering.wire import MAX_EVENTS

MAX_NAME: Final = 255

_Name = Annotated[str, Meta(min_length=1, max_length=MAX_NAME)]
_TYPES: Final[Mapping[str, Any]] = {
    "String": Annotated[str, Meta(max_length=MAX_TEXT)],
    "Int64": Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)],
    "Bool": bool,
    "Decimal": Raw,
    "Float64": Raw,
}
"""What msgspec checks by itself. Other types are text here, and then go through the careful check of their field."""

_ordinary: Final = re.compile(rb'"?(?:0|[1-9]\d{0,17})(?:\.\d{1,12})?"?').fullmatch
"""JSON numbers, or their texts, that are kept as they are. The decoder has seen to the quotes."""


class Express:
    """An event type compiled for the short way."""

    __slots__ = ("_checked", "_lines", "_list", "_numbers")

    def __init__(self, document: Mapping[str, Any]) -> None:
        fields = [(f"f{place}", name, one) for place, (name, one) in enumerate(document["fields"].items())]
        self._numbers = [field for field, _, one in fields if one["type"] in {"Decimal", "Float64"}]
        self._checked = [(field, CHECKS[one["type"]]) for field, _, one in fields if one["type"] not in _TYPES]
        data = msgspec.defstruct(
            "Data",
            [_member(field, _TYPES.get(one["type"], str), required=one["required"]) for field, _, one in fields],
            rename={field: name for field, name, _ in fields},
            forbid_unknown_fields=True,
            kw_only=True,
            gc=False,
        )
        event = msgspec.defstruct(
            "Event",
            [
                ("id", _Name),
                ("customer", _Name),
                ("timestamp", Annotated[str, Meta(min_length=20, max_length=20)]),
                ("data", data),
            ],
            forbid_unknown_fields=True,
            gc=False,
        )
        self._list = msgspec.json.Decoder(list[event])  # type: ignore[valid-type] # made above
        self._lines = msgspec.json.Decoder(event)

    def read(self, body: bytes, window: tuple[datetime, datetime]) -> list[bytes] | None:
        """Encoded lines of a batch, array or one event a line, if all its events are distinct, good and ordinary."""
        # Without escapes, in ASCII and without DEL no text can hold a control character.
        if b"\\" in body or not body.isascii() or b"\x7f" in body:
            return None
        try:
            events: list[Any] = self._list.decode(body) if body.startswith(b"[") else self._lines.decode_lines(body)
            if not 0 < len(events) <= MAX_EVENTS or len({event.id for event in events}) != len(events):
                return None
            if not self._ordinary(events, _text(window[0]), _text(window[1])):
                return None
        except (msgspec.MsgspecError, ValueError, Refused, RecursionError):
            return None
        return [_encode(event) for event in events]

    def _ordinary(self, events: list[Any], earliest: str, latest: str) -> bool:
        """Whether every timestamp and number is in its usual form and within bounds; ValueError for a false date."""
        parse = datetime.fromisoformat
        for event in events:
            timestamp = event.timestamp
            # The slice pins the shape 2025-07-03T10:00:00Z, in which instants sort as text.
            if timestamp[4::3] != "--T::Z" or not earliest < timestamp < latest:
                return False
            parse(timestamp)
            data = event.data
            for field in self._numbers:
                value = getattr(data, field)
                if value is not UNSET and not _ordinary(value):
                    return False
            for field, check in self._checked:
                _check(data, field, check)
        return True


_encode: Final = msgspec.json.Encoder().encode


def _member(field: str, kind: Any, *, required: bool) -> tuple[Any, ...]:  # noqa: ANN401 - types are values here
    return (field, kind) if required else (field, kind | UnsetType, UNSET)


def _check(data: Any, field: str, check: Callable[[object], object]) -> None:  # noqa: ANN401 - a structure made above
    value = getattr(data, field)
    if value is not UNSET:
        setattr(data, field, check(value))


def _text(instant: datetime) -> str:
    """An instant to the second; at the second of either bound the careful way decides."""
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")
