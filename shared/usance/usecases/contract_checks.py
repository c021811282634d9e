"""Checks of contracts and amendments against everything recorded that they name, every fault at once.

What is wrong with a contract by itself is refused when it is read (`usance.contract.contract_faults`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Final

from usance.catalog.faults import pointer
from usance.catalog.metric import Metric
from usance.catalog.price import Price
from usance.catalog.price_needs import needed_fields
from usance.contract.amendment import Amendment
from usance.contract.contract import Contract
from usance.contract.contract_faults import currency_faults
from usance.contract.item import Item
from usance.contract.metric_faults import amended_metric_faults, metric_faults
from usance.kernel.errors import Fault
from usance.ports import Body, ControlPlane, Kind

FIRST_DAY: Final = date(1970, 1, 2)
LAST_DAY: Final = date(9000, 1, 1)
_NUMBERS: Final = frozenset({"Int64", "Decimal", "Float64"})


def recorded_metrics(control: ControlPlane, organisation: str, names: Iterable[str]) -> dict[str, Metric]:
    """The metrics of some names, those that there are."""
    found = {name: control.get(organisation, Kind.METRIC, name) for name in dict.fromkeys(names)}
    return {name: Metric.model_validate(record.body) for name, record in found.items() if record is not None}


def named_faults(control: ControlPlane, organisation: str, contract: Contract) -> Iterator[Fault]:
    """What a contract names and is not there, or is not what it takes it for."""
    metrics = recorded_metrics(control, organisation, (name for item in contract.all_items for name in item.meters))
    for where, item in contract.placed_items():
        for name, place in item.meter_places():
            if name not in metrics:
                yield Fault(where + place, "unknown_metric", f"there is no metric {name!r}: create it first")
    yield from metric_faults(contract, metrics)
    types: dict[str, Body | None] = {}
    for where, item in contract.placed_items():
        found = _field_faults(control, organisation, item, item.prices, metrics, types)
        yield from (fault.under(where) for fault in found)
    yield from _tax_category_faults(control, organisation, contract)


def held_currency_faults(contract: Contract, currency: str) -> Iterator[Fault]:
    """Prices that leave days without one in the currency that holds for a contract which names none itself."""
    if contract.currency is None:
        yield from currency_faults(contract, currency)


def amendment_faults(control: ControlPlane, organisation: str, item: Item, amendment: Amendment) -> Iterator[Fault]:
    """What the prices that an amendment gives an item need and there is not."""
    metrics = recorded_metrics(control, organisation, item.meters)
    yield from amended_metric_faults(item, amendment, metrics)
    yield from _field_faults(control, organisation, item, amendment.prices or (), metrics, {})


def day_faults(value: object, path: tuple[str | int, ...] = ()) -> Iterator[Fault]:
    """Days so early or late that the instants at which they begin and end would leave the calendar."""
    if isinstance(value, date):
        day = value.date() if isinstance(value, datetime) else value
        if not FIRST_DAY <= day <= LAST_DAY:
            yield Fault(pointer(path), "out_of_range", f"lies outside {FIRST_DAY} to {LAST_DAY}")
    elif isinstance(value, Mapping):
        for name, member in value.items():
            yield from day_faults(member, (*path, name))
    elif isinstance(value, list | tuple):
        for place, member in enumerate(value):
            yield from day_faults(member, (*path, place))


def _field_faults(
    control: ControlPlane,
    organisation: str,
    item: Item,
    prices: Iterable[Price],
    metrics: Mapping[str, Metric],
    types: dict[str, Body | None],
) -> Iterator[Fault]:
    """Fields that prices read from events and that no event can have, or not as a number."""
    metric = metrics.get(item.quantity.metric or "")
    if metric is None:
        return
    for place, price in enumerate(prices):
        for name in needed_fields(price):
            fault = _field_fault(_event_type(control, organisation, metric.event_type, types), name)
            if fault is not None:
                yield fault.under(f"/prices/{place}/amount_field")


def _event_type(control: ControlPlane, organisation: str, name: str, types: dict[str, Body | None]) -> Body | None:
    if name not in types:
        record = control.get(organisation, Kind.EVENT_TYPE, name)
        types[name] = None if record is None else record.body
    return types[name]


def _field_fault(event_type: Body | None, name: str) -> Fault | None:
    if event_type is None:
        return None
    declared = event_type["fields"].get(name)
    if declared is None:
        if event_type["unknown_fields"] == "keep":
            return None
        known = ", ".join(event_type["fields"]) or "none"
        why = f"is not a field of {event_type['name']}, whose events have no others than it declares: {known}"
        return Fault("", "unknown_field", why)
    if declared["type"] not in _NUMBERS:
        why = f"is a {declared['type']}, and an amount has to be a number"
        return Fault("", "not_a_number", why)
    return None


def _tax_category_faults(control: ControlPlane, organisation: str, contract: Contract) -> Iterator[Fault]:
    known: dict[str, bool] = {}
    for where, item in contract.placed_items():
        code = item.product.tax_category
        if code is None:
            continue
        if code not in known:
            record = control.get(organisation, Kind.TAX_CATEGORY, code)
            known[code] = record is not None and record.body["code"] == code
        if not known[code]:
            why = f"there is no tax category of code {code!r}: create it first"
            yield Fault(f"{where}/product/tax_category", "unknown_tax_category", why)
