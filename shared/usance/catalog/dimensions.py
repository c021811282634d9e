"""Prices by the values of a metric's dimensions: the matrix, and tiers with a second, numeric axis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, StrictStr, ValidationInfo, field_validator, model_validator

from usance.catalog.authored import Authored, Exact, NotNegative, refuse
from usance.catalog.names import FieldName
from usance.catalog.price_terms import PartedPrice
from usance.catalog.tiers import Tiers, bound_faults
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


class MatrixPrice(PartedPrice):
    """The part of the quantity with each combination of dimension values, at the rate of its row."""

    model: Literal["matrix"]
    dimensions: tuple[FieldName, ...] = Field(min_length=1, max_length=10)
    rows: tuple[MatrixRow, ...] = Field(min_length=1, max_length=MAX_ROWS)

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

    @field_validator("rows")
    @classmethod
    def _sound(cls, rows: tuple[MatrixRow, ...], info: ValidationInfo) -> tuple[MatrixRow, ...]:
        refuse(_row_faults(rows, info.data.get("dimensions")))
        return rows


def _row_faults(rows: tuple[MatrixRow, ...], dimensions: tuple[str, ...] | None) -> list[Fault]:
    faults: list[Fault] = []
    seen: dict[frozenset[tuple[str, str]], int] = {}
    default: int | None = None
    for place, row in enumerate(rows):
        if dimensions is not None:
            faults += [fault.under(f"/{place}/match") for fault in _match_faults(row, dimensions)]
        first = seen.setdefault(frozenset(row.match.items()), place)
        if row.match and first != place:
            faults.append(Fault(f"/{place}/match", "duplicate_row", f"is the same as in row {first + 1}"))
        if row.default and default is not None:
            why = f"row {default + 1} is the default already, and there is one at most"
            faults.append(Fault(f"/{place}/default", "second_default", why))
        default = place if row.default and default is None else default
    return faults


def _match_faults(row: MatrixRow, dimensions: tuple[str, ...]) -> list[Fault]:
    unknown = [name for name in row.match if name not in dimensions]
    missing = [name for name in dimensions if name not in row.match]
    faults = [
        Fault(f"/{name}", "unknown_dimension", f"is none of the dimensions, which are: {', '.join(dimensions)}")
        for name in unknown
    ]
    if missing and (row.match or not row.default):
        faults.append(Fault("", "missing_dimension", f"has no value for {', '.join(missing)}"))
    return faults


def _rising(bounds: tuple[Any, ...]) -> tuple[Any, ...]:
    refuse(bound_faults(bounds, None))
    return bounds


def _rising_from_zero(bounds: tuple[Any, ...]) -> tuple[Any, ...]:
    refuse(bound_faults(bounds, ZERO))
    return bounds


class TwoDimensionalPrice(PartedPrice):
    """Each part of the quantity at the rate of its row, in the column of a second number."""

    model: Literal["two_dimensional"]
    row_up_to: Annotated[tuple[Exact | None, ...], AfterValidator(_rising_from_zero), Field(max_length=MAX_ROWS)]
    """Upper bounds of the quantity, included; the last is null."""
    column: FieldName
    """The dimension whose value is the second number."""
    column_up_to: Annotated[tuple[Exact | None, ...], AfterValidator(_rising), Field(max_length=100)]
    """Upper bounds of the second number, included; the last is null."""
    unit_amounts: tuple[tuple[NotNegative, ...], ...]
    """One row for each range of the quantity, in it one amount for each column."""

    @field_validator("unit_amounts")
    @classmethod
    def _fits(cls, rows: tuple[tuple[Any, ...], ...], info: ValidationInfo) -> tuple[tuple[Any, ...], ...]:
        faults = []
        down, across = info.data.get("row_up_to"), info.data.get("column_up_to")
        if down is not None and len(rows) != len(down):
            why = f"has {len(rows)} rows, and row_up_to has {len(down)}"
            faults.append(Fault("", "does_not_fit", why))
        if across is not None:
            faults += [
                Fault(f"/{place}", "does_not_fit", f"has {len(row)} amounts, and column_up_to has {len(across)}")
                for place, row in enumerate(rows)
                if len(row) != len(across)
            ]
        refuse(faults)
        return rows
