"""What an alert compares with its thresholds: a metric's quantity so far, what the next invoice comes to, a balance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from usance.catalog.alert import DEFAULT_WINDOW, Alert
from usance.catalog.metric import Metric
from usance.contract.contract import Contract
from usance.kernel.amount import ZERO
from usance.kernel.instant import day_start, local_day
from usance.kernel.money import Money
from usance.kernel.recurrence import Cadence, Recurrence
from usance.metering.aggregate import measure, reads_from
from usance.pipeline import entitlements
from usance.ports import Kind, Record
from usance.records.alerts import Window
from usance.records.contracts import customer_references, read_contract
from usance.records.organisations import Organisation
from usance.records.wallets import read_wallet
from usance.usecases.bill import Billing, measure_usage
from usance.usecases.facts import read_facts
from usance.usecases.preview import preview, upcoming
from usance.usecases.registry import find

_INSTANT: Final = timedelta(microseconds=1)
_CALENDAR: Final = date(2024, 1, 1)
"""A Monday, and the first day of a month, a quarter and a year: windows of any length are counted from it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A value at a moment, of whom, and the window it adds up over; a balance has none."""

    value: Decimal
    customer: str
    currency: str | None = None
    window: Window | None = None
    contract: str | None = None


def read_value(billing: Billing, organisation: Organisation, alert: Alert, as_of: datetime) -> Reading | None:
    """What an alert watches, at a moment; None when there is nothing: no further invoice will come.

    Raises NotFound for what it names and is gone, CannotBill when the contract could not be billed.
    """
    if alert.on == "usage":
        return _usage(billing, organisation, alert, as_of)
    if alert.on == "spend":
        return _spend(billing, organisation, alert, as_of)
    return (_wallet if alert.currency is not None else _entitlement)(billing, organisation, alert, as_of)


def _usage(billing: Billing, organisation: Organisation, alert: Alert, as_of: datetime) -> Reading:
    metric = Metric.model_validate(find(billing.control, organisation.id, Kind.METRIC, alert.metric or "").body)
    cadence = Cadence.parse(alert.window or DEFAULT_WINDOW)
    if alert.contract is not None:
        contract = read_contract(billing.control, organisation.id, alert.contract)
        customer, zone = contract.body["customer"], contract.body["timezone"]
        windows = _windows_of(contract, cadence)
    else:
        owner = find(billing.control, organisation.id, Kind.CUSTOMER, alert.customer or "")
        customer, zone = owner.id, owner.body.get("timezone") or organisation.zone
        windows = Recurrence(_CALENDAR, cadence)
    window = windows.full_period(local_day(as_of, zone))
    start, end = day_start(window.start, zone), as_of + _INSTANT
    names = customer_references(billing.control, organisation.id, customer)
    events = billing.read_usage(organisation.id, metric.event_type, names, reads_from(metric, start), end)
    quantity = measure(metric, events, start, end).quantity
    return Reading(quantity, customer, window=Window(window.start, window.end), contract=alert.contract)


def _windows_of(record: Record, cadence: Cadence) -> Recurrence:
    contract = Contract.model_validate(record.body["terms"])
    anchor = contract.anchor
    if isinstance(anchor, int):
        return Recurrence(contract.starts_on, cadence, day=anchor)
    return Recurrence(anchor or contract.starts_on, cadence)


def _spend(billing: Billing, organisation: Organisation, alert: Alert, as_of: datetime) -> Reading | None:
    record = read_contract(billing.control, organisation.id, alert.contract or "")
    facts, _documents = read_facts(billing.control, billing.tables, billing.objects, record)
    due = upcoming(facts, as_of)
    if due <= as_of:
        return None
    day = facts.today(due)
    made = preview(billing, facts, as_of, due, pass_through_months=organisation.test_clock is not None)
    # What is overdue is an invoice of its own, of the time before.
    total = Money.total((one.total for one in made if one.bill_on == day), facts.currency)
    return Reading(total.amount, facts.customer, facts.currency, Window(None, day), record.id)


def _wallet(billing: Billing, organisation: Organisation, alert: Alert, as_of: datetime) -> Reading:
    owner = find(billing.control, organisation.id, Kind.CUSTOMER, alert.customer or "")
    wallet = read_wallet(billing.tables, organisation.id, owner.id, alert.currency or "")
    return Reading(wallet.latest(as_of).balance.amount, owner.id, alert.currency)


def _entitlement(billing: Billing, organisation: Organisation, alert: Alert, as_of: datetime) -> Reading:
    record = read_contract(billing.control, organisation.id, alert.contract or "")
    facts, _documents = read_facts(billing.control, billing.tables, billing.objects, record)
    held = entitlements(facts, measure_usage(billing, facts, as_of, live=True), as_of)
    # What is not granted yet, or no longer, is nothing: units and credits of one name are looked at together.
    left = sum((one.balance for one in held if one.name == alert.entitlement), ZERO)
    return Reading(left, facts.customer, contract=record.id)
