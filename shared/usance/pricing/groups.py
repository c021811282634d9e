"""A quantity's parts by dimension values: converted, bounded and reduced, each part by itself.

A metric measures each part by itself, so the parts of a maximum or a count of distinct values need not add up to the
whole. Prices by dimension are therefore applied to the parts as they are, and what happens to a quantity before it is
priced happens to each part.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from usance.catalog.price import Price
from usance.kernel.amount import ZERO
from usance.kernel.derivation import derived, given
from usance.pricing.bounds import bounded
from usance.pricing.conversion import convert
from usance.pricing.quantities import Group, Quantities


def convert_groups(price: Price, groups: Iterable[Group]) -> tuple[Group, ...]:
    """Each part in the unit that the price is for."""
    return tuple(Group(group.values, convert(price, group.quantity)) for group in groups)


def bounded_groups(price: Price, groups: Iterable[Group]) -> tuple[Group, ...]:
    """Each part between the price's bounds."""
    return tuple(Group(group.values, bounded(price, group.quantity)) for group in groups)


def reduced_groups(groups: Iterable[Group], units: Decimal, label: str) -> tuple[Group, ...]:
    """The parts less units that are free or were granted, taken from one part after another; `label` says which."""
    left, found = units, []
    for group in groups:
        taken = min(left, max(group.quantity.value, ZERO))
        left -= taken
        quantity = group.quantity
        if taken:
            quantity = derived("difference", f"less {label}", quantity, given(label, taken))
        found.append(Group(group.values, quantity))
    return tuple(found)


def groups_of(quantities: Quantities) -> tuple[Group, ...]:
    """The parts; a quantity without any is one part without dimension values, and a quantity of zero has none."""
    if quantities.groups or not quantities.total.value:
        return quantities.groups
    return (Group({}, quantities.total),)


def in_words(group: Group) -> str:
    """A part's dimension values, for people."""
    return (
        ", ".join(f"{name}={value or 'none'}" for name, value in sorted(group.values.items())) or "no dimension values"
    )
