"""Every route of the OpenAPI document with another organisation's key and ids: nothing is found, nothing is written.

The routes come from the document itself, so that a new one is walked too; one that this walk cannot fill fails it.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.functions.api_endpoint import CONTRACT, Api
from tests.functions.test_api_bad_input import GERMAN_VAT, GOOD
from usance.kernel.instant import parse_instant
from usance.kernel.money import Money
from usance.payments.payment import Payment
from usance.records.parked import park
from usance.records.payments import payment_puts

MARK = "Zanzibar"
"""Stands in every name that the first organisation gave."""


@pytest.fixture
def victim(api: Api) -> dict[str, str]:
    """An organisation that has one of everything; its ids by the name of the path or query parameter."""
    organisation = api.open(f"{MARK} Compute")
    api.made("/v1/event-types", {"name": "zanzibar_events", "fields": {"hours": "Decimal"}})
    metric = {"external_id": f"{MARK}-cpu", "event_type": "zanzibar_events", "aggregate": "sum", "field": "hours"}
    api.made("/v1/metrics", metric)
    customer = api.made("/v1/customers", {"name": f"{MARK} Inc.", "external_id": f"{MARK}-1"})
    product = api.made("/v1/products", {"name": f"{MARK} product", "external_id": f"{MARK}-p"})
    method = {"provider_customer": f"cus_{MARK}", "reference": f"pm_{MARK}"}
    api.made(f"/v1/customers/{customer['id']}/payment-methods", method)
    api.send("PUT", "/v1/payment-providers/stripe", {"api_key": f"sk_{MARK}", "webhook_secret": f"wh_{MARK}"})
    items = [{**CONTRACT["items"][0], "quantity": {"metric": f"{MARK}-cpu"}}, CONTRACT["items"][1]]
    terms = {**CONTRACT, "id": f"{MARK}-c", "customer": customer["id"], "items": items}
    contract = api.made("/v1/contracts", terms)
    run = api.made("/v1/billing-runs", {"contracts": [contract["id"]]})
    category = api.made("/v1/tax-categories", {"code": f"{MARK}-saas", "name": MARK})
    tax = {"name": MARK, "external_id": f"{MARK}-de", "tax_category": category["id"]}
    rate = api.made("/v1/tax-rates", {**GERMAN_VAT, **tax})
    key = api.made("/v1/api-keys", {"label": f"{MARK} key"})
    api.use(organisation, "2025-07-03T10:00:00Z", "12.5", f"{MARK}-1")
    owner, event = api.usage.pop()
    event = type(event)(f"{MARK}-e", "zanzibar_events", event.customer, event.timestamp, event.data)
    api.usage.append((owner, event))
    api.move("2025-08-01T00:00:00Z")
    assert api.bill(organisation) == 2
    invoice = api.get("/v1/invoices").body["data"][1]
    park(api.tables, organisation, contract["id"], MARK, parse_instant("2025-08-01T00:00:00Z"))
    at = parse_instant("2025-08-01T00:00:00Z")
    paid = Money(50564, "USD")
    payment = Payment(
        "pay_1", invoice["id"], customer["id"], "att_1", "stripe", f"pi_{MARK}", paid, paid, at, at.date()
    )
    api.tables.transact(list(payment_puts(organisation, payment)))
    coupon = api.made("/v1/coupons", {"code": f"{MARK}-10", "discount": {"type": "percent", "value": 10}})
    api.made(f"/v1/coupons/{MARK}-10/redemptions", {"customer": customer["id"]})
    usage = {"on": "usage", "metric": metric["external_id"], "customer": customer["id"], "window": "P1Y"}
    entitlement = api.made("/v1/entitlements", {"name": f"{MARK} calls", "type": "quantity"})
    grant = {"entitlement": f"{MARK} calls", "type": "quantity", "amount": 5}
    api.made(f"/v1/contracts/{contract['id']}/grants", grant)
    alert = api.made("/v1/alerts", {**usage, "name": MARK, "thresholds": [1]})
    api.made(f"/v1/alerts/{alert['id']}/evaluate", None)
    bought = {"amount": "5", "reference": MARK, "label": MARK}
    credit = api.made(f"/v1/customers/{customer['id']}/wallets/USD/credits", bought)
    return {
        "organisation": organisation,
        "event-types": "zanzibar_events",
        "usage": "zanzibar_events",
        "metrics": f"{MARK}-cpu",
        "customers": customer["id"],
        "customer": customer["id"],
        "products": product["id"],
        "contracts": contract["id"],
        "contract": contract["id"],
        "billing-runs": run["id"],
        "invoices": invoice["id"],
        "coupons": coupon["id"],
        "entitlements": entitlement["id"],
        "credit": credit["id"],
        "alerts": alert["id"],
        "tax-categories": category["id"],
        "category": category["id"],
        "tax-rates": rate["id"],
        "api-keys": key["id"],
        "i": invoice["page"].removeprefix("/i/"),
        "key": api.key,
    }


def _requests(api: Api, victim: dict[str, str]) -> list[tuple[str, str, dict[str, str], Any]]:
    """Method, path, query and body of every operation, filled with the victim's ids."""
    made = []
    for template, operations in api.get("/openapi.json", key="").body["paths"].items():
        parts = template.strip("/").split("/")
        resource = parts[1] if parts[0] == "v1" else parts[0]
        fixed = {"{currency}": "USD", "{credit}": victim["credit"]}
        filled = [fixed.get(part, victim[resource]) if part.startswith("{") else part for part in parts]
        for method, operation in operations.items():
            given = {"line": "0", "country": "DE"} | victim
            query = {
                one["name"]: given[one["name"]]
                for one in operation.get("parameters", ())
                if one["in"] == "query" and one["name"] in given
            }
            body = _body(method.upper(), template, victim) if "requestBody" in operation else None
            made.append((method.upper(), "/" + "/".join(filled), query, body))
    return made


def _body(method: str, template: str, victim: dict[str, str]) -> Any:
    items = [{**CONTRACT["items"][0], "quantity": {"metric": victim["metrics"]}}]
    named = {
        "/v1/contracts": {**CONTRACT, "id": "mine", "customer": victim["customers"], "items": items},
        "/v1/contracts/preview": {**CONTRACT, "customer": victim["customers"], "items": items},
        "/v1/billing-runs": {"contracts": [victim["contracts"]]},
        "/v1/alerts": {**GOOD["POST /v1/alerts"], "metric": victim["metrics"], "customer": victim["customers"]},
        "/v1/customers/{id}/discounts/{discount}/revoke": {},
        "/v1/contracts/{id}/grants/{grant}/void": {},
        "/v1/tax-rates": {**GERMAN_VAT, "tax_category": victim["tax-categories"]},
        "/v1/metrics": {"external_id": "m", "event_type": victim["event-types"], "aggregate": "count"},
    }
    if template in named:
        return named[template]
    example = template.replace("/coupons/{code}", "/coupons/ten")
    example = example.replace("/wallets/{currency}", "/wallets/USD")
    for resource, id in (("customers", "acme"), ("contracts", "acme-direct"), ("tax-rates", "de")):
        example = example.replace(f"/{resource}/{{id}}", f"/{resource}/{id}")
    return [] if template.startswith("/v1/usage") else GOOD[f"{method} {example}"]


REFUSED = {
    "GET": 404,
    "POST /v1/contracts": 422,
    "POST /v1/contracts/preview": 422,
    "POST /v1/billing-runs": 422,
    "POST /v1/metrics": 422,
    "POST /v1/alerts": 422,
    "POST /v1/tax-rates": 422,
    "GET /v1/tax-rates/resolve": 422,
    "POST /v1/organisations": 401,
    # Ingest answers it; this function only ever sees its GET.
    "POST /v1/usage/zanzibar_events": 405,
}
OWN = {"POST /v1/api-keys", "POST /v1/event-types", "POST /v1/products", "POST /v1/customers", "POST /v1/test-clock"}
OWN |= {
    "POST /v1/coupons",
    "POST /v1/entitlements",
    "POST /v1/tax-categories",
    "PUT /v1/payment-providers/stripe",
    "GET /v1/organisation",
    "GET /v1/api-keys",
    "GET /health",
}
"""What names nobody else's things and succeeds, for the organisation of the key."""


def test_every_route_with_a_foreign_key_finds_and_changes_nothing(api: Api, victim: dict[str, str]) -> None:
    other = api.open("Other")
    requests = _requests(api, victim)
    assert len(requests) > 40
    before = _without(api.dump(), other)
    seen_lists = 0
    for method, path, query, body in requests:
        route = f"{method} {path}"
        if path.startswith("/i/"):
            continue  # the address is its own key: see test_api_page
        answer = api.send(method, path, body, query=query)
        sent = {path, *query.values(), str(body)}
        for name, id in victim.items():
            if not any(id in text for text in sent) and name != "i":
                assert id not in answer.text, route
        assert MARK not in answer.text.replace(victim["metrics"], ""), route
        if route in OWN:
            assert answer.status in (200, 201), route
        elif answer.status == 200:
            assert method == "GET", route
            found = answer.body
            assert not (found["rows"] if "rows" in found else found["data"]), route
            seen_lists += 1
        else:
            expected = REFUSED.get(route) or 404
            assert answer.status == expected, (route, answer.text)
    assert seen_lists >= 11
    assert _without(api.dump(), other) == before


def _without(kept: dict[str, Any], organisation: str) -> dict[str, Any]:
    """Everything that is kept but for what belongs to one organisation."""
    secrets = {name: value for name, value in kept["secrets"].items() if organisation not in name}
    return {**{place: value for place, value in kept.items() if organisation not in place}, "secrets": secrets}


def test_the_same_requests_find_everything_with_the_right_key(api: Api, victim: dict[str, str]) -> None:
    """That the walk above would see it: every GET of it finds something when the key is right."""
    key = api.key
    for method, path, query, _ in _requests(api, victim):
        if method == "GET" and not path.startswith("/i/"):
            answer = api.get(path, query=query, key=key)
            assert answer.status == 200, path
            body = answer.body
            assert body.get("data", True), path
            assert body.get("rows", True), path


def test_without_a_key_every_private_route_is_closed(api: Api, victim: dict[str, str]) -> None:
    before = api.dump()
    for method, path, query, body in _requests(api, victim):
        if path.startswith("/v1/"):
            assert api.send(method, path, body, query=query, key="").status == 401, path
    assert api.dump() == before


def test_a_foreign_page_needs_its_own_token(api: Api, victim: dict[str, str]) -> None:
    organisation, invoice, token = victim["i"].split(".")
    assert api.get(f"/i/{victim['i']}", key="").status == 200
    other = api.open("Other").removeprefix("org_")
    wrong = token[:-1] + ("0" if token[-1] != "0" else "1")
    for address in (
        f"{other}.{invoice}.{token}",
        f"{organisation}.{invoice}.{wrong}",
        f"{organisation}.{invoice}.",
        f"{organisation}.{invoice}",
        f"{organisation}.inv_x.{token}",
        f"{organisation}#x.{invoice}.{token}",
    ):
        for path in (f"/i/{address}", f"/i/{address}/events"):
            refused = api.get(path, key="", query={"line": 0})
            assert refused.status == 404, path
