"""Coupons over the API: made, redeemed, seen, taken back; repeated; and never another organisation's."""

from __future__ import annotations

from typing import Any

import pytest

from tests.functions.api_endpoint import Api

TEN = {"code": "Welcome-10", "discount": {"type": "percent", "value": 10}, "duration": "P3M"}


@pytest.fixture
def ready(api: Api) -> Api:
    api.open()
    api.catalogue()
    api.made("/v1/coupons", TEN)
    return api


def redeem(api: Api, **more: Any) -> Any:
    return api.post("/v1/coupons/welcome-10/redemptions", {"customer": "acme"}, **more)


def test_a_coupon_is_found_by_its_code_in_any_case_and_by_its_id(ready: Api) -> None:
    (listed,) = ready.get("/v1/coupons").body["data"]
    assert (listed["code"], listed["external_id"], listed["redemptions"]) == ("WELCOME-10", "WELCOME-10", 0)
    for reference in ("WELCOME-10", "welcome-10", "Welcome-10", listed["id"]):
        assert ready.get(f"/v1/coupons/{reference}").body == listed
    assert ready.get("/v1/coupons/welcome").status == 404


def test_pages_of_coupons_go_on_where_the_one_before_ended(ready: Api) -> None:
    for number in range(4):
        ready.made("/v1/coupons", {**TEN, "code": f"c{number}"})
    seen, cursor = [], None
    for _ in range(3):
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = ready.get("/v1/coupons", query=query).body
        seen += [one["code"] for one in page["data"]]
        cursor = page["next_cursor"]
    assert cursor is None
    assert sorted(seen) == ["C0", "C1", "C2", "C3", "WELCOME-10"]


def test_a_redemption_is_a_discount_of_the_customer(ready: Api) -> None:
    made = redeem(ready)
    assert made.status == 201
    # Redeemed on the test clock's day, 1 July; three months end on 30 September.
    terms = made.body["discount"]
    assert (terms["from"], terms["until"], terms["value"], terms["label"]) == (
        "2025-07-01",
        "2025-09-30",
        "10",
        "WELCOME-10",
    )
    assert ready.get("/v1/customers/acme/discounts").body == {"data": [made.body], "next_cursor": None}
    assert ready.get("/v1/coupons/welcome-10").body["redemptions"] == 1


def test_why_a_coupon_cannot_be_redeemed_is_said_with_a_code(ready: Api) -> None:
    assert redeem(ready).status == 201
    assert ready.post("/v1/coupons/welcome-10/deactivate").body["active"] is False
    before = ready.dump()
    refused = redeem(ready)
    assert (refused.status, refused.body["code"]) == (409, "conflict")
    assert refused.codes == {"": "coupon_inactive", "/customer": "coupon_already_redeemed"}
    unknown = ready.post("/v1/coupons/welcome-10/redemptions", {"customer": "nobody", "on": "1950-01-01"})
    assert (unknown.status, unknown.codes) == (422, {"/customer": "unknown_customer", "/on": "out_of_range"})
    assert ready.dump() == before


def test_a_repeated_redemption_is_one(ready: Api) -> None:
    first = redeem(ready, idempotency_key="k1")
    again = redeem(ready, idempotency_key="k1")
    assert (again.status, again.body, again.headers["idempotency-hit"]) == (201, first.body, "true")
    assert ready.get("/v1/coupons/welcome-10").body["redemptions"] == 1


def test_a_discount_is_taken_back_from_a_day_on(ready: Api) -> None:
    made = redeem(ready).body
    path = f"/v1/customers/acme/discounts/{made['id']}/revoke"
    revoked = ready.post(path, {"on": "2025-08-15"})
    assert (revoked.status, revoked.body["revoked_from"]) == (200, "2025-08-15")
    assert ready.get("/v1/customers/acme/discounts").body["data"] == [revoked.body]
    assert ready.post(path, {"on": "2025-08-15"}).body == revoked.body
    assert ready.post(path, {"on": "2025-09-15"}).status == 409
    assert ready.post("/v1/customers/acme/discounts/rdm_x/revoke", {}).status == 404
    assert ready.post("/v1/customers/nobody/discounts/rdm_x/revoke", {}).status == 404


def test_another_organisation_sees_and_redeems_nothing(ready: Api) -> None:
    made = redeem(ready).body
    coupon = ready.get("/v1/coupons").body["data"][0]
    ready.open("Other")
    ready.catalogue()
    assert ready.get("/v1/coupons").body["data"] == []
    assert ready.get("/v1/customers/acme/discounts").body["data"] == []
    before = ready.dump()
    for reference in (coupon["id"], "welcome-10"):
        assert ready.get(f"/v1/coupons/{reference}").status == 404
        assert ready.post(f"/v1/coupons/{reference}/deactivate").status == 404
        assert ready.post(f"/v1/coupons/{reference}/redemptions", {"customer": "acme"}).status == 404
    assert ready.get(f"/v1/customers/{made['customer']}/discounts").status == 404
    assert ready.post(f"/v1/customers/acme/discounts/{made['id']}/revoke", {}).status == 404
    assert ready.dump() == before
    assert ready.post("/v1/coupons", TEN).status == 201


def test_a_redeemed_coupon_comes_off_the_invoices_of_its_time_and_taking_it_back_ends_that(api: Api) -> None:
    organisation = api.open()
    api.catalogue()
    api.made("/v1/coupons", TEN)
    fee = {"id": "fee", "billing": {"timing": "advance"}, "prices": {"model": "flat", "amount": "500"}}
    api.made("/v1/contracts", {"id": "c", "customer": "acme", "starts_on": "2025-07-01", "items": [fee]})
    assert api.bill(organisation) == 1
    api.move("2025-07-15T00:00:00Z")
    made = redeem(api).body
    api.move("2025-10-01T00:00:00Z")
    assert api.bill(organisation) == 3
    totals = [one["total"]["amount"] for one in api.get("/v1/invoices").body["data"]]
    # July began before the redemption. August, September and October begin up to 14 October: 500 - 10 % of 500.
    assert totals == ["500.00", "450.00", "450.00", "450.00"]
    api.made(f"/v1/customers/acme/discounts/{made['id']}/revoke", {"on": "2025-10-01"})
    api.move("2025-11-01T00:00:00Z")
    api.bill(organisation)
    # November costs 500 again, and the 50 that October had is billed after all.
    assert api.get("/v1/invoices").body["data"][-1]["total"]["amount"] == "550.00"
