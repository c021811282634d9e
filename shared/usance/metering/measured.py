"""What measuring yields: a quantity, its parts by dimension, and the events behind both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from usance.kernel.errors import Fault

_NO_DATA: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Measured:
    """One event and the value that the metric took from it: one, where only which events there are matters."""

    id: str
    timestamp: datetime
    value: Decimal
    customer: str
    data: Mapping[str, Any] = field(default_factory=lambda: _NO_DATA, hash=False)


@dataclass(frozen=True, slots=True)
class Unmeasurable:
    """One event that the metric should have taken a value from and could not."""

    id: str
    timestamp: datetime
    customer: str
    fault: Fault


@dataclass(frozen=True, slots=True)
class MeasuredGroup:
    """The part of a window with certain values of the metric's dimensions, as text; "" where an event has none."""

    values: Mapping[str, str] = field(hash=False)
    quantity: Decimal
    events: tuple[Measured, ...]


@dataclass(frozen=True, slots=True)
class Measurement:
    """The quantity of a window and every event in it, by time and id.

    With dimensions, `groups` are the parts by their values, in order of these; each is measured by itself, so their
    quantities add up to the whole only where a metric adds up (`is_additive`).
    """

    quantity: Decimal
    events: tuple[Measured, ...]
    unmeasurable: tuple[Unmeasurable, ...] = ()
    groups: tuple[MeasuredGroup, ...] = ()

    @property
    def count(self) -> int:
        """How many events were measured."""
        return len(self.events)
