"""Record contracts and their amendments, once everything they name exists and what they agree can be billed.

The due pointer is written before the record: a crash in between leaves a pointer to nothing, which a run passes over.
The other way round a contract could exist that no run ever looks at.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from usance.catalog.faults import pointer
from usance.contract.amendment import Amendment
from usance.contract.contract import Contract
from usance.contract.schedule import next_due
from usance.contract.timeline import RecordedAmendment, timeline
from usance.kernel.errors import CannotBill, Conflict, Fault, InvalidInput
from usance.kernel.instant import day_start, local_day, parse_instant
from usance.kernel.period import ONE_DAY
from usance.pipeline import ContractFacts
from usance.ports import Body, ControlPlane, Kind, Record, Tables, TransactionRefused
from usance.records.contracts import amendment_entry, contract_body, contract_facts, read_contract
from usance.records.documents import ContractDocuments
from usance.records.due import put_pointer
from usance.records.organisations import Organisation
from usance.usecases.registry import Intent, change, register

FIRST_DAY: Final = date(1970, 1, 2)
LAST_DAY: Final = date(9000, 1, 1)
MOST_AMENDMENTS: Final = 500
_SHOWN_DUES: Final = 3


@dataclass(frozen=True, slots=True)
class Agreed:
    """A contract whose customer and metrics exist, and the currency and zone that hold for it."""

    contract: Contract
    customer: str
    currency: str
    zone: str


def agree(control: ControlPlane, organisation: Organisation, contract: Contract) -> Agreed:
    """Check a contract against what it names. Raises InvalidInput with every fault."""
    faults = [*_day_faults(contract.model_dump(by_alias=True)), *_metric_faults(control, organisation.id, contract)]
    customer = None
    if contract.customer is None:
        faults.append(Fault("/customer", "missing", "is missing: name the customer by its id or yours"))
    else:
        customer = control.get(organisation.id, Kind.CUSTOMER, contract.customer)
        if customer is None:
            faults.append(Fault("/customer", "unknown_customer", f"there is no customer {contract.customer!r}"))
    if faults or customer is None:
        raise InvalidInput("the contract has faults", faults)
    return Agreed(
        contract,
        customer.id,
        contract.currency or customer.body.get("currency") or organisation.currency,
        contract.timezone or customer.body.get("timezone") or organisation.zone,
    )


def record_contract(
    control: ControlPlane, tables: Tables, organisation: Organisation, intent: Intent, contract: Contract
) -> Record:
    """Record a contract, and when to look at it first. Raises InvalidInput, and Conflict for a taken external id."""
    agreed = agree(control, organisation, contract)
    body = contract_body(contract, customer=agreed.customer, currency=agreed.currency, zone=agreed.zone)
    record = Record(organisation.id, Kind.CONTRACT, intent.id("ctr"), body, intent.at, external_id=contract.id or None)
    terms = timeline(contract, (), intent.at, local_day(intent.at, agreed.zone))
    first = next_due(terms, FIRST_DAY - ONE_DAY)
    if first is not None:
        _point(tables, organisation.id, day_start(first, agreed.zone), record.id)
    return register(control, record)


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
    _refuse_amendment(record, amendment)
    _point(tables, organisation.id, as_of, record.id)

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


def _point(tables: Tables, organisation: str, at: datetime, contract: str) -> None:
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


def _metric_faults(control: ControlPlane, organisation: str, contract: Contract) -> Iterator[Fault]:
    known: dict[str, bool] = {}
    for where, item in contract.placed_items():
        for name, place in item.meter_places():
            if name not in known:
                known[name] = control.get(organisation, Kind.METRIC, name) is not None
            if not known[name]:
                why = f"there is no metric {name!r}: create it first"
                yield Fault(where + place, "unknown_metric", why)


def _day_faults(value: object, path: tuple[str | int, ...] = ()) -> Iterator[Fault]:
    """Days so early or late that the instants at which they begin and end would leave the calendar."""
    if isinstance(value, date) and not FIRST_DAY <= value <= LAST_DAY:
        yield Fault(pointer(path), "out_of_range", f"lies outside {FIRST_DAY} to {LAST_DAY}")
    elif isinstance(value, Mapping):
        for name, member in value.items():
            yield from _day_faults(member, (*path, name))
    elif isinstance(value, list | tuple):
        for place, member in enumerate(value):
            yield from _day_faults(member, (*path, place))


def _refuse_amendment(record: Record, amendment: Amendment) -> None:
    contract = Contract.model_validate(record.body["terms"])
    faults = list(_day_faults(amendment.model_dump(by_alias=True)))
    item = next((item for item in contract.all_items if item.id == amendment.item), None)
    if item is None:
        known = ", ".join(item.id for item in contract.all_items[:10])
        faults.append(Fault("/item", "unknown_item", f"the contract has no such item: it has {known}"))
    elif item.metered and amendment.quantity is not None:
        faults.append(Fault("/quantity", "not_allowed", "the item is metered: its quantity comes from its metric"))
    faults += _price_faults(amendment)
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
        timeline(contract, [*recorded, RecordedAmendment(moment, amendment)], moment, amendment.effective_on)
    except CannotBill as error:
        raise InvalidInput(error.detail) from None


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
