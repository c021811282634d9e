"""Bad input on every route that takes a body: what is answered, and that nothing was written."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from tests.functions.api_endpoint import CONTRACT, OPERATOR, Api

GOOD: dict[str, dict[str, Any]] = {
    "POST /v1/organisations": {"name": "x", "currency": "USD"},
    "POST /v1/api-keys": {"label": "x", "scopes": ["read"]},
    "POST /v1/test-clock": {"now": "2026-01-01T00:00:00Z"},
    "POST /v1/event-types": {"name": "storage", "fields": {"gb": "Decimal"}},
    "POST /v1/metrics": {"external_id": "m", "event_type": "compute", "aggregate": "count"},
    "POST /v1/products": {"name": "x"},
    "POST /v1/customers": {
        "name": "x",
        "address": {"country": "FR"},
        "tax_exempt": True,
        "tax_ids": [{"type": "eu_vat", "value": "FR40303265045"}],
    },
    "POST /v1/customers/acme/payment-methods": {"provider_customer": "cus_1", "reference": "pm_1"},
    "PUT /v1/payment-providers/stripe": {"api_key": "sk_1", "webhook_secret": "whsec_1"},
    "POST /v1/contracts": {**CONTRACT, "id": "another"},
    "POST /v1/contracts/preview": CONTRACT,
    "POST /v1/contracts/acme-direct/amendments": {
        "effective_on": "2025-09-01",
        "item": "platform",
        "prices": {"model": "flat", "amount": "600"},
    },
    "POST /v1/billing-runs": {"contracts": ["acme-direct"]},
    "POST /v1/tax-categories": {"code": "books", "name": "Books", "external_codes": {"avalara": "PB100000"}},
    "POST /v1/tax-rates": {
        "country": "CA",
        "state": "QC",
        "zip_start": "G1A",
        "zip_end": "H9Z",
        "tax_category": "saas",
        "effective_from": "2025-01-01",
        "effective_to": "2025-12-31",
        "rates": [{"tax_name": "QST", "rate_percent": "9.975", "is_compound": True, "compound_order": 1}],
    },
    "POST /v1/tax-rates/de/close": {"effective_to": "2025-12-31"},
    "POST /v1/coupons": {
        "code": "another",
        "discount": {"type": "fixed", "value": "5", "max_per_period": "3"},
        "currency": "USD",
        "duration": "P3M",
        "redeem_by": "2025-12-31",
        "products": ["platform"],
    },
    "POST /v1/entitlements": {"name": "calls", "type": "quantity", "unit": "call", "description": "Calls of the API"},
    "POST /v1/contracts/acme-direct/grants": {
        "entitlement": "calls",
        "type": "quantity",
        "amount": "100",
        "effective_on": "2025-07-01",
        "expires_on": "2025-12-31",
        "every": "P1M",
        "rollover": {"maximum": "10"},
        "priority": 1,
        "label": "a present",
        "version": 1,
    },
    "POST /v1/coupons/ten/redemptions": {"customer": "acme", "on": "2025-08-01"},
    "POST /v1/customers/acme/wallets/USD/credits": {
        "amount": "50",
        "kind": "purchased",
        "expires_on": "2026-12-31",
        "priority": 1,
        "cost_basis": "0.5",
        "label": "prepaid",
        "reference": "transfer 1",
    },
    "PUT /v1/customers/acme/wallets/USD/settings": {"threshold": "10", "amount": "100", "enabled": True},
    "POST /v1/alerts": {"on": "usage", "metric": "cpu", "customer": "acme", "thresholds": ["10"], "recurring": "5"},
}
ROUTES = sorted(GOOD)
TEN = {"code": "TEN", "discount": {"type": "percent", "value": 10}}
GERMAN_VAT = {
    "external_id": "de",
    "country": "DE",
    "tax_category": "saas",
    "effective_from": "2025-01-01",
    "rates": {"tax_name": "VAT", "rate_percent": 19},
}


@pytest.fixture
def ready(api: Api) -> Api:
    api.open()
    api.catalogue()
    api.made("/v1/contracts", CONTRACT)
    api.made("/v1/tax-categories", {"code": "saas", "name": "Software"})
    api.made("/v1/tax-rates", GERMAN_VAT)
    api.made("/v1/coupons", TEN)
    return api


def send(api: Api, route: str, body: Any = None, **more: Any) -> Any:
    method, path = route.split()
    key = OPERATOR if path == "/v1/organisations" else api.key
    return api.send(method, path, body, **{"key": key, **more})


@pytest.mark.parametrize("route", ROUTES)
def test_the_good_body_is_good(ready: Api, route: str) -> None:
    before = ready.dump()
    assert send(ready, route, GOOD[route]).status in (200, 201, 202)
    assert (ready.dump() == before) == (route == "POST /v1/contracts/preview")


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"{", 400),
        (b"{'name': 'x'}", 400),
        (b'{"name": NaN}', 400),
        (b'{"name": Infinity}', 400),
        (b'{"name": "x"} trailing', 400),
        (b'{"name": 1e999}', 400),
        (b'{"name": ' + b"9" * 5000 + b"}", 400),
        (b"[" * 100_000, 400),
        (b'{"name": "\xff"}', 400),
        (b'{"name": "\\ud800"}', 400),
        (b'"text"', 422),
        (b"[]", 422),
        (b"17", 422),
        (b"null", 422),
        (b'"' + b"x" * 1_000_001 + b'"', 413),
    ],
    ids=lambda value: repr(value[:18]) if isinstance(value, bytes) else value,
)
def test_a_body_that_is_no_object_is_refused(ready: Api, route: str, raw: bytes, status: int) -> None:
    before = ready.dump()
    refused = send(ready, route, raw=raw)
    assert refused.status == status, refused.text
    assert refused.body["code"] == {400: "malformed_body", 413: "body_too_large", 422: "invalid_input"}[status]
    assert ready.dump() == before


@pytest.mark.parametrize("route", ROUTES)
def test_an_unknown_member_is_named(ready: Api, route: str) -> None:
    before = ready.dump()
    refused = send(ready, route, {**GOOD[route], "a/b~c": 1, "colour": "red"})
    assert refused.status == 422
    assert refused.codes == {"/a~1b~0c": "unknown_member", "/colour": "unknown_member"}
    assert ready.dump() == before


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("value", [None, True, 1.5, -1, [], {}, "", "\x00", [[]], {"a": {}}, 10**30, "x" * 5000])
def test_a_wrong_value_anywhere_is_a_fault_at_its_place_and_never_a_failure(ready: Api, route: str, value: Any) -> None:
    for place in _places(GOOD[route]):
        body = deepcopy(GOOD[route])
        _put(body, place, value)
        answer = send(ready, route, body)
        assert answer.status in (200, 201, 202, 403, 404, 409, 422), (place, answer.text)
        if answer.status == 422 and answer.body["code"] == "invalid_input":
            assert answer.body["errors"], (place, answer.text)
            for fault in answer.body["errors"]:
                assert fault["code"].replace("_", "").isalnum()
                assert fault["detail"]


def _places(body: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    return [path] * bool(path) + [place for name, part in inner for place in _places(part, (*path, name))]


def _put(body: Any, place: tuple[Any, ...], value: Any) -> None:
    for name in place[:-1]:
        body = body[name]
    body[place[-1]] = value


def test_all_faults_are_named_at_once(ready: Api) -> None:
    body = deepcopy(CONTRACT)
    body["items"][0]["prices"][0]["unit_amount"] = 0.05
    body["items"][0]["quantity"]["unit"] = 7
    body["items"][1]["prices"] = {"model": "flat", "amount": "1" * 31}
    body["payment_terms"] = {"net_days": -1}
    body["starts_on"] = "2025-02-30"
    body["colour"] = "red"
    before = ready.dump()
    refused = ready.post("/v1/contracts", body)
    assert refused.status == 422
    assert refused.codes == {
        "/items/0/prices/0/unit_amount": "invalid_value",
        "/items/0/quantity/unit": "wrong_type",
        "/items/1/prices/amount": "invalid_value",
        "/payment_terms/net_days": "out_of_range",
        "/starts_on": "wrong_type",
        "/colour": "unknown_member",
    }
    details = {fault["pointer"]: fault["detail"] for fault in refused.body["errors"]}
    assert 'write amounts as text, for example "0.05"' in details["/items/0/prices/0/unit_amount"]
    assert "30 digits" in details["/items/1/prices/amount"]
    assert ready.dump() == before


def test_what_a_contract_names_has_to_be_there(ready: Api) -> None:
    body = deepcopy({**CONTRACT, "id": "another", "customer": "nobody"})
    body["items"][0]["quantity"]["metric"] = "nothing"
    before = ready.dump()
    for path in ("/v1/contracts", "/v1/contracts/preview"):
        refused = ready.post(path, body)
        assert refused.codes == {"/customer": "unknown_customer", "/items/0/quantity/metric": "unknown_metric"}
    del body["customer"]
    assert ready.post("/v1/contracts", body).codes["/customer"] == "missing"
    assert ready.dump() == before


@pytest.mark.parametrize("day", ["0001-01-01", "1969-12-31", "9998-12-31", "9999-12-31"])
def test_days_at_the_ends_of_the_calendar_are_refused_and_not_computed_with(ready: Api, day: str) -> None:
    item: dict[str, Any] = {"id": "a", "prices": [{"model": "flat", "amount": "1"}]}
    bodies = [
        {"starts_on": day, "items": [item]},
        {"starts_on": "2025-07-01", "ends_on": day, "items": [item]},
        {"starts_on": "2025-07-01", "anchor": day, "items": [item]},
        {"starts_on": "2025-07-01", "items": [{**item, "billing": {"once_on": day}}]},
        {"starts_on": "2025-07-01", "items": [{**item, "quantity": {"entries": [{"from": day, "value": 1}]}}]},
    ]
    before = ready.dump()
    for body in bodies:
        for path in ("/v1/contracts", "/v1/contracts/preview"):
            refused = ready.post(path, {"customer": "acme", **body})
            assert refused.status == 422, refused.text
    change = {"item": "platform", "effective_on": day, "prices": {"model": "flat", "amount": "1"}}
    assert ready.post("/v1/contracts/acme-direct/amendments", change).codes == {"/effective_on": "out_of_range"}
    assert ready.dump() == before


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({"item": "nothing", "quantity": 1}, {"/item": "unknown_item"}),
        ({"item": "compute", "quantity": 1}, {"/quantity": "not_allowed"}),
        ({"item": "platform"}, {"": "invalid_value"}),
        (
            {"item": "platform", "prices": [{"model": "flat", "amount": "1", "from": "2025-08-01"}]},
            {"/prices/0/from": "before_effective"},
        ),
        (
            {"item": "platform", "prices": [{"model": "flat", "amount": "1"}, {"model": "flat", "amount": "2"}]},
            {"/prices/1/from": "missing"},
        ),
        (
            {
                "item": "platform",
                "prices": [
                    {"model": "flat", "amount": "1", "from": "2025-10-01"},
                    {"model": "flat", "amount": "2", "from": "2025-10-01"},
                ],
            },
            {"/prices/1/from": "not_increasing"},
        ),
    ],
)
def test_an_amendment_that_a_run_could_not_read_is_refused(
    ready: Api, change: dict[str, Any], codes: dict[str, str]
) -> None:
    before = ready.dump()
    refused = ready.post("/v1/contracts/acme-direct/amendments", {"effective_on": "2025-09-01", **change})
    assert (refused.status, refused.codes) == (422, codes)
    assert ready.dump() == before


@pytest.mark.parametrize(
    ("metric", "codes"),
    [
        ({"event_type": "nothing", "aggregate": "count"}, {"/event_type": "unknown_event_type"}),
        ({"event_type": "compute", "aggregate": "sum", "field": "region"}, {"/field": "not_a_number"}),
        ({"event_type": "compute", "aggregate": "sum", "field": "colour"}, {"/field": "unknown_field"}),
        ({"event_type": "compute", "aggregate": "sum"}, {"/field": "missing"}),
        ({"event_type": "compute", "aggregate": "median", "field": "hours"}, {"/aggregate": "not_allowed"}),
    ],
)
def test_a_metric_has_to_fit_its_event_type(ready: Api, metric: dict[str, Any], codes: dict[str, str]) -> None:
    before = ready.dump()
    refused = ready.post("/v1/metrics", {"external_id": "m", **metric})
    assert (refused.status, refused.codes) == (422, codes)
    assert ready.dump() == before


def test_a_run_names_contracts_that_are_there_and_a_moment_that_has_come(ready: Api) -> None:
    before = ready.dump()
    order = {"contracts": ["acme-direct", "nothing"], "as_of": "2025-07-01T00:00:01Z"}
    refused = ready.post("/v1/billing-runs", order)
    assert refused.codes == {"/contracts/1": "unknown_contract", "/as_of": "out_of_range"}
    assert ready.dump() == before
