"""The control plane through HTTP API events: from an organisation to its books. Figures are worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.functions.api_endpoint import CONTRACT, OPERATOR, Api
from usance.kernel.instant import parse_instant
from usance.ports import Kind
from usance.records.due import due_pointers


def money(amount: str, currency: str = "USD") -> dict[str, str]:
    return {"amount": amount, "currency": currency}


@pytest.fixture
def organisation(api: Api) -> str:
    """With a contract, and 112.8 CPU-hours of July used: 112.8 x 0.05 = 5.64."""
    organisation = api.open()
    api.catalogue()
    api.made("/v1/contracts", CONTRACT)
    api.use(organisation, "2025-07-03T10:00:00Z", "12.5")
    api.use(organisation, "2025-07-31T23:59:59Z", "100.3")
    api.use(organisation, "2025-08-01T00:00:00Z", "7")
    return organisation


def test_an_organisation_begins_with_one_key_that_may_do_everything(api: Api) -> None:
    made = api.post("/v1/organisations", {"name": "Northwind", "currency": "EUR"}, key=OPERATOR)
    assert made.status == 201
    key = made.body["api_key"]["key"]
    assert key.startswith("usk_live_")
    seen = api.get("/v1/organisation", key=key)
    assert (seen.body["name"], seen.body["currency"], seen.body["timezone"]) == ("Northwind", "EUR", "UTC")
    listed = api.get("/v1/api-keys", key=key).body["data"]
    assert [one["scopes"] for one in listed] == [["admin"]]
    # The text of a key is nowhere but in the answer that made it.
    assert key.rsplit("_", 1)[1] not in str(api.dump()) + api.get("/v1/api-keys", key=key).text


def test_a_record_is_found_by_its_id_and_by_the_callers(api: Api) -> None:
    api.open()
    api.catalogue()
    for path, external in (("customers", "acme"), ("metrics", "cpu"), ("event-types", "compute")):
        by_external = api.get(f"/v1/{path}/{external}")
        assert by_external.status == 200
        assert api.get(f"/v1/{path}/{by_external.body['id']}").body == by_external.body
        assert [one["id"] for one in api.get(f"/v1/{path}").body["data"]] == [by_external.body["id"]]
    product = api.made("/v1/products", {"name": "Compute", "external_id": "compute", "unit": "CPU-hour"})
    assert api.get("/v1/products/compute").body == product
    assert product["kind"] == "period_of_time"


def test_an_external_id_is_taken_once(api: Api) -> None:
    api.open()
    api.catalogue()
    before = api.dump()
    again = api.post("/v1/customers", {"name": "Another", "external_id": "acme"})
    assert (again.status, again.body["code"]) == (409, "conflict")
    assert api.dump() == before


def test_lists_go_on_where_the_page_before_ended(api: Api) -> None:
    api.open()
    names = [f"c{number}" for number in range(7)]
    for name in names:
        api.made("/v1/customers", {"name": name, "external_id": name})
    seen, cursor = [], None
    while True:
        page = api.get("/v1/customers", query={"limit": 3, **({"cursor": cursor} if cursor else {})}).body
        assert len(page["data"]) <= 3
        seen += [one["external_id"] for one in page["data"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert sorted(seen) == names


def test_a_cursor_is_good_for_its_own_list_and_organisation(api: Api) -> None:
    api.open()
    for number in range(3):
        api.made("/v1/customers", {"name": f"c{number}"})
        api.made("/v1/products", {"name": f"p{number}"})
    cursor = api.get("/v1/customers", query={"limit": 1}).body["next_cursor"]
    assert api.get("/v1/customers", query={"cursor": cursor}).status == 200
    for path in ("/v1/products", "/v1/api-keys"):
        refused = api.get(path, query={"cursor": cursor})
        assert (refused.status, refused.codes) == (422, {"/cursor": "invalid_cursor"})
    api.open("Other")
    assert api.get("/v1/customers", query={"cursor": cursor}).codes == {"/cursor": "invalid_cursor"}
    for nonsense in ("x", "====", "A" * 40, "ünï"):
        assert api.get("/v1/customers", query={"cursor": nonsense}).codes == {"/cursor": "invalid_cursor"}


def test_a_contract_is_pointed_to_before_it_exists_and_says_when_it_falls_due(api: Api, organisation: str) -> None:
    contract = api.get("/v1/contracts/acme-direct").body
    assert contract["next_dues"] == ["2025-07-01", "2025-08-01", "2025-09-01"]
    assert contract["customer"] == api.get("/v1/customers/acme").body["id"]
    assert contract["version"] == 1
    pointers = list(due_pointers(api.tables, organisation, parse_instant("2025-07-01T00:00:00Z")))
    assert [name for name, _at in pointers] == [contract["id"]]
    listed = api.get("/v1/contracts").body["data"]
    assert [(one["id"], one["starts_on"], one["ends_on"]) for one in listed] == [
        (contract["id"], "2025-07-01", "2026-06-30")
    ]


def test_what_is_previewed_is_what_is_issued(api: Api, organisation: str) -> None:
    at = {"as_of": "2025-08-01T00:00:00Z"}
    before = api.dump()
    saved = api.get("/v1/contracts/acme-direct/preview", query=at).body["invoices"]
    unsaved = api.post("/v1/contracts/preview", {**CONTRACT, "id": "other"}, query=at).body["invoices"]
    assert api.dump() == before
    assert {one["status"] for one in saved} == {"upcoming"}
    api.move("2025-08-01T00:00:00Z")
    assert api.bill(organisation) == 2
    issued = [api.get(f"/v1/invoices/{one['id']}").body for one in api.get("/v1/invoices").body["data"]]

    def essence(invoices: list[dict[str, Any]]) -> list[Any]:
        return [(one["issued_on"], one["due_on"], one["total"], one["tax"], one["lines"]) for one in invoices]

    assert essence(saved) == essence(issued) == essence(unsaved)
    assert [one["total"] for one in issued] == [money("500.00"), money("505.64")]


def test_a_preview_without_a_moment_shows_the_next_invoice(api: Api, organisation: str) -> None:
    api.move("2025-07-20T12:00:00Z")
    api.bill(organisation)
    seen = api.get("/v1/contracts/acme-direct/preview").body
    assert seen["as_of"] == "2025-08-01T00:00:00Z"
    assert [one["total"] for one in seen["invoices"]] == [money("505.64")]


def test_a_preview_too_far_ahead_is_refused(api: Api, organisation: str) -> None:
    daily = {
        "customer": "acme",
        "starts_on": "2025-07-01",
        "items": {"id": "a", "billing": {"every": "P1D"}, "prices": {"model": "flat", "amount": "1"}},
    }
    refused = api.post("/v1/contracts/preview", daily, query={"as_of": "2029-01-01T00:00:00Z"})
    assert refused.codes == {"/as_of": "out_of_range"}


def test_an_amendment_is_appended_and_corrects_what_was_billed(api: Api, organisation: str) -> None:
    api.move("2025-08-01T00:00:00Z")
    api.bill(organisation)
    cheaper = {"effective_on": "2025-07-01", "item": "compute", "prices": {"model": "per_unit", "unit_amount": "0.04"}}
    amended = api.made("/v1/contracts/acme-direct/amendments", {**cheaper, "version": 1})
    assert amended["version"] == 2
    assert amended["amendments"][0]["recorded_at"] == "2025-08-01T00:00:00Z"
    # 112.8 x 0.04 = 4.512, so 4.51 instead of 5.64; August: 7 x 0.04 = 0.28; and the fee of September.
    [upcoming] = api.get("/v1/contracts/acme-direct/preview").body["invoices"]
    assert sorted(line["amount"]["amount"] for line in upcoming["lines"]) == ["-1.13", "0.28", "500.00"]
    assert upcoming["total"] == money("499.15")
    stale = api.post("/v1/contracts/acme-direct/amendments", {**cheaper, "version": 1})
    assert (stale.status, stale.body["code"]) == (409, "conflict")
    pointers = [name for name, _at in due_pointers(api.tables, organisation, parse_instant("2025-08-01T00:00:00Z"))]
    assert amended["id"] in pointers


def test_a_timeline_is_what_was_known_at_a_moment(api: Api, organisation: str) -> None:
    api.move("2025-07-10T00:00:00Z")
    change = {"effective_on": "2025-09-01", "item": "platform", "prices": {"model": "flat", "amount": "600"}}
    api.made("/v1/contracts/acme-direct/amendments", change)

    def prices(as_of: str) -> list[tuple[str, str]]:
        seen = api.get("/v1/contracts/acme-direct/timeline", query={"as_of": as_of}).body["items"][1]
        return [(one["starts_on"], one["price"]["amount"]) for one in seen["prices"]]

    assert prices("2025-07-09T00:00:00Z") == [("2025-07-01", "500")]
    assert prices("2025-07-10T00:00:00Z") == [("2025-07-01", "500"), ("2025-09-01", "600")]


def test_invoices_are_listed_by_customer_contract_and_state(api: Api, organisation: str) -> None:
    api.made("/v1/customers", {"name": "Beta", "external_id": "beta"})
    fee = {"id": "fee", "prices": {"model": "flat", "amount": "10"}}
    api.made("/v1/contracts", {"id": "b", "customer": "beta", "starts_on": "2025-07-01", "items": [fee]})
    api.move("2025-08-01T00:00:00Z")
    assert api.bill(organisation) == 4

    def totals(**query: str) -> list[str]:
        return sorted(one["total"]["amount"] for one in api.get("/v1/invoices", query=query).body["data"])

    assert totals() == ["10.00", "10.00", "500.00", "505.64"]
    assert totals(customer="beta") == totals(contract="b") == ["10.00", "10.00"]
    assert totals(customer=api.get("/v1/customers/acme").body["id"]) == ["500.00", "505.64"]
    assert totals(customer="nobody") == totals(status="paid") == totals(customer="beta", contract="acme-direct") == []
    assert totals(status="approved") == totals()
    newest = api.get("/v1/invoices", query={"order": "desc", "limit": 3}).body
    oldest = api.get("/v1/invoices", query={"order": "desc", "limit": 3, "cursor": newest["next_cursor"]}).body
    dates = [one["issued_on"] for one in [*newest["data"], *oldest["data"]]]
    assert dates == ["2025-08-01", "2025-08-01", "2025-07-01", "2025-07-01"]
    assert oldest["next_cursor"] is None


def test_a_payment_method_becomes_the_customers_default(api: Api) -> None:
    organisation = api.open()
    api.catalogue()
    body = {"provider": "stripe", "provider_customer": "cus_Nffr", "reference": "pm_1Mq"}
    first = api.made("/v1/customers/acme/payment-methods", body)
    second = api.made("/v1/customers/acme/payment-methods", {**body, "reference": "pm_2", "default": False})
    third = api.made("/v1/customers/acme/payment-methods", {**body, "reference": "pm_3"})
    assert (first["default"], second["default"], third["default"]) == (True, False, True)
    listed = api.get("/v1/customers/acme/payment-methods").body["data"]
    assert [(one["reference"], one["default"]) for one in listed] == [
        ("pm_1Mq", False),
        ("pm_2", False),
        ("pm_3", True),
    ]
    record = api.control.get(organisation, Kind.CUSTOMER, "acme")
    assert record is not None
    assert record.body["payment_method"] == third["id"]


def test_stripe_credentials_are_kept_as_a_secret_and_the_address_stays(api: Api) -> None:
    organisation = api.open()
    first = api.send("PUT", "/v1/payment-providers/stripe", {"api_key": "sk_1", "webhook_secret": "whsec_1"})
    assert first.body["webhook_path"].startswith(f"/v1/hooks/stripe/{organisation.removeprefix('org_')}-")
    second = api.send("PUT", "/v1/payment-providers/stripe", {"api_key": "sk_2", "webhook_secret": "whsec_2"})
    assert second.body == first.body
    kept = api.secrets.read(organisation, "stripe")
    assert kept is not None
    assert (kept["api_key"], kept["webhook_secret"]) == ("sk_2", "whsec_2")
    assert kept["webhook_secret_previous"] == "whsec_1"
    records = [one.body for one in api.control.list(organisation, Kind.PROVIDER).records]
    assert "sk_2" not in str(records)
    assert len(records) == 1
