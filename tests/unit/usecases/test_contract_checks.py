"""What a contract names has to be there and to be what its prices need: recorded, previewed, amended, in scenarios."""

from __future__ import annotations

from typing import Any

import pytest

from tests.world import EARLY, World
from usance.catalog.event_type import EventType
from usance.catalog.metric import Metric
from usance.contract.amendment import Amendment
from usance.contract.contract import Contract
from usance.kernel.errors import InvalidInput, UsanceError
from usance.ports import Kind
from usance.records.organisations import read_organisation
from usance.scenario.runner import read_scenario
from usance.usecases.contracts import agree, amend_contract, record_contract
from usance.usecases.registry import Intent

METRICS = {
    "sum": {"event_type": "compute", "aggregate": "sum", "field": "hours", "dimensions": ["region", "size"]},
    "plain": {"event_type": "compute", "aggregate": "sum", "field": "hours"},
    "peak": {"event_type": "compute", "aggregate": "max", "field": "hours"},
    "count": {"event_type": "open", "aggregate": "count"},
}
FIELDS = {"hours": "Decimal", "region": "String", "size": "Int64", "cost": "Decimal"}
PER_UNIT = {"model": "per_unit", "unit_amount": "1"}
MATRIX = {
    "model": "matrix",
    "dimensions": ["region", "tier"],
    "rows": [{"match": {"region": "eu", "tier": "a"}, "unit_amount": "1"}],
}
GRID = {
    "model": "two_dimensional",
    "row_up_to": [None],
    "column": "size",
    "column_up_to": [None],
    "unit_amounts": [["1"]],
}
DYNAMIC = {"model": "dynamic", "amount_field": "cost"}
BY_EVENT = {"model": "percent", "percentage": "1", "fixed_amount": "0.10"}


def item(metric: str | None, *prices: dict[str, Any], **more: Any) -> dict[str, Any]:
    made = {"id": "a", "prices": list(prices), **more}
    return made if metric is None else {**made, "quantity": {"metric": metric}}


def contract(*items: dict[str, Any], **terms: Any) -> dict[str, Any]:
    named = [{**one, "id": f"i{place}"} for place, one in enumerate(items)]
    return {"customer": "acme", "starts_on": "2025-07-01", "items": named, **terms}


@pytest.fixture
def world() -> World:
    world = World()
    world.organisation()
    world.customer()
    for name, unknown in (("compute", "refuse"), ("open", "keep")):
        fields = FIELDS if name == "compute" else {}
        written = EventType.model_validate({"name": name, "fields": fields, "unknown_fields": unknown})
        world.record("org_a", Kind.EVENT_TYPE, f"evt_{name}", dict(written.to_json()), name)
    for name, terms in METRICS.items():
        world.record("org_a", Kind.METRIC, f"met_{name}", dict(Metric.model_validate(terms).to_json()), name)
    world.record("org_a", Kind.TAX_CATEGORY, "txc_1", {"code": "saas", "name": "Software"}, "saas")
    return world


def faults(world: World, terms: dict[str, Any]) -> dict[str, str]:
    organisation = read_organisation(world.control, "org_a")
    try:
        agree(world.control, organisation, Contract.model_validate(terms))
    except InvalidInput as error:
        before = world.dump()
        with pytest.raises(InvalidInput):
            record_contract(world.control, world.tables, organisation, Intent(EARLY), Contract.model_validate(terms))
        assert world.dump() == before
        return {fault.pointer: fault.code for fault in error.faults}
    return {}


def played(terms: dict[str, Any], **more: Any) -> dict[str, str]:
    written = {name: value for name, value in terms.items() if name != "customer"}
    try:
        read_scenario({"metrics": METRICS, "contract": written, **more})
    except InvalidInput as error:
        return {fault.pointer: fault.code for fault in error.faults}
    return {}


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (
            item("sum", {**MATRIX, "dimensions": ["region"], "rows": [{"match": {"region": "eu"}, "unit_amount": 1}]}),
            {},
        ),
        (item("sum", MATRIX), {"/prices/0/dimensions/1": "unknown_dimension"}),
        (
            item("plain", MATRIX),
            {"/prices/0/dimensions/0": "unknown_dimension", "/prices/0/dimensions/1": "unknown_dimension"},
        ),
        (item("sum", GRID), {}),
        (item("plain", PER_UNIT, {**GRID, "from": "2026-01-01"}), {"/prices/1/column": "unknown_dimension"}),
        (item(None, GRID), {"/prices/0/column": "unknown_dimension"}),
        (item("plain", DYNAMIC), {}),
        (item("peak", DYNAMIC), {"/prices/0/model": "needs_events"}),
        (item(None, DYNAMIC), {"/prices/0/model": "needs_events"}),
        (item("count", BY_EVENT), {}),
        (item("peak", BY_EVENT), {"/prices/0/model": "needs_events"}),
        # A percentage of the whole needs no events, and a fixed quantity is one event.
        (item("peak", {"model": "percent", "percentage": "1"}), {}),
        (item(None, BY_EVENT), {}),
    ],
)
def test_prices_have_what_they_need_of_their_metric_also_in_scenarios(
    world: World, one: dict[str, Any], expected: dict[str, str]
) -> None:
    found = {f"/items/0{pointer}": code for pointer, code in expected.items()}
    assert faults(world, contract(one)) == found
    assert played(contract(one)) == {f"/contract{pointer}": code for pointer, code in found.items()}


def test_amounts_are_fields_of_the_events_unless_others_are_kept(world: World) -> None:
    terms = contract(
        item("plain", DYNAMIC),
        item("plain", {**DYNAMIC, "amount_field": "price"}),
        item("plain", {**DYNAMIC, "amount_field": "region"}),
        item("count", {**DYNAMIC, "amount_field": "price"}),
    )
    assert faults(world, terms) == {
        "/items/1/prices/0/amount_field": "unknown_field",
        "/items/2/prices/0/amount_field": "not_a_number",
    }


def test_a_tax_category_is_named_by_its_code(world: World) -> None:
    def sold(category: str) -> dict[str, Any]:
        return item(None, PER_UNIT, product={"name": "x", "tax_category": category})

    terms = contract(sold("saas"), sold("books"), sold("txc_1"))
    assert faults(world, terms) == {
        "/items/1/product/tax_category": "unknown_tax_category",
        "/items/2/product/tax_category": "unknown_tax_category",
    }


@pytest.mark.parametrize(
    ("prices", "expected"),
    [
        ([{**PER_UNIT, "currency": "USD"}], {}),
        ([PER_UNIT], {}),
        ([{**PER_UNIT, "currency": "EUR"}], {"/items/0/prices": "no_price_in_currency"}),
        ([{**PER_UNIT, "currency": "EUR"}, {**PER_UNIT, "currency": "USD"}], {}),
        (
            [{**PER_UNIT, "currency": "EUR"}, {**PER_UNIT, "currency": "USD", "from": "2025-08-01"}],
            {"/items/0/prices/1/from": "price_gap"},
        ),
    ],
)
def test_prices_are_there_in_the_currency_that_holds(
    world: World, prices: list[dict[str, Any]], expected: dict[str, str]
) -> None:
    terms = contract(item(None, *prices))
    assert faults(world, terms) == expected
    assert played(terms) == {f"/contract{pointer}": code for pointer, code in expected.items()}


def test_the_customers_currency_holds_before_the_organisations(world: World) -> None:
    world.record("org_a", Kind.CUSTOMER, "cus_eu", {"name": "EU", "currency": "EUR"}, "eu")
    terms = contract(item(None, {**PER_UNIT, "currency": "EUR"}), customer="eu")
    organisation = read_organisation(world.control, "org_a")
    made = record_contract(world.control, world.tables, organisation, Intent(EARLY), Contract.model_validate(terms))
    assert made.body["currency"] == "EUR"


def test_every_fault_is_told_at_once(world: World) -> None:
    terms = contract(
        item("nothing", PER_UNIT),
        item("plain", MATRIX, product={"name": "x", "tax_category": "books"}),
        item("peak", {**DYNAMIC, "currency": "EUR"}),
        customer="nobody",
        ends_on="9500-01-01",
    )
    assert faults(world, terms) == {
        "/customer": "unknown_customer",
        "/ends_on": "out_of_range",
        "/items/0/quantity/metric": "unknown_metric",
        "/items/1/prices/0/dimensions/0": "unknown_dimension",
        "/items/1/prices/0/dimensions/1": "unknown_dimension",
        "/items/1/product/tax_category": "unknown_tax_category",
        "/items/2/prices/0/model": "needs_events",
        "/items/2/prices": "no_price_in_currency",
    }


@pytest.mark.parametrize(
    ("terms", "where"),
    [
        ({"commitment": {"minimum_quantity": 10}}, "/commitment/minimum_quantity"),
        (
            {"phases": [{"id": "p", "items": [item(None, PER_UNIT)], "commitment": {"minimum_quantity": 10}}]},
            "/phases/0/commitment/minimum_quantity",
        ),
    ],
)
def test_only_items_commit_to_a_quantity(terms: dict[str, Any], where: str) -> None:
    assert played(contract(item(None, PER_UNIT), **terms)) == {f"/contract{where}": "not_allowed"}
    within = contract(item("plain", PER_UNIT, commitment={"minimum_quantity": 10}))
    assert played(within) == {}


AMENDMENTS = [
    (
        {"prices": MATRIX},
        {"/prices/0/dimensions/0": "unknown_dimension", "/prices/0/dimensions/1": "unknown_dimension"},
    ),
    ({"prices": DYNAMIC}, {}),
    (
        {"prices": {"model": "formula", "expression": "quantity * 2 + peak"}},
        {"/prices/0/expression": "unknown_metric"},
    ),
    (
        {"prices": {"model": "capacity", "meters": {"peak": [10, None]}, "tiers": [{"amount": 1}, {"amount": 2}]}},
        {"/prices/0/meters": "unknown_metric"},
    ),
]


@pytest.mark.parametrize(("change", "expected"), AMENDMENTS)
def test_amended_prices_have_what_they_need_too(world: World, change: dict[str, Any], expected: dict[str, str]) -> None:
    change = {"prices": [change["prices"]]}
    assert amended(world, change) == expected
    fact = {"at": "2025-08-01", "amend": {"effective_on": "2025-08-01", "item": "i0", **change}}
    terms = contract(item("plain", PER_UNIT))
    assert played(terms, facts=[fact]) == {f"/facts/0/amend{pointer}": code for pointer, code in expected.items()}


def test_amended_prices_are_in_the_contracts_currency_and_read_fields_that_there_are(world: World) -> None:
    assert amended(world, {"prices": {**DYNAMIC, "amount_field": "price", "currency": "EUR"}}) == {
        "/prices/0/amount_field": "unknown_field",
        "/prices": "no_price_in_currency",
    }


def amended(world: World, change: dict[str, Any]) -> dict[str, str]:
    organisation = read_organisation(world.control, "org_a")
    terms = Contract.model_validate(contract(item("plain", PER_UNIT)))
    made = record_contract(world.control, world.tables, organisation, Intent(EARLY), terms)
    before = world.dump()
    amendment = Amendment.model_validate({"effective_on": "2025-08-01", "item": "i0", **change})
    try:
        amend_contract(
            world.control, world.tables, organisation, made.id, amendment, id="amd_1", as_of=EARLY, version=None
        )
    except UsanceError as error:
        assert world.dump() == before
        return {fault.pointer: fault.code for fault in error.faults}
    return {}


def test_a_grant_in_a_scenario_is_in_a_unit_that_the_contract_has() -> None:
    grant = {"entitlement": "money", "type": "credits", "amount": 1, "unit": "coins"}
    fact = {"at": "2025-07-02", "grant": grant}
    assert played(contract(item(None, PER_UNIT)), facts=[fact]) == {"/facts/0/grant/unit": "unknown_unit"}
    assert played(contract(item(None, PER_UNIT), pricing_units={"coins": 2}), facts=[fact]) == {}
