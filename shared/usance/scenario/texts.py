"""Texts in results, as their JSON Schema describes them."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

MoneyText = Annotated[str, Field(pattern=r"^-?[0-9]+(\.[0-9]+)?$", examples=["12.34"])]
"""Money in major units, with all decimals of its currency."""

DecimalText = Annotated[str, Field(pattern=r"^-?[0-9]+(\.[0-9]+)?$", examples=["12.5"])]
DayText = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", examples=["2025-07-01"])]
InstantText = Annotated[str, Field(examples=["2025-07-01T00:00:00Z"])]
MonthText = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}$", examples=["2025-07"])]

CLOSED = ConfigDict(extra="forbid", use_attribute_docstrings=True)
"""No member but those that are named; docstrings describe them."""
