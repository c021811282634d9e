"""Quantities that no price could say the cost of: charged at zero, and reported, so that nobody overlooks them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from usance.invoicing.line import Line
from usance.kernel.derivation import Derivation

UNPRICED: Final = "unpriced"
"""In the references of a charge's derivation, the part of a negative quantity that its model cannot price."""


def unpriced(lines: Iterable[Line]) -> Iterator[str]:
    """What happened, in words, for each line in which a quantity has no price."""
    for line in lines:
        for quantity in _found(line.derivation):
            yield (
                f"item {line.item!r} has a quantity of {quantity} in {line.period}, which was charged at zero: "
                "its price has tiers or packages, and cannot say what a negative quantity costs"
            )


def _found(node: Derivation) -> Iterator[str]:
    if UNPRICED in node.refs:
        yield node.refs[UNPRICED]
    for part in node.parts:
        yield from _found(part)
