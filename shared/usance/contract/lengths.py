"""Which of two cadences is the shorter one: months count as 30 days, which is enough to tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from usance.kernel.recurrence import Cadence

if TYPE_CHECKING:
    from usance.contract.item import Item

DEFAULT_CADENCE: Final = "P1M"
"""How often an item is billed that does not say it."""

_MONTH_DAYS: Final = 30


def length(cadence: str) -> int:
    """About how many days a cadence has."""
    parsed = Cadence.parse(cadence)
    return parsed.days + parsed.months * _MONTH_DAYS


def billing_length(item: Item) -> int:
    """About how many days an item's billing period has."""
    return length(item.billing.every or DEFAULT_CADENCE)


def is_shorter(cadence: str, item: Item) -> bool:
    """Whether a cadence is shorter than an item's billing period."""
    return length(cadence) < billing_length(item)


def shortest_cadence(items: Sequence[Item]) -> str:
    """The shortest cadence in which any of the items is billed."""
    every = [item.billing.every or DEFAULT_CADENCE for item in items if item.billing.once_on is None]
    return min(every, key=length, default=DEFAULT_CADENCE)
