"""A quantity's parts by dimension values, as prices by dimension see them.

A metric measures each part by itself, so the parts of a maximum or of a count of distinct values need not add up to
the whole. Prices by dimension are therefore applied to the parts as they are, and a maximum quantity holds for each.
"""

from __future__ import annotations

from usance.catalog.dimensions import MatrixPrice, TwoDimensionalPrice
from usance.pricing.bounds import bounded
from usance.pricing.quantities import Group, Quantities


def groups_of(price: MatrixPrice | TwoDimensionalPrice, quantities: Quantities) -> tuple[Group, ...]:
    """The parts, each within the price's bounds; a quantity without any is one part without dimension values."""
    if quantities.groups:
        return tuple(Group(group.values, bounded(price, group.quantity)) for group in quantities.groups)
    return (Group({}, quantities.total),) if quantities.total.value else ()


def in_words(group: Group) -> str:
    """A part's dimension values, for people."""
    return (
        ", ".join(f"{name}={value or 'none'}" for name, value in sorted(group.values.items())) or "no dimension values"
    )
