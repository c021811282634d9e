"""Wallets over the API: filled, seen at any moment, withdrawn, paying for invoices; repeated; and never another's."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.functions.api_endpoint import CONTRACT, Api

PATH = "/v1/customers/acme/wallets/USD"
BOUGHT = {"amount": "300", "reference": "transfer 1"}
GIVEN = {"amount": "50.00", "kind": "promotional", "expires_on": "2025-07-31", "label": "welcome"}
PLATFORM = {**CONTRACT, "items": [CONTRACT["items"][1]]}


@pytest.fixture
def ready(api: Api) -> Api:
    api.organisation = api.open()  # type: ignore[attr-defined]
    api.catalogue()
    return api


def usd(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "USD"}


def bill(api: Any) -> None:
    assert api.bill(api.organisation)


def test_money_comes_in(ready: Api) -> None:
    bought = ready.post(f"{PATH}/credits", BOUGHT)
    assert bought.status == 201
    assert bought.body | {"id": "", "created_at": ""} == {
        "id": "",
        "kind": "purchased",
        "amount": usd("300.00"),
        "left": usd("300.00"),
        "priority": 0,
        "cost_basis": "1",
        "label": None,
        "reference": "transfer 1",
        "created_at": "",
        "expires_at": None,
        "lapses": [],
    }
    given = ready.made(f"{PATH}/credits", GIVEN)
    assert given["expires_at"] == "2025-08-01T00:00:00Z"
    wallet = ready.get(PATH).body
    assert (wallet["balance"], wallet["purchased"], wallet["promotional"]) == (
        usd("350.00"),
        usd("300.00"),
        usd("50.00"),
    )
    assert wallet["credits"] == [bought.body, given]
    assert ready.get("/v1/customers/acme/wallets").body == {"data": [wallet], "next_cursor": None}


def test_a_wallet_in_which_nothing_ever_came_is_empty(ready: Api) -> None:
    wallet = ready.get(PATH).body
    assert (wallet["balance"], wallet["credits"], wallet["applications"]) == (usd("0.00"), [], [])
    assert wallet["settings"] == {"auto_top_up": None, "open_top_up": None}
    assert ready.get("/v1/customers/acme/wallets").body["data"] == []
    assert ready.get("/v1/customers/acme/wallets/usd").status == 404
    assert ready.get("/v1/customers/nobody/wallets/USD").status == 404


def test_an_invoice_says_what_the_wallet_paid(ready: Api) -> None:
    bought, given = (ready.made(f"{PATH}/credits", body) for body in (BOUGHT, GIVEN))
    ready.made("/v1/contracts", PLATFORM)
    bill(ready)
    (invoice,) = ready.get("/v1/invoices").body["data"]
    # 500.00: 50.00 that expire soonest, then 300.00; 150.00 are left to pay.
    assert (invoice["total"], invoice["wallet_applied"]) == (usd("500.00"), usd("350.00"))
    assert (invoice["amount_paid"], invoice["amount_due"]) == (usd("0.00"), usd("150.00"))
    assert invoice["status"] == "approved"
    assert ready.get(f"/v1/invoices/{invoice['id']}").body["wallet_applied"] == usd("350.00")
    wallet = ready.get(PATH).body
    assert wallet["balance"] == usd("0.00")
    paid = [(one["credit"], one["invoice"], one["amount"]["amount"]) for one in wallet["applications"]]
    assert paid == [(given["id"], invoice["id"], "50.00"), (bought["id"], invoice["id"], "300.00")]
    page = ready.get(invoice["page"], key="")
    assert "Paid from wallet" in page.text
    assert "350.00" in page.text


def test_a_preview_shows_what_the_wallet_will_pay(ready: Api) -> None:
    ready.made(f"{PATH}/credits", {**BOUGHT, "amount": "700"})
    ready.made("/v1/contracts", PLATFORM)
    before = ready.dump()
    shown = ready.get("/v1/contracts/acme-direct/preview", query={"as_of": "2025-08-01T00:00:00Z"}).body["invoices"]
    # 500.00 a month: 700.00 pay July, and 200.00 of August.
    paid = [(one["wallet_applied"]["amount"], one["amount_due"]["amount"]) for one in shown]
    assert paid == [("500.00", "0.00"), ("200.00", "300.00")]
    assert ready.dump() == before


def test_the_balance_of_a_past_moment_is_what_it_was(ready: Api) -> None:
    ready.made(f"{PATH}/credits", BOUGHT)
    ready.move("2025-07-10T00:00:00Z")
    ready.made(f"{PATH}/credits", GIVEN)
    ready.move("2025-08-10T00:00:00Z")
    # The 50.00 were there from 10 July and expired with 31 July.
    for as_of, balance in {
        "2025-06-30T00:00:00Z": "0.00",
        "2025-07-09T00:00:00Z": "300.00",
        "2025-07-10T00:00:00Z": "350.00",
        "2025-07-31T23:59:59Z": "350.00",
        "2025-08-01T00:00:00Z": "300.00",
    }.items():
        assert ready.get(PATH, query={"as_of": as_of}).body["balance"]["amount"] == balance, as_of
    expired = ready.get(PATH).body["credits"][1]
    assert (expired["left"]["amount"], [one["reason"] for one in expired["lapses"]]) == ("0.00", ["expired"])


def test_a_credit_is_withdrawn_once(ready: Api) -> None:
    credit = ready.made(f"{PATH}/credits", BOUGHT)
    void = f"{PATH}/credits/{credit['id']}/void"
    first = ready.post(void)
    assert (first.status, first.body["left"]) == (200, usd("0.00"))
    assert [(one["reason"], one["amount"]) for one in first.body["lapses"]] == [("voided", usd("300.00"))]
    before = ready.dump()
    assert ready.post(void).body == first.body
    assert ready.post(f"{PATH}/credits/wcr_x/void").status == 404
    assert ready.dump() == before
    assert ready.get(PATH).body["credits"] == [first.body]


def test_of_a_credit_that_is_used_up_nothing_is_withdrawn(ready: Api) -> None:
    credit = ready.made(f"{PATH}/credits", BOUGHT)
    ready.made("/v1/contracts", PLATFORM)
    bill(ready)
    refused = ready.post(f"{PATH}/credits/{credit['id']}/void")
    assert (refused.status, refused.body["code"]) == (409, "conflict")


def test_a_repeated_request_puts_money_in_once(ready: Api) -> None:
    first = ready.post(f"{PATH}/credits", BOUGHT, idempotency_key="k1")
    again = ready.post(f"{PATH}/credits", BOUGHT, idempotency_key="k1")
    assert (again.status, again.body, again.headers["idempotency-hit"]) == (201, first.body, "true")
    assert ready.get(PATH).body["balance"] == usd("300.00")
    assert ready.post(f"{PATH}/credits", {**BOUGHT, "amount": 1}, idempotency_key="k1").status == 409


def test_all_faults_of_a_credit_are_told_at_once(ready: Api) -> None:
    before = ready.dump()
    bad = {"amount": "1.005", "expires_on": "2025-06-30", "cost_basis": "1.5"}
    assert ready.post(f"{PATH}/credits", bad).codes == {
        "/amount": "not_money",
        "/expires_on": "out_of_range",
        "/reference": "missing",
        "/cost_basis": "out_of_range",
    }
    assert ready.post("/v1/customers/acme/wallets/JPY/credits", {**BOUGHT, "amount": "1.5"}).codes == {
        "/amount": "not_money"
    }
    for amount in ("0", "-1", 1.5, None):
        assert ready.post(f"{PATH}/credits", {**BOUGHT, "amount": amount}).status == 422
    assert ready.post("/v1/customers/acme/wallets/XXQ/credits", BOUGHT).status == 404
    assert ready.dump() == before


def test_settings_are_kept_and_checked(ready: Api) -> None:
    wanted = {"threshold": "100", "amount": "500"}
    made = ready.send("PUT", f"{PATH}/settings", wanted)
    assert (made.status, made.body["open_top_up"]) == (200, None)
    kept = made.body["auto_top_up"]
    assert (kept["threshold"], kept["amount"], kept["enabled"]) == ("100", "500", True)
    assert ready.get(PATH).body["settings"] == made.body
    before = ready.dump()
    assert ready.send("PUT", f"{PATH}/settings", wanted).body == made.body
    assert ready.send("PUT", f"{PATH}/settings", {"threshold": "0.005", "amount": "1.001"}).codes == {
        "/threshold": "not_money",
        "/amount": "not_money",
    }
    assert ready.send("PUT", f"{PATH}/settings", {"threshold": 5, "target": 5}).codes == {"/target": "out_of_range"}
    assert ready.dump() == before


def test_an_invoice_that_leaves_too_little_buys_more(ready: Api) -> None:
    ready.made(f"{PATH}/credits", {**BOUGHT, "amount": "550"})
    ready.send("PUT", f"{PATH}/settings", {"threshold": "100", "target": "600"})
    ready.made("/v1/contracts", PLATFORM)
    bill(ready)
    # Of one day, so in no order: the wallet's stands after the contract's by what it is for.
    platform, top_up = sorted(ready.get("/v1/invoices").body["data"], key=lambda one: one["contract"])
    # 550.00 - 500.00 leaves 50.00, and 550.00 are missing to 600.00.
    assert (platform["wallet_applied"], platform["status"]) == (usd("500.00"), "paid")
    assert (top_up["total"], top_up["wallet_applied"], top_up["amount_due"]) == (
        usd("550.00"),
        usd("0.00"),
        usd("550.00"),
    )
    assert top_up["contract"].startswith("wallet:")
    (line,) = ready.get(f"/v1/invoices/{top_up['id']}").body["lines"]
    assert (line["description"], line["recognition"], line["tax"]) == ("Wallet top-up", "never", usd("0.00"))
    assert ready.get(f"/v1/invoices/{top_up['id']}/explain").status == 200
    assert "Wallet top-up" in ready.get(top_up["page"], key="").text
    assert ready.get(PATH).body["settings"]["open_top_up"] == top_up["id"]
    listed = ready.get("/v1/invoices", query={"contract": top_up["contract"]}).body["data"]
    assert [one["id"] for one in listed] == [top_up["id"]]


def test_another_organisation_sees_and_changes_nothing(ready: Api) -> None:
    credit = ready.made(f"{PATH}/credits", BOUGHT)
    owner = ready.get("/v1/customers/acme").body["id"]
    ready.open("Other")
    ready.catalogue()
    assert ready.get(PATH).body["credits"] == []
    before = ready.dump()
    foreign = f"/v1/customers/{owner}/wallets"
    assert ready.get(foreign).status == 404
    assert ready.get(f"{foreign}/USD").status == 404
    assert ready.post(f"{foreign}/USD/credits", BOUGHT).status == 404
    assert ready.post(f"{PATH}/credits/{credit['id']}/void").status == 404
    assert ready.send("PUT", f"{foreign}/USD/settings", {"threshold": 1, "amount": 1}).status == 404
    assert ready.dump() == before


PAGE = (Path(__file__).parents[2] / "docs/wallets.md").read_text("utf-8")
_CALL = re.compile(r"^(post|get|put)  ?('[^']+'|\S+)(?: +'([^']*)')?$", re.MULTILINE)


def test_the_calls_of_the_page_work(ready: Api) -> None:
    calls = _CALL.findall(PAGE)
    assert len(calls) == 5
    for verb, quoted, body in calls:
        path, _, rest = quoted.strip("'").partition("?")
        query = dict(pair.split("=") for pair in rest.split("&")) if rest else None
        answer = ready.send(verb.upper(), path, json.loads(body) if body else None, query=query)
        assert answer.status in (200, 201), (path, answer.text)
    # As the page puts in: 50.00 given and 600.00 bought.
    assert ready.get(PATH).body["balance"] == usd("650.00")
