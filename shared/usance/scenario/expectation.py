"""What a scenario expects of its result, and where the result differs.

An object expects of the members that it names only; a list expects as many entries as it has, in that order; numbers
compare by value, so that 10 is "10.00".
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from usance.catalog.faults import pointer
from usance.kernel.amount import exact
from usance.scenario.reading import Unquoted

_ABSENT = object()


def differences(expected: object, found: object, path: tuple[str | int, ...] = ()) -> list[dict[str, Any]]:
    """Every place where the result is not what was expected, with both values; `found` is None where nothing is."""
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        return [
            difference
            for name, part in expected.items()
            for difference in differences(part, found.get(name, _ABSENT), (*path, name))
        ]
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        return [
            difference
            for place, (part, one) in enumerate(zip(expected, found, strict=True))
            for difference in differences(part, one, (*path, place))
        ]
    if found is not _ABSENT and _equal(expected, found):
        return []
    if isinstance(expected, list) and isinstance(found, list):
        shown: Any = f"{len(found)} entries"
        return [{"pointer": pointer(path), "expected": f"{len(expected)} entries", "found": shown}]
    return [{"pointer": pointer(path), "expected": _plain(expected), "found": None if found is _ABSENT else found}]


def _equal(expected: object, found: object) -> bool:
    if expected == found and isinstance(expected, bool) == isinstance(found, bool):
        return True
    one, other = _number(expected), _number(found)
    return one is not None and one == other


def _number(value: object) -> Decimal | None:
    if isinstance(value, Unquoted):
        value = value.text
    try:
        return exact(value) if isinstance(value, str | int) else None
    except ValueError:
        return None


def _plain(value: object) -> object:
    if isinstance(value, Unquoted):
        return value.text
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list) else value
