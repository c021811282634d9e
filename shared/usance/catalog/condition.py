"""The filter of a metric as people write it: comparisons of fields, and groups of them.

A filter is a list of conditions that must all hold; one alone need not be in a list. Wherever a condition may stand,
`{region: us-east}` is short for the equality, and several members for several that must all hold. `{all: [...]}`,
`{any: [...]}` and `{not: ...}` hold conditions in their turn. A field that is itself called `field` has no short form.
What conditions make of an event is `usance.metering.filter`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    Tag,
    model_validator,
)

from usance.catalog.authored import Authored, refuse
from usance.catalog.names import FieldName
from usance.catalog.ordering import ordered
from usance.kernel.errors import Fault

MAX_DEPTH: Final = 8
"""Groups within groups."""
MAX_CONDITIONS: Final = 100
"""Comparisons and groups of one filter, all levels together."""
MAX_CHOICES: Final = 100
"""Values of one `in` or `not_in`."""

Operator = Literal["=", "!=", "in", "not_in", "<", "<=", ">", ">=", "exists"]

_GROUPS: Final = ("all", "any", "not")
_ORDERINGS: Final = ("<", "<=", ">", ">=")


def _scalar(value: object) -> object:
    if isinstance(value, float):
        raise ValueError('write fractions as text, for example "0.5": a binary fraction is not exact')
    if not isinstance(value, str | int):
        raise ValueError("must be text, a whole number or true or false")
    if isinstance(value, str) and len(value) > 255:
        raise ValueError("must have at most 255 characters")
    return value


def _value(value: object) -> object:
    if value is None:
        return None
    if not isinstance(value, list | tuple):
        return _scalar(value)
    if not 0 < len(value) <= MAX_CHOICES:
        refuse([Fault("", "wrong_length", f"must have 1 to {MAX_CHOICES} values")])
    refuse([fault for place, one in enumerate(value) for fault in _choice_faults(place, one)])
    return tuple(value)


def _choice_faults(place: int, value: object) -> Iterator[Fault]:
    try:
        _scalar(value)
    except ValueError as error:
        yield Fault(f"/{place}", "invalid_value", str(error))


_Plain = StrictBool | StrictInt | StrictStr
Scalar = Annotated[_Plain, BeforeValidator(_scalar)]
"""A value that a field can be compared with."""


class Comparison(Authored):
    """A field compared with a value. A whole number equals its decimal text; booleans equal only booleans."""

    field: FieldName
    operator: Operator = "="
    value: Annotated[
        _Plain | tuple[_Plain, ...] | None,
        BeforeValidator(_value, json_schema_input_type=Scalar | tuple[Scalar, ...]),
    ] = None
    """A list of values for `in` and `not_in`; a number, day or instant for `<`, `<=`, `>` and `>=`; for `exists`
    true (also when left out) or false; any one value for `=` and `!=`."""

    @model_validator(mode="after")
    def _value_fits(self) -> Self:
        why = _unfit(self.operator, self.value)
        if why is not None:
            refuse([Fault("/value", "missing" if self.value is None else "invalid_value", why)])
        return self


class AllOf(Authored):
    """Every one of the conditions holds."""

    all: Annotated[tuple[Condition, ...], Field(min_length=1)]


class AnyOf(Authored):
    """At least one of the conditions holds."""

    any: Annotated[tuple[Condition, ...], Field(min_length=1)]


class Not(Authored):
    """The condition does not hold; of several in a list, not all of them do."""

    not_: Condition = Field(alias="not")


def _unfit(operator: Operator, value: object) -> str | None:
    """Why an operator cannot work with a value; None when it can."""
    if operator == "exists":
        return None if value is None or isinstance(value, bool) else "must be true or false, or left out"
    if operator in {"in", "not_in"}:
        return None if isinstance(value, tuple) else f"must be a list of the values that {operator} looks among"
    if value is None:
        return f"is missing: {operator} needs a value"
    if isinstance(value, tuple):
        return f"must be one value: {operator} takes no list, `in` does"
    if operator in _ORDERINGS and ordered(value) is None:
        return f"must be a number, a day or an instant: {operator} compares nothing else"
    return None


def _expanded(value: object) -> object:
    """A condition without short forms. What cannot be one is left for the models to refuse."""
    if isinstance(value, list | tuple):
        return {"all": value}
    if not isinstance(value, dict) or _is_comparison(value):
        return value
    parts = [_member(name, part) for name, part in value.items()]
    return parts[0] if len(parts) == 1 else {"all": parts} if parts else value


def _is_comparison(value: Mapping[str, object]) -> bool:
    return "field" in value


def _member(name: str, value: object) -> dict[str, object]:
    # A group holds a list or an object; a field of the same name is compared with one value.
    if name in _GROUPS and isinstance(value, list | tuple | dict | Authored):
        return {name: value}
    return {"field": name, "value": value}


_TAGS: Final = ((AllOf, "all_of"), (AnyOf, "any_of"), (Not, "not_of"))


def _kind(value: object) -> str:
    if isinstance(value, dict):
        return next((f"{name}_of" for name in _GROUPS if name in value and len(value) == 1), "comparison")
    return next((tag for model, tag in _TAGS if isinstance(value, model)), "comparison")


_Written = dict[FieldName, Scalar] | Comparison | AllOf | AnyOf | Not

Condition = Annotated[
    Annotated[Comparison, Tag("comparison")]
    | Annotated[AllOf, Tag("all_of")]
    | Annotated[AnyOf, Tag("any_of")]
    | Annotated[Not, Tag("not_of")],
    Discriminator(_kind),
    BeforeValidator(_expanded, json_schema_input_type=_Written | tuple[_Written, ...]),
]
"""A comparison or a group."""

AllOf.model_rebuild()
AnyOf.model_rebuild()
Not.model_rebuild()


def _as_conditions(value: object) -> object:
    if _nests(value, 2 * MAX_DEPTH + 4):
        raise ValueError(f"nests more than {MAX_DEPTH} groups within groups")
    if isinstance(value, dict) and not _is_comparison(value):
        return [_member(name, part) for name, part in value.items()]
    return value if isinstance(value, list | tuple) else [value]


def _nests(value: object, levels: int) -> bool:
    """Whether lists and objects nest deeper than any filter may, before anything else walks down into them."""
    if not isinstance(value, list | tuple | dict):
        return False
    parts = value.values() if isinstance(value, dict) else value
    return not levels or any(_nests(part, levels - 1) for part in parts)


def _bounded(conditions: tuple[Condition, ...]) -> tuple[Condition, ...]:
    level, depth, met = conditions, 0, 0
    while level:
        met += len(level)
        level = tuple(part for one in level for _, part in _parts(one))
        depth += bool(level)
        if depth > MAX_DEPTH:
            raise ValueError(f"nests more than {MAX_DEPTH} groups within groups")
    if met > MAX_CONDITIONS:
        raise ValueError(f"has more than {MAX_CONDITIONS} comparisons and groups: an `in` may take the place of many")
    return conditions


Filter = Annotated[
    tuple[Condition, ...],
    BeforeValidator(_as_conditions, json_schema_input_type=_Written | tuple[_Written, ...]),
    AfterValidator(_bounded),
]
"""Conditions that must all hold: a list of them, one alone, or `{field: value}`."""


def comparisons(conditions: Sequence[Condition], pointer: str = "") -> Iterator[tuple[str, Comparison]]:
    """Every comparison of a filter with its JSON pointer, groups entered."""
    for place, condition in enumerate(conditions):
        yield from _comparisons(condition, f"{pointer}/{place}")


def _comparisons(condition: Condition, pointer: str) -> Iterator[tuple[str, Comparison]]:
    if isinstance(condition, Comparison):
        yield pointer, condition
        return
    for place, part in _parts(condition):
        yield from _comparisons(part, pointer + place)


def _parts(condition: Condition) -> list[tuple[str, Condition]]:
    """The conditions of a group with their pointers within it; none for a comparison."""
    if isinstance(condition, Not):
        return [("/not", condition.not_)]
    if isinstance(condition, AllOf):
        return [(f"/all/{place}", part) for place, part in enumerate(condition.all)]
    if isinstance(condition, AnyOf):
        return [(f"/any/{place}", part) for place, part in enumerate(condition.any)]
    return []
