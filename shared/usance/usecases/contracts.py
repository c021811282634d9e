"""Record contracts and their amendments, once everything they name exists and what they agree can be billed.

The due pointer is written before the record: a crash in between leaves a pointer to nothing, which a run passes over.
The other way round a contract could exist that no run ever looks at.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from usance.contract.amendment import Amendment
from usance.contract.contract import Contract
from usance.contract.schedule import next_due
from usance.contract.timeline import RecordedAmendment, timeline
from usance.kernel.errors import CannotBill, Conflict, Fault, InvalidInput
from usance.kernel.instant import day_start, local_day, parse_instant
from usance.kernel.period import ONE_DAY
from usance.pipeline import ContractFacts
from usance.ports import Body, ControlPlane, Kind, Record, Tables, TransactionRefused
from usance.records.contract_lists import list_contract
from usance.records.contracts import amendment_entry, contract_body, contract_facts, read_contract
from usance.records.documents import ContractDocuments
from usance.records.due import put_pointer
from usance.records.organisations import Organisation
from usance.usecases.contract_checks import (
    FIRST_DAY,
    LAST_DAY,
    amendment_faults,
    day_faults,
    held_currency_faults,
    named_faults,
    recorded_metrics,
)
from usance.usecases.definitions import definition_faults, definitions_for, with_units
from usance.usecases.registry import Intent, change, register

MOST_AMENDMENTS: Final = 500
_SHOWN_DUES: Final = 3


__all__ = [
    "FIRST_DAY",
    "LAST_DAY",
    "Agreed",
    "agree",
    "amend_contract",
    "facts_of",
    "look_at",
    "next_dues",
    "record_contract",
]


@dataclass(frozen=True, slots=True)
class Agreed:
    """A contract whose customer and metrics exist, the currency and zone that hold for it, and the names under which
    events may name its customer."""

    contract: Contract
    customer: str
    currency: str
    zone: str
    names: frozenset[str]


def agree(control: ControlPlane, organisation: Organisation, contract: Contract) -> Agreed:
    """Check a contract against what it names. Raises InvalidInput with every fault."""
    faults = [*day_faults(contract.model_dump(by_alias=True)), *named_faults(control, organisation.id, contract)]
    definitions = definitions_for(control, organisation.id, contract)
    faults += definition_faults(contract, definitions)
    customer = None
    if contract.customer is None:
        faults.append(Fault("/customer", "missing", "is missing: name the customer by its id or yours"))
    else:
        customer = control.get(organisation.id, Kind.CUSTOMER, contract.customer)
        if customer is None:
            faults.append(Fault("/customer", "unknown_customer", f"there is no customer {contract.customer!r}"))
    known = {} if customer is None else customer.body
    currency = contract.currency or known.get("currency") or organisation.currency
    faults += held_currency_faults(contract, currency)
    if faults or customer is None:
        raise InvalidInput("the contract has faults", faults)
    return Agreed(
        with_units(contract, definitions),
        customer.id,
        currency,
        contract.timezone or known.get("timezone") or organisation.zone,
        frozenset(name for name in (customer.id, customer.external_id) if name),
    )


def record_contract(
    control: ControlPlane, tables: Tables, organisation: Organisation, intent: Intent, contract: Contract
) -> Record:
    """Record a contract, and when to look at it first. Raises InvalidInput, and Conflict for a taken external id."""
    agreed = agree(control, organisation, contract)
    body = contract_body(agreed.contract, customer=agreed.customer, currency=agreed.currency, zone=agreed.zone)
    record = Record(organisation.id, Kind.CONTRACT, intent.id("ctr"), body, intent.at, external_id=contract.id or None)
    terms = timeline(agreed.contract, (), intent.at, local_day(intent.at, agreed.zone), agreed.currency)
    first = next_due(terms, FIRST_DAY - ONE_DAY)
    if first is not None:
        look_at(tables, organisation.id, record.id, day_start(first, agreed.zone))
    list_contract(
        tables, organisation.id, record.id, agreed.customer, _arriving(control, organisation.id, contract), agreed.names
    )
    return register(control, record)


def _arriving(control: ControlPlane, organisation: str, contract: Contract) -> set[str]:
    """The types of the events that a contract charges as they arrive."""
    names = (name for item in contract.all_items if item.as_it_arrives for name in item.meters)
    return {metric.event_type for metric in recorded_metrics(control, organisation, names).values()}


def amend_contract(
    control: ControlPlane,
    tables: Tables,
    organisation: Organisation,
    reference: str,
    amendment: Amendment,
    *,
    id: str,
    as_of: datetime,
    version: int | None,
) -> Record:
    """Append an amendment to a contract's log, as learned of at `as_of`, and have a run look at the contract.

    With `version` only onto that version of the contract. Raises NotFound, InvalidInput, and Conflict. An amendment of
    this id that is there already is success.
    """
    record = read_contract(control, organisation.id, reference)
    _refuse_amendment(control, record, amendment)
    look_at(tables, organisation.id, record.id, as_of)

    def appended(current: Record) -> Body | None:
        known = current.body["amendments"]
        if any(entry.get("id") == id for entry in known):
            return None
        if version is not None and current.version != version:
            raise Conflict(f"the contract is at version {current.version} by now: read it again and decide again")
        if len(known) >= MOST_AMENDMENTS:
            raise Conflict(f"a contract takes {MOST_AMENDMENTS} amendments: end this one and write a new one")
        return {**current.body, "amendments": [*known, {"id": id, **amendment_entry(amendment, as_of)}]}

    return change(control, record, appended)


def look_at(tables: Tables, organisation: str, contract: str, at: datetime) -> None:
    """Have a run look at a contract at an instant; the same again changes nothing."""
    # Refused: that pointer is there already.
    with contextlib.suppress(TransactionRefused):
        tables.transact([put_pointer(organisation, at, contract)])


def facts_of(control: ControlPlane, record: Record) -> ContractFacts:
    """What a contract's record says, apart from its documents."""
    return contract_facts(control, record, ContractDocuments((), {}, None))


def next_dues(facts: ContractFacts, as_of: datetime) -> list[date]:
    """The next days on which something of a contract falls due, today included."""
    moment, days = facts.at(as_of), list[date]()
    day = facts.today(as_of) - ONE_DAY
    while len(days) < _SHOWN_DUES and (due := next_due(moment, day)) is not None:
        days.append(due)
        day = due
    return days


def _refuse_amendment(control: ControlPlane, record: Record, amendment: Amendment) -> None:
    contract = Contract.model_validate(record.body["terms"])
    faults = list(day_faults(amendment.model_dump(by_alias=True)))
    item = next((item for item in contract.all_items if item.id == amendment.item), None)
    if item is None:
        known = ", ".join(item.id for item in contract.all_items[:10])
        faults.append(Fault("/item", "unknown_item", f"the contract has no such item: it has {known}"))
    elif item.metered and amendment.quantity is not None:
        faults.append(Fault("/quantity", "not_allowed", "the item is metered: its quantity comes from its metric"))
    faults += _price_faults(amendment)
    if item is not None:
        faults += amendment_faults(control, record.organisation, item, amendment)
    faults += _currency_faults(amendment, {record.body["currency"], *contract.pricing_units})
    if faults:
        raise InvalidInput("the amendment has faults", faults)
    entries = record.body["amendments"]
    recorded = [
        RecordedAmendment(parse_instant(entry["recorded_at"]), Amendment.model_validate(entry["amendment"]))
        for entry in entries
    ]
    # The whole history once more: what is recorded must be something that a run can read.
    moment = max((one.recorded_at for one in recorded), default=record.created_at)
    try:
        history = [*recorded, RecordedAmendment(moment, amendment)]
        timeline(contract, history, moment, amendment.effective_on, record.body["currency"])
    except CannotBill as error:
        raise InvalidInput(error.detail) from None


def _currency_faults(amendment: Amendment, held: set[str]) -> Iterator[Fault]:
    prices = amendment.prices or ()
    if prices and all(price.currency is not None and price.currency not in held for price in prices):
        yield Fault("/prices", "no_price_in_currency", f"has none in {' or '.join(sorted(held))}, the contract's")


def _price_faults(amendment: Amendment) -> Iterator[Fault]:
    before: date | None = None
    for place, price in enumerate(amendment.prices or ()):
        where = f"/prices/{place}/from"
        day = price.from_
        if day is None and place:
            yield Fault(where, "missing", "is missing: every price after the first needs its first day")
            continue
        if day is None:
            day = amendment.effective_on
        elif day < amendment.effective_on:
            yield Fault(where, "before_effective", f"lies before effective_on, {amendment.effective_on}")
        if before is not None and day <= before:
            yield Fault(where, "not_increasing", f"is not after {before}, where the price before it begins")
        before = day
