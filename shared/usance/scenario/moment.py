"""Moments as scenarios write them: an instant, or a day, which then begins in the contract's zone."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import PlainValidator, WithJsonSchema

from usance.kernel.instant import day_start, parse_instant


def _read(value: object) -> date | datetime:
    if isinstance(value, str) and len(value) == 10:
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError("is not a day of the calendar such as 2025-07-03") from None
    if isinstance(value, datetime):
        return parse_instant(value.isoformat())
    return value if isinstance(value, date) else parse_instant(value)


Moment = Annotated[
    date | datetime,
    PlainValidator(_read),
    WithJsonSchema(
        {"type": ["string", "integer"], "examples": ["2025-08-20T09:00:00Z", "2025-08-20"]},
    ),
]
"""An instant, or a day whose beginning is meant."""


def instant_of(moment: date | datetime, zone: str) -> datetime:
    """The instant (UTC) that a moment is in a zone."""
    return moment if isinstance(moment, datetime) else day_start(moment, zone)
