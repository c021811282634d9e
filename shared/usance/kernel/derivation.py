"""The explanation of an amount, made by the computation that makes the amount.

A derivation is a tree. A leaf is `given`: a price, a quantity, a count of days. Every other node names an operation
over its parts, so that `evaluate` can work the amount out again from the leaves alone; a property test holds that to
every amount Usance makes. `refs` says where a leaf comes from: price version, metric, events, service period.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import prod
from typing import Any, Final

from usance.kernel.amount import Rounding, plain, to_minor, to_whole

_NO_REFS: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Derivation:
    """`value` = `operation`(parts). `label` says in words what it is; `refs` are JSON values naming its sources."""

    operation: str
    value: Decimal
    label: str
    parts: tuple[Derivation, ...] = ()
    refs: Mapping[str, Any] = field(default_factory=lambda: _NO_REFS)

    def to_json(self) -> dict[str, Any]:
        """JSON values: decimals as plain text, empty members left out."""
        node: dict[str, Any] = {"operation": self.operation, "label": self.label, "value": plain(self.value)}
        if self.refs:
            node["refs"] = dict(self.refs)
        if self.parts:
            node["parts"] = [part.to_json() for part in self.parts]
        return node

    @classmethod
    def from_json(cls, node: Mapping[str, Any]) -> Derivation:
        """Read what `to_json` wrote."""
        return cls(
            node["operation"],
            Decimal(node["value"]),
            node["label"],
            tuple(cls.from_json(part) for part in node.get("parts", ())),
            node.get("refs", _NO_REFS),
        )


def given(label: str, value: Decimal | int, **refs: Any) -> Derivation:  # noqa: ANN401
    """A leaf: a value that was recorded, not computed."""
    return Derivation("given", Decimal(value), label, (), refs)


def derived(operation: str, label: str, *parts: Derivation, **refs: Any) -> Derivation:  # noqa: ANN401
    """A node whose value is the operation over its parts. Raises KeyError for an unknown operation."""
    return Derivation(operation, _OPERATIONS[operation]([part.value for part in parts]), label, parts, refs)


def evaluate(node: Derivation) -> Decimal:
    """Work the value out again from the leaves, ignoring the values that inner nodes carry."""
    if node.operation == "given":
        return node.value
    return _OPERATIONS[node.operation]([evaluate(part) for part in node.parts])


def _difference(values: Sequence[Decimal]) -> Decimal:
    return values[0] - sum(values[1:], Decimal(0))


def _quotient(values: Sequence[Decimal]) -> Decimal:
    return values[0] / values[1]


def _share(values: Sequence[Decimal]) -> Decimal:
    # Multiplied before it is divided, so that a share that is a whole number of cents is exactly that.
    return values[0] * values[1] / values[2]


def _round_to(values: Sequence[Decimal]) -> Decimal:
    places = int(values[1])
    return Decimal(to_minor(values[0], places)).scaleb(-places)


def _whole(values: Sequence[Decimal], rounding: Rounding) -> Decimal:
    # To as many decimals as the second part says, if there is one.
    return to_whole(values[0], rounding, int(values[1]) if len(values) > 1 else 0)


_OPERATIONS: dict[str, Callable[[Sequence[Decimal]], Decimal]] = {
    "sum": lambda values: sum(values, Decimal(0)),
    "product": lambda values: prod(values, start=Decimal(1)),
    "difference": _difference,
    "negative": lambda values: -values[0],
    "quotient": _quotient,
    "share": _share,
    "minimum": min,
    "maximum": max,
    "ceiling": lambda values: _whole(values, "up"),
    "floor": lambda values: _whole(values, "down"),
    "nearest": lambda values: _whole(values, "nearest"),
    "rounded": _round_to,
}

OPERATIONS: Final = frozenset({"given", *_OPERATIONS})
"""What a node may be. Whoever shows derivations has words for each."""
