"""The base of every document that people write, and the decimals in it.

Authored documents are frozen and take no unknown members. Amounts are text or whole numbers; a binary fraction is
refused with a message that says how to write it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from usance.kernel.amount import exact, plain
from usance.kernel.currency import exponent
from usance.kernel.errors import Fault
from usance.kernel.instant import parse_instant, show_instant, zone
from usance.kernel.recurrence import Cadence


class Authored(BaseModel):
    """A frozen document; unknown members are faults."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, use_attribute_docstrings=True)

    def to_json(self) -> dict[str, Any]:
        """JSON values in the form people write, without members that were left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)


FAULTS: Final = "faults"
"""Type of the error that `refuse` raises; its context holds the faults, with pointers below the document refused."""


def refuse(faults: Sequence[Fault]) -> None:
    """Refuse a document in one of its validators for all the faults given; do nothing when there are none."""
    if faults:
        summary = "; ".join(f"{fault.pointer or '/'} {fault.detail}" for fault in faults)
        raise PydanticCustomError(FAULTS, "{summary}", {"summary": summary, "faults": tuple(faults)})


def later_members(written: object, names: Sequence[str]) -> list[Fault]:
    """A fault for each member that the format knows and this version does not; they are not misspelt."""
    if not isinstance(written, dict):
        return []
    why = "this version does not know it yet: leave it out"
    return [Fault(f"/{name}", "not_supported_yet", why) for name in names if name in written]


def _not_negative(value: Decimal) -> Decimal:
    if value < 0:
        raise ValueError("must not be negative")
    return value


def _positive(value: Decimal) -> Decimal:
    if value <= 0:
        raise ValueError("must be greater than zero")
    return value


def _currency(code: str) -> str:
    exponent(code)
    return code


def _zone(name: str) -> str:
    zone(name)
    return name


def _cadence(text: str) -> str:
    Cadence.parse(text)
    return text


_SCHEMA = WithJsonSchema(
    {"anyOf": [{"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}, {"type": "integer"}], "examples": ["0.05"]}
)

Exact = Annotated[Decimal, BeforeValidator(exact), PlainSerializer(plain, return_type=str), _SCHEMA]
"""A quantity, price or percentage: decimal text or a whole number, at most 30 digits and 12 decimals."""

NotNegative = Annotated[Exact, AfterValidator(_not_negative)]
"""An exact decimal of zero or more."""

Positive = Annotated[Exact, AfterValidator(_positive)]
"""An exact decimal above zero."""

CurrencyCode = Annotated[str, AfterValidator(_currency)]
"""An ISO 4217 code in capitals."""

Instant = Annotated[
    datetime,
    BeforeValidator(parse_instant),
    PlainSerializer(show_instant, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2025-07-01T00:00:00Z"]}),
]
"""An instant in RFC 3339 with any offset; kept in UTC."""

ZoneName = Annotated[str, AfterValidator(_zone)]
"""An IANA time zone."""

CadenceText = Annotated[str, AfterValidator(_cadence)]
"""An ISO 8601 period of whole days, weeks, months or years: P1M."""
