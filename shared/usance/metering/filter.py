"""Whether an event's data passes a metric's filter.

A field that is missing or null equals nothing and has no size: every comparison with it is false, except `!=` and
`not_in`, which are true. Whatever differs in kind compares so too: text with a number by size, a boolean with anything
else. `not` is plain negation, so `not: {field: size, operator: "<", value: 5}` is true of an event without a size.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Final

from usance.catalog.condition import AllOf, AnyOf, Comparison, Condition, Not
from usance.catalog.ordering import Ordered, compare, ordered
from usance.kernel.amount import exact
from usance.metering.event import Data

Predicate = Callable[[Data], bool]
"""Says of an event's data whether it passes."""

_Test = Callable[[object], bool]

_ORDERINGS: Final[Mapping[str, Callable[[int, int], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def passes(data: Data, conditions: Sequence[Condition]) -> bool:
    """True when every condition holds; with no condition, always."""
    return predicate(conditions)(data)


def predicate(conditions: Sequence[Condition]) -> Predicate:
    """A filter made ready for many events."""
    parts = tuple(_predicate(condition) for condition in conditions)
    return parts[0] if len(parts) == 1 else lambda data: all(part(data) for part in parts)


def _predicate(condition: Condition) -> Predicate:
    if isinstance(condition, AllOf):
        return predicate(condition.all)
    if isinstance(condition, AnyOf):
        parts = tuple(_predicate(part) for part in condition.any)
        return lambda data: any(part(data) for part in parts)
    if isinstance(condition, Not):
        negated = _predicate(condition.not_)
        return lambda data: not negated(data)
    name, test = condition.field, _test(condition)
    return lambda data: test(data.get(name))


def _test(comparison: Comparison) -> _Test:
    wanted = comparison.value
    if comparison.operator == "exists":
        return (lambda found: found is None) if wanted is False else (lambda found: found is not None)
    if comparison.operator in _ORDERINGS:
        return _ordering(_ORDERINGS[comparison.operator], ordered(wanted))
    among = _among(wanted if isinstance(wanted, tuple) else (wanted,))
    if comparison.operator in {"!=", "not_in"}:
        return lambda found: not among(found)
    return among


def _ordering(holds: Callable[[int, int], bool], bound: Ordered | None) -> _Test:
    def test(found: object) -> bool:
        size = ordered(found)
        sign = None if size is None or bound is None else compare(size, bound)
        return sign is not None and holds(sign, 0)

    return test


def _among(wanted: Sequence[object]) -> _Test:
    """Whether a value equals one of those wanted: texts by character, a number and a text by value."""
    booleans = {one for one in wanted if isinstance(one, bool)}
    texts = {one for one in wanted if isinstance(one, str)}
    whole = {Decimal(one) for one in wanted if isinstance(one, int) and not isinstance(one, bool)}
    numbers = whole | {number for number in map(_number, texts) if number is not None}

    def test(found: object) -> bool:
        if isinstance(found, bool):
            return found in booleans
        if isinstance(found, str):
            return found in texts or (bool(whole) and _number(found) in whole)
        return isinstance(found, int) and Decimal(found) in numbers

    return test


def _number(value: str) -> Decimal | None:
    try:
        return exact(value)
    except ValueError:
        return None
