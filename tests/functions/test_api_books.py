"""Invoices explained, usage, books and runs through HTTP API events. Figures are worked out by hand."""

from __future__ import annotations

import csv
import io

import pytest

from tests.functions.api_endpoint import CONTRACT, Api
from usance.kernel.instant import parse_instant
from usance.ports import Machine
from usance.usecases.recognise import recognise_document, schedule


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


def test_a_line_is_explained_down_to_its_events(api: Api, organisation: str) -> None:
    api.move("2025-08-01T00:00:00Z")
    api.bill(organisation)
    invoice = api.get("/v1/invoices").body["data"][1]
    lines = api.get(f"/v1/invoices/{invoice['id']}/explain").body["lines"]
    [compute] = [line for line in lines if line["item"] == "compute"]
    assert compute["event_count"] == 2
    assert [(event["id"], event["value"]) for event in compute["events"]] == [("e000", "12.5"), ("e001", "100.3")]
    assert compute["derivation"]["operation"] == "rounded"
    path, place = f"/v1/invoices/{invoice['id']}/explain", compute["place"]
    first = api.get(path, query={"line": place, "limit": 1}).body
    second = api.get(path, query={"line": place, "limit": 1, "cursor": first["next_cursor"]}).body
    assert [one["lines"][0]["events"][0]["id"] for one in (first, second)] == ["e000", "e001"]
    assert second["next_cursor"] is None
    assert api.get(path, query={"line": 9}).codes == {"/line": "out_of_range"}
    assert api.get(path, query={"cursor": first["next_cursor"]}).codes == {"/line": "missing"}


def test_usage_is_listed_in_order_of_time(api: Api, organisation: str) -> None:
    query = {"customer": "acme", "from": "2025-07-01T00:00:00Z", "to": "2025-08-01T00:00:00Z"}
    first = api.get("/v1/usage/compute", query={**query, "limit": 1}).body
    second = api.get("/v1/usage/compute", query={**query, "limit": 1, "cursor": first["next_cursor"]}).body
    assert [one["data"][0]["data"]["hours"] for one in (first, second)] == ["12.5", "100.3"]
    assert second["next_cursor"] is None
    assert api.get("/v1/usage/compute").codes == {"/customer": "missing"}
    assert api.get("/v1/usage/compute", query={"customer": "nobody"}).status == 404
    backwards = {**query, "from": "2025-08-02T00:00:00Z"}
    assert api.get("/v1/usage/compute", query=backwards).codes == {"/from": "out_of_range"}


def test_the_books(api: Api, organisation: str) -> None:
    api.move("2025-08-01T00:00:00Z")
    api.bill(organisation)
    for invoice in api.get("/v1/invoices").body["data"]:
        schedule(api.tables, organisation, invoice["id"])
        recognise_document(api.tables, organisation, invoice["id"], parse_instant("2025-08-01T00:00:00Z"), "UTC")
    balance = api.get("/v1/trial-balance").body
    assert balance["balanced"]
    assert balance["differences"] == [money("0.00")]
    # Invoiced 500.00 and 505.64; July's fee and July's usage are revenue, August's fee is still deferred.
    assert {row["account"]: row["balance"]["amount"] for row in balance["rows"]} == {
        "accounts_receivable": "1005.64",
        "unbilled_receivable": "0.00",
        "deferred_revenue": "500.00",
        "revenue": "505.64",
    }
    rows = {(row["month"], row["item"]): row for row in api.get("/v1/revenue").body["rows"]}
    assert rows["2025-07", "platform"]["recognised"] == money("500.00")
    assert rows["2025-07", "compute"]["recognised"] == money("5.64")
    assert rows["2025-08", "platform"]["deferred_balance"] == money("500.00")


def test_the_journal_is_read_a_page_at_a_time(api: Api, organisation: str) -> None:
    api.move("2025-10-01T00:00:00Z")
    api.bill(organisation)
    whole = api.get("/v1/journal", query={"limit": 100}).body["data"]
    assert [one["posted_on"] for one in whole] == ["2025-07-01", "2025-08-01", "2025-09-01", "2025-10-01"]
    seen, cursor = [], None
    for _ in range(4):
        page = api.get("/v1/journal", query={"limit": 1, **({"cursor": cursor} if cursor else {})}).body
        seen += page["data"]
        cursor = page["next_cursor"]
    assert (seen, cursor) == (whole, None)
    part = api.get("/v1/journal", query={"from": "2025-08-01", "to": "2025-09-01"}).body["data"]
    assert [one["posted_on"] for one in part] == ["2025-08-01"]
    far = api.get("/v1/journal", query={"from": "0001-01-01", "to": "9999-12-31", "limit": 100}).body["data"]
    assert far == whole


def test_a_run_is_started_once_and_is_its_organisations_own(api: Api, organisation: str) -> None:
    contract = api.get("/v1/contracts/acme-direct").body["id"]
    order = {"contracts": ["acme-direct", contract], "as_of": "2025-07-01T00:00:00Z"}
    run = api.post("/v1/billing-runs", order)
    assert (run.status, run.body["status"]) == (202, "starting")
    assert api.workflows.started(Machine.BILLING_RUN)[run.body["id"]] == {
        "organisation": organisation,
        "contracts": [contract],
        "as_of": "2025-07-01T00:00:00Z",
    }
    assert api.get(f"/v1/billing-runs/{run.body['id']}").body == run.body


def test_the_events_behind_a_line_as_a_file(api: Api, organisation: str) -> None:
    api.usage.clear()
    for at, id in (("2025-07-02T00:00:00Z", "=1+1"), ("2025-07-03T00:00:00Z", "plain")):
        api.use(organisation, at, "1")
        owner, event = api.usage.pop()
        api.usage.append((owner, type(event)(id, event.event_type, event.customer, event.timestamp, event.data)))
    api.move("2025-08-01T00:00:00Z")
    api.bill(organisation)
    page = api.get("/v1/invoices").body["data"][1]["page"]
    answer = api.get(f"{page}/events", query={"line": 0}, key="")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(answer.text)))
    # A spreadsheet would take the first for a formula.
    assert rows[1:] == [["'=1+1", "2025-07-02T00:00:00Z", "1"], ["plain", "2025-07-03T00:00:00Z", "1"]]
    assert api.get(f"{page}/events", query={"line": 1}, key="").status == 404
