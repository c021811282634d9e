"""What a price is applied to: the quantity of a period, and what some models need to know about it besides.

`total` is what is priced, after conversion, granted and free units and bounds. `groups` are its parts by the values
of the metric's dimensions, `events` the events it was measured from, `named` the quantities that an item names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from usance.kernel.derivation import Derivation
from usance.metering.measured import Measured

_NONE: Mapping[str, Derivation] = {}


@dataclass(frozen=True, slots=True)
class Group:
    """The part of a quantity with certain values of the metric's dimensions; "" where an event has none."""

    values: Mapping[str, str]
    quantity: Derivation


@dataclass(frozen=True, slots=True)
class Quantities:
    """A quantity and its parts."""

    total: Derivation
    groups: tuple[Group, ...] = ()
    events: tuple[Measured, ...] = ()
    named: Mapping[str, Derivation] = field(default_factory=lambda: _NONE)
