"""What customers are entitled to at a moment, now or past, worked out from what was granted and used until then.

Amendments, grants and withdrawals count when they were recorded by the moment; use counts when it happened by then, as
far as it is known now: every acknowledged event, folded or not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from usance.invoicing.balances import EntitlementBalance
from usance.invoicing.granted import grants_anything
from usance.kernel.amount import ZERO
from usance.pipeline import entitlements
from usance.ports import Kind, Record
from usance.records.contract_lists import contracts_of
from usance.usecases.bill import Billing, measure_usage
from usance.usecases.facts import read_facts
from usance.usecases.registry import find


@dataclass(frozen=True, slots=True)
class CustomerEntitlement:
    """An entitlement over all contracts of a customer that grant it, each with its own balance."""

    name: str
    type: str
    contracts: tuple[tuple[Record, EntitlementBalance], ...]

    @property
    def there(self) -> bool:
        """Of a feature, whether any contract gives it."""
        return any(held.there for _record, held in self.contracts)

    @property
    def total(self) -> EntitlementBalance:
        """The sums over the contracts; what stands behind them is with each contract."""
        held = [one for _record, one in self.contracts]
        return EntitlementBalance(
            self.name,
            self.type,
            sum((one.given for one in held), ZERO),
            sum((one.used for one in held), ZERO),
            sum((one.expired for one in held), ZERO),
            sum((one.balance for one in held), ZERO),
            sum((one.overage for one in held), ZERO),
            (),
            (),
            self.there,
        )


def contract_entitlements(billing: Billing, record: Record, as_of: datetime) -> list[EntitlementBalance]:
    """What a contract's customer is entitled to by it at a moment, by name.

    Raises CannotBill when what credits pay for cannot be priced.
    """
    facts, _documents = read_facts(billing.control, billing.tables, billing.objects, record)
    if not grants_anything(facts.contract, facts.grants):
        return []
    return entitlements(facts, measure_usage(billing, facts, as_of, live=True), as_of)


def customer_entitlements(
    billing: Billing, organisation: str, customer: str, as_of: datetime
) -> tuple[Record, list[CustomerEntitlement]]:
    """A customer, and what it is entitled to at a moment by all of its contracts, by name.

    Raises NotFound, and CannotBill when what credits pay for cannot be priced.
    """
    owner = find(billing.control, organisation, Kind.CUSTOMER, customer)
    found: dict[tuple[str, str], list[tuple[Record, EntitlementBalance]]] = {}
    for record in _contracts(billing, organisation, owner.id):
        for held in contract_entitlements(billing, record, as_of):
            found.setdefault((held.name, held.type), []).append((record, held))
    # By name and type: what stands behind them has no order.
    named = sorted(found.items(), key=lambda entry: entry[0])
    return owner, [CustomerEntitlement(name, type_, tuple(held)) for (name, type_), held in named]


def _contracts(billing: Billing, organisation: str, customer: str) -> Iterable[Record]:
    for id in contracts_of(billing.tables, organisation, customer):
        record = billing.control.get(organisation, Kind.CONTRACT, id)
        # None: recording it was cut short, or is under way.
        if record is not None:
            yield record
