"""What is wrong with an item whose parts are right by themselves: modifiers that its prices do not take."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from usance.catalog.price_needs import meters_of, reset_of
from usance.contract.lengths import is_shorter
from usance.kernel.errors import Fault

if TYPE_CHECKING:
    from usance.contract.item import Item

_NOT_BY_UNIT = frozenset({"flat", "dynamic", "capacity", "formula"})
"""Price models that do not charge by unit, so that free units mean nothing to them."""


def item_faults(item: Item) -> list[Fault]:
    """All of them."""
    if item.free_units is None and not item.quantities and item.commitment is None:
        return []
    return [*_free_unit_faults(item), *_commitment_faults(item), *_quantity_faults(item)]


def _free_unit_faults(item: Item) -> Iterator[Fault]:
    if item.free_units is None:
        return
    for place, price in enumerate(item.prices):
        if price.model in _NOT_BY_UNIT:
            why = f"has a {price.model} price, which does not charge by unit: leave free_units out"
            yield Fault(f"/prices/{place}/model", "no_free_units", why)


def _commitment_faults(item: Item) -> Iterator[Fault]:
    commitment = item.commitment
    if commitment is None:
        return
    if commitment.cadence is not None and not item.metered and is_shorter(commitment.cadence, item):
        why = "is shorter than the billing period, and what is not metered is only known for all of it"
        yield Fault("/commitment/cadence", "too_short", f"{why}: leave it out, or bill more often")
    if commitment.minimum_quantity is not None:
        for place, price in enumerate(item.prices):
            if price.model in ("dynamic", "capacity", "formula", "matrix", "two_dimensional"):
                why = f"has a {price.model} price, which cannot say what units that were not used cost"
                yield Fault(f"/prices/{place}/model", "no_minimum_quantity", why)
            if reset_of(price) is not None:
                why = "has a table that runs over a window of its own: commit to minimum_amount instead"
                yield Fault(f"/prices/{place}/reset", "no_minimum_quantity", why)


def _quantity_faults(item: Item) -> Iterator[Fault]:
    used = {name for price in item.prices for name in meters_of(price)}
    for name in item.quantities:
        if name not in used:
            why = "is used by no price: name it in a formula or a capacity price, or leave it out"
            yield Fault(f"/quantities/{name}", "unused_quantity", why)
