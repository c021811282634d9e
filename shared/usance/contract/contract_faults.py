"""What is wrong with a contract whose parts are right by themselves: days, names, currencies, units of what it says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

from usance.contract.lengths import length, shortest_cadence
from usance.kernel.currency import EXPONENTS
from usance.kernel.errors import Fault

if TYPE_CHECKING:
    from usance.catalog.modifiers import Commitment, GrantTerms
    from usance.catalog.price import Price
    from usance.contract.contract import Contract
    from usance.contract.item import Item


def contract_faults(contract: Contract) -> list[Fault]:
    """All of them."""
    faults: list[Fault] = []
    if contract.ends_on is not None and contract.ends_on < contract.starts_on:
        faults.append(Fault("/ends_on", "ends_before_start", f"lies before starts_on, {contract.starts_on}"))
    faults += _phase_faults(contract)
    seen: set[str] = set()
    for pointer, item in contract.placed_items():
        if item.id in seen:
            faults.append(Fault(f"{pointer}/id", "duplicate_item", f"another item is called {item.id!r}"))
        seen.add(item.id)
        faults += [fault.under(pointer) for fault in _item_faults(contract, item)]
    if not seen:
        faults.append(Fault("/items", "missing", "is missing: a contract needs at least one item"))
    faults += [
        fault.under(f"/grants/{place}") for place, one in enumerate(contract.grants) for fault in _unit(contract, one)
    ]
    faults += _commitment_faults(contract)
    return faults


def currency_faults(contract: Contract, currency: str) -> list[Fault]:
    """What is wrong with the prices of a contract that names no currency, when one holds that is not named in it."""
    if all(price.currency is None for item in contract.all_items for price in item.prices):
        return []
    return contract_faults(contract.model_copy(update={"currency": currency}))


def _commitment_faults(contract: Contract) -> Iterator[Fault]:
    yield from _commitment(contract.commitment, contract.all_items, "")
    for place, phase in enumerate(contract.phases):
        inside = [item for item in contract.all_items if item.phase == phase.id]
        yield from _commitment(phase.commitment, inside, f"/phases/{place}")


def _commitment(commitment: Commitment | None, items: Sequence[Item], where: str) -> Iterator[Fault]:
    if commitment is None:
        return
    if commitment.minimum_quantity is not None:
        why = "does not belong here: only an item has a quantity; commit to minimum_amount, or on the item"
        yield Fault(f"{where}/commitment/minimum_quantity", "not_allowed", why)
    if commitment.cadence is not None and length(commitment.cadence) < length(shortest := shortest_cadence(items)):
        why = f"is shorter than {shortest}, the shortest billing period of its items: nothing is known of it by itself"
        yield Fault(f"{where}/commitment/cadence", "too_short", why)


def _phase_faults(contract: Contract) -> Iterator[Fault]:
    seen: set[str] = set()
    for place, phase in enumerate(contract.phases):
        where = f"/phases/{place}"
        if phase.id in seen:
            yield Fault(f"{where}/id", "duplicate_phase", f"another phase is called {phase.id!r}")
        seen.add(phase.id)
        yield from _day_faults(contract, phase.starts_on, phase.ends_on, where)
        modifies = phase.discounts or phase.commitment or phase.service_fees or phase.grants
        if modifies and not any(item.phase == phase.id for item in contract.all_items):
            yield Fault(f"{where}/items", "missing", "is missing: the phase modifies items, and has none")
        for number, item in enumerate(phase.items):
            if item.phase not in (None, phase.id):
                why = f"stands inside of phase {phase.id!r}: leave it out, or move the item"
                yield Fault(f"{where}/items/{number}/phase", "other_phase", why)
        for number, one in enumerate(phase.grants):
            yield from (fault.under(f"{where}/grants/{number}") for fault in _unit(contract, one))
    for place, item in enumerate(contract.items):
        if item.phase is not None and item.phase not in seen:
            known = ", ".join(sorted(seen)) or "none"
            yield Fault(f"/items/{place}/phase", "unknown_phase", f"the contract has no such phase: it has {known}")


def _item_faults(contract: Contract, item: Item) -> Iterator[Fault]:
    yield from _day_faults(contract, item.starts_on, item.ends_on, "")
    start = item.starts_on or contract.starts_on
    prices = [(place, price) for place, price in enumerate(item.prices) if _holds(contract, price)]
    if not prices and contract.currency is not None:
        yield Fault("/prices", "no_price_in_currency", f"has none in {contract.currency}, the contract's currency")
    if prices and (first := prices[0][1].from_) is not None and first > start:
        yield Fault(f"/prices/{prices[0][0]}/from", "price_gap", f"leaves {start} to {first} without a price")
    for place, price in enumerate(item.prices):
        if (
            price.currency is not None
            and price.currency not in EXPONENTS
            and price.currency not in contract.pricing_units
        ):
            known = ", ".join(contract.pricing_units) or "none"
            why = f"is neither an ISO 4217 currency nor one of the contract's pricing_units, which are: {known}"
            yield Fault(f"/prices/{place}/currency", "unknown_currency", why)
    for place, one in enumerate(item.grants):
        yield from (fault.under(f"/grants/{place}") for fault in _unit(contract, one))


def _day_faults(contract: Contract, starts_on: date | None, ends_on: date | None, where: str) -> Iterator[Fault]:
    start, end = starts_on or contract.starts_on, ends_on or contract.ends_on
    if start < contract.starts_on:
        why = f"lies before the contract's {contract.starts_on}"
        yield Fault(f"{where}/starts_on", "starts_before_contract", why)
    if contract.ends_on is not None and end is not None and end > contract.ends_on:
        yield Fault(f"{where}/ends_on", "ends_after_contract", f"lies after the contract's end, {contract.ends_on}")
    if ends_on is not None and ends_on < start:
        yield Fault(f"{where}/ends_on", "ends_before_start", f"lies before the start, {start}")


def _holds(contract: Contract, price: Price) -> bool:
    """Whether a price can be the contract's: in its currency, in a unit of its own, or in none that is named."""
    return price.currency is None or price.currency in (contract.currency, *contract.pricing_units)


def _unit(contract: Contract, grant: GrantTerms) -> Iterator[Fault]:
    if grant.unit is not None and grant.unit not in contract.pricing_units:
        known = ", ".join(contract.pricing_units) or "none"
        yield Fault("/unit", "unknown_unit", f"is none of the contract's pricing_units, which are: {known}")
