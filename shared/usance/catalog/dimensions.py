"""Prices by the values of a metric's dimensions: the matrix, and tiers with a second, numeric axis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, StrictStr, field_validator, model_validator

from usance.catalog.authored import Authored, Exact, NotNegative, refuse
from usance.catalog.names import FieldName
from usance.catalog.price_terms import PartedPrice
from usance.catalog.tiers import Tiers, bound_faults
from usance.catalog.whole import checked_whole, member
from usance.kernel.amount import ZERO
from usance.kernel.errors import Fault

MAX_ROWS = 1_000
"""Rows of a matrix."""


def _as_text(value: object) -> object:
    """A dimension's value as text, as a metric yields it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else value


DimensionValue = Annotated[
    StrictStr,
    BeforeValidator(_as_text, json_schema_input_type=str | int | bool),
    Field(max_length=255),
]


class MatrixRow(Authored):
    """What one combination of dimension values costs: a unit amount, or tiers of which the one reached holds."""

    match: Mapping[FieldName, DimensionValue] = Field(default_factory=dict)
    """A value for each dimension; only the default row may leave it out."""
    unit_amount: NotNegative | None = None
    tiers: Tiers | None = None
    default: bool = False
    """Whether it also prices the combinations that no row names."""

    @model_validator(mode="after")
    def _one_rate(self) -> Self:
        if (self.unit_amount is None) == (self.tiers is None):
            found = "neither" if self.tiers is None else "both"
            refuse([Fault("", "one_of", f"has {found}: give unit_amount or tiers")])
        return self


def _row_faults(rows: object, before: Mapping[str, Any]) -> list[Fault]:
    """What is wrong with the rows of a matrix as they were written, one with another."""
    faults: list[Fault] = []
    seen: dict[frozenset[tuple[object, object]], int] = {}
    default: int | None = None
    for place, row in enumerate(rows if isinstance(rows, list | tuple) else ()):
        match, is_default = _match(row), bool(member(row, "default"))
        if match is not None:
            faults += [
                f.under(f"/{place}/match") for f in _match_faults(match, before.get("dimensions"), default=is_default)
            ]
            first = seen.setdefault(frozenset(match.items()), place)
            if match and first != place:
                faults.append(Fault(f"/{place}/match", "duplicate_row", f"is the same as in row {first + 1}"))
        if is_default and default is not None:
            why = f"row {default + 1} is the default already, and there is one at most"
            faults.append(Fault(f"/{place}/default", "second_default", why))
        default = place if is_default and default is None else default
    return faults


def _match(row: object) -> dict[str, str] | None:
    """What a row matches; None when it is not written as it should be, which is refused where it stands."""
    match = member(row, "match", {})
    if not isinstance(match, Mapping):
        return None
    values = {name: _as_text(value) for name, value in match.items()}
    return values if all(isinstance(part, str) for pair in values.items() for part in pair) else None  # type: ignore[return-value]


def _match_faults(match: Mapping[str, str], dimensions: tuple[str, ...] | None, *, default: bool) -> Iterator[Fault]:
    if dimensions is None:
        return
    for name in match:
        if name not in dimensions:
            why = f"is none of the dimensions, which are: {', '.join(dimensions)}"
            yield Fault(f"/{name}", "unknown_dimension", why)
    missing = [name for name in dimensions if name not in match]
    if missing and (match or not default):
        yield Fault("", "missing_dimension", f"has no value for {', '.join(missing)}")


class MatrixPrice(PartedPrice):
    """The part of the quantity with each combination of dimension values, at the rate of its row."""

    model: Literal["matrix"]
    dimensions: tuple[FieldName, ...] = Field(min_length=1, max_length=10)
    rows: Annotated[tuple[MatrixRow, ...], Field(min_length=1, max_length=MAX_ROWS), checked_whole(_row_faults)]

    @field_validator("dimensions")
    @classmethod
    def _distinct(cls, dimensions: tuple[str, ...]) -> tuple[str, ...]:
        refuse(
            [
                Fault(f"/{place}", "duplicate_dimension", f"{name!r} is there twice")
                for place, name in enumerate(dimensions)
                if name in dimensions[:place]
            ]
        )
        return dimensions


def _column_faults(bounds: object, _before: object) -> list[Fault]:
    return bound_faults(bounds, None) if isinstance(bounds, list | tuple) else []


def _bound_faults(bounds: object, _before: object) -> list[Fault]:
    return bound_faults(bounds, ZERO) if isinstance(bounds, list | tuple) else []


def _fit_faults(rows: object, before: Mapping[str, Any]) -> list[Fault]:
    """Whether there is a row of amounts for each range of the quantity, and an amount for each column."""
    faults: list[Fault] = []
    down, across = before.get("row_up_to"), before.get("column_up_to")
    if not isinstance(rows, list | tuple):
        return faults
    if down is not None and len(rows) != len(down):
        faults.append(Fault("", "does_not_fit", f"has {len(rows)} rows, and row_up_to has {len(down)}"))
    for place, row in enumerate(rows):
        if across is not None and isinstance(row, list | tuple) and len(row) != len(across):
            why = f"has {len(row)} amounts, and column_up_to has {len(across)}"
            faults.append(Fault(f"/{place}", "does_not_fit", why))
    return faults


class TwoDimensionalPrice(PartedPrice):
    """Each part of the quantity at the rate of its row, in the column of a second number."""

    model: Literal["two_dimensional"]
    row_up_to: Annotated[tuple[Exact | None, ...], Field(max_length=MAX_ROWS), checked_whole(_bound_faults)]
    """Upper bounds of the quantity, included; the last is null."""
    column: FieldName
    """The dimension whose value is the second number."""
    column_up_to: Annotated[tuple[Exact | None, ...], Field(max_length=100), checked_whole(_column_faults)]
    """Upper bounds of the second number, included; the last is null."""
    unit_amounts: Annotated[tuple[tuple[NotNegative, ...], ...], checked_whole(_fit_faults)]
    """One row for each range of the quantity, in it one amount for each column."""
