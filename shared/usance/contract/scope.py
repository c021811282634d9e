"""Scopes: what modifies several items together. First each phase, then the contract itself over all of its items."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from usance.catalog.modifiers import Commitment, Discount, GrantTerms, ServiceFee
from usance.catalog.tax import TaxTerms
from usance.contract.contract import Contract
from usance.contract.item import Item
from usance.contract.lengths import shortest_cadence
from usance.kernel.period import ONE_DAY, Period
from usance.kernel.recurrence import Cadence, Recurrence

CONTRACT: Final = "contract"


@dataclass(frozen=True, slots=True)
class Scope:
    """Items that share modifiers. `name` is part of the modifier of every line that they make; `end` is the first day
    not covered, None without end."""

    name: str
    start: date
    end: date | None
    anchor: date | int | None
    items: tuple[Item, ...]
    discounts: tuple[Discount, ...]
    commitment: Commitment | None
    service_fees: tuple[ServiceFee, ...]
    grants: tuple[GrantTerms, ...]
    tax: TaxTerms | None

    def windows(self, cadence: str | None) -> Iterator[Period]:
        """The windows of time of a modifier from the start on, the first and the last perhaps cut short."""
        return self.recurrence(cadence).periods(self.start, self.end)

    def full_window(self, cadence: str | None, window: Period) -> Period:
        """The whole window that one was cut from."""
        return self.recurrence(cadence).full_period(window.start)

    def recurrence(self, cadence: str | None) -> Recurrence:
        """The boundaries of windows, anchored as items' billing periods are."""
        parsed = Cadence.parse(cadence or shortest_cadence(self.items))
        if isinstance(self.anchor, int):
            return Recurrence(self.start, parsed, day=self.anchor)
        return Recurrence(self.anchor or self.start, parsed)


def scopes(contract: Contract, *, all_of_it: bool = False) -> tuple[Scope, ...]:
    """The phases in their order and then the contract, those that modify anything; with `all_of_it` all of them."""
    if not all_of_it and not contract.phases and not _modifies_all(contract):
        return ()
    items = contract.all_items
    found = [
        Scope(
            f"phase.{phase.id}",
            phase.starts_on or contract.starts_on,
            _after(phase.ends_on or contract.ends_on),
            contract.anchor,
            tuple(item for item in items if item.phase == phase.id),
            phase.discounts,
            phase.commitment,
            phase.service_fees,
            phase.grants,
            phase.tax or contract.tax,
        )
        for phase in contract.phases
    ]
    found.append(
        Scope(
            CONTRACT,
            contract.starts_on,
            _after(contract.ends_on),
            contract.anchor,
            items,
            contract.discounts,
            contract.commitment,
            contract.service_fees,
            contract.grants,
            contract.tax,
        )
    )
    return tuple(scope for scope in found if scope.items and (all_of_it or _modifies(scope)))


def _after(last: date | None) -> date | None:
    return None if last is None else last + ONE_DAY


def _modifies_all(contract: Contract) -> bool:
    return bool(contract.discounts or contract.commitment or contract.service_fees or contract.grants)


def _modifies(scope: Scope) -> bool:
    return bool(scope.discounts or scope.commitment or scope.service_fees or scope.grants)
