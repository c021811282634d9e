"""A product as people write it: what is sold, by name, wherever contracts sell it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from usance.catalog.authored import Authored


class Product(Authored):
    """Something that is sold."""

    external_id: str | None = Field(None, min_length=1, max_length=255)
    """The caller's own id; unique among products."""
    name: str = Field(min_length=1, max_length=255, examples=["Compute usage"])
    kind: Literal["point_in_time", "period_of_time"] = "period_of_time"
    """Point in time never prorates; period of time does, by days."""
    unit: str | None = Field(None, min_length=1, max_length=60, examples=["CPU-hour"])
    """What is counted, for people."""
