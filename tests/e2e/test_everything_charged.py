"""Everything that a contract can charge, over public HTTP on a test clock, and that it is what the simulation says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from infra.local.runtime import LocalRuntime
from tests.e2e.conftest import execute, facts
from tests.e2e.over_http import OverHttp, run_to_its_end
from usance.cli.client import Client, without_currencies
from usance.cli.files import load_scenario
from usance.scenario.runner import read_scenario, run

SCENARIO = Path(__file__).with_name("everything_charged.yaml")
FIELDS = {
    "api_calls": {"count": "Decimal", "status": "Int64"},
    "transfers": {"gigabytes": "Decimal", "region": "String", "tier": "String"},
    "card_payments": {"amount": "Decimal"},
    "device_seen": {"serial": "String"},
    "messages": {"count": "Int64"},
    "gauges": {"connections": "Int64"},
    "disks": {"gigabytes": "Decimal"},
    "purchases": {"tokens": "Decimal"},
}
MEMBERS = ("number", "kind", "status", "issued_on", "due_on", "currency", "subtotal", "tax", "total", "wallet_applied",
           "amount_due")  # fmt: skip
LINE = ("item", "kind", "description", "quantity", "billable_quantity", "unit", "amount", "tax", "period",
        "price_version", "recognition", "derivation")  # fmt: skip


MADE_BY = {
    "discount:0",
    "maximum",
    "commitment",
    "credit:welcome",
    "credit:prepaid@pack",
    "phase.launch.discount:0",
    "phase.regular.commitment",
    "phase.regular.service_fee:0",
    "contract.discount:0",
    "contract.commitment.3",
    "contract.service_fee:0.3",
    "customer.discount:WELCOME5:0",
}


@pytest.fixture(scope="module")
def played(runtime: LocalRuntime) -> OverHttp:
    return OverHttp(runtime, read_scenario(load_scenario(SCENARIO)), FIELDS).play()


@pytest.fixture(scope="module")
def simulated() -> dict[str, Any]:
    return run(read_scenario(load_scenario(SCENARIO)))


def anonymous(value: Any) -> Any:
    """Values without what is named anew in each installation: documents, contracts, redemptions, grants, rates."""
    text = json.dumps(without_currencies(value), sort_keys=True)
    return json.loads(re.sub(r"\b(inv|ctr|rdm|grt|txr)_[0-9a-z]+|\bWELCOME5:0\b|\bgrant:\d+(?=\")", "ID", text))


def lines(document: dict[str, Any]) -> list[dict[str, Any]]:
    """A document's lines as both show them; taxes by component as amounts."""
    return [
        {
            **{name: line.get(name) for name in LINE},
            "modifier": line.get("modifier") or "",
            "taxes": [one["amount"] if isinstance(one, dict) else one for one in line.get("taxes", ())],
        }
        for line in anonymous(document)["lines"]
    ]


def heads(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: one[name] for name in MEMBERS} for one in without_currencies(documents)]


CHARGES = {
    "2025-07-01": {"pack": "120.00", "launch-plan": "155.00"},
    # 300 x 8 tokens x 0.0125
    "2025-07-20": {"tokens": "30.00"},
    "2025-08-01": {
        # 1,900 that did not fail, 500 granted, 100 free: 1,000 x 0.05 + 10.00 + 300 x 0.02
        "calls": "66.00",
        # 500 x 0.10 + 150 x 0.04 + 40 x 0.25
        "traffic": "66.00",
        # the first is free; 2.90 + 0.30; at least 1.00; at most 10.00
        "payments": "14.20",
        # 3 devices are 2 packages
        "devices": "15.00",
        "messages": "35.00",
        # 40 x 0.20 + 3 x 5 + 1 x 2
        "cluster": "25.00",
        # 100 GB for 21 days: 21.00, of which 21.00 / 1.2 are net
        "disks": "17.50",
        "tokens": "5.00",
        # 155.00 x 15 / 31
        "launch-plan": "75.00",
    },
    # 310.00 x 16 / 31
    "2025-08-16": {"tokens": "11.00", "regular-plan": "160.00"},
    "2025-09-01": {
        # all 300 are granted
        "calls": "0.00",
        "traffic": "62.00",
        "payments": "0.00",
        "devices": "7.50",
        # 1,200 in the quarter: 500 x 0.03, and 700 x -0.02 of July is an adjustment
        "messages": "15.00",
        "cluster": "17.00",
        # 100 GB for 20 days and 40 for 11: 24.40 / 1.2
        "disks": "20.33",
        "regular-plan": "310.00",
    },
    "2025-10-01": {
        # 500 + 200 rolled over are granted, 100 free, of 2,600: 50.00 + 10.00 + 800 x 0.02
        "calls": "76.00",
        # 33.3 x 0.25 = 8.325
        "traffic": "8.33",
        # 61.00 x 2.9 % + 0.30 = 2.069
        "payments": "2.07",
        # amended: packages of one
        "devices": "5.25",
        "messages": "3.00",
        # 80 x 0.20 + 15 + 2
        "cluster": "33.00",
        "disks": "10.00",
        "tokens": "7.00",
    },
}
"""What is charged for each item, by day of issue, before anything modifies it."""


def test_the_scenario_has_everything_and_comes_out_as_worked_out_by_hand(simulated: dict[str, Any]) -> None:
    assert simulated["problems"] == []
    documents = simulated["invoices"]
    found = {
        one["issued_on"]: {line["item"]: line["amount"] for line in one["lines"] if line["kind"] == "charge"}
        for one in documents
    }
    assert {day: charges for day, charges in found.items() if charges} == CHARGES
    # 275.00 - 15.00 - 14.00 - 6.00 - 5 % = 228.00, and 2 %: 232.56; GST 5.56 + 5.84 + 0.23, QST 11.65 + 12.23 + 0.48.
    assert (documents[0]["subtotal"], documents[0]["tax"], documents[0]["total"]) == ("232.56", "35.99", "268.55")
    kinds = {line["kind"] for document in documents for line in document["lines"]}
    assert kinds == {"charge", "discount", "commitment", "service_fee", "adjustment", "credit", "tax"}
    made_by = {line.get("modifier", "") for document in documents for line in document["lines"]}
    assert made_by >= MADE_BY


def test_what_the_functions_issue_is_what_the_simulation_says(played: OverHttp, simulated: dict[str, Any]) -> None:
    assert heads(played.issued) == heads(simulated["invoices"])
    for issued, expected in zip(played.issued, simulated["invoices"], strict=True):
        assert lines(issued) == lines(expected), issued["number"]


def test_previews_told_what_the_runs_issued(played: OverHttp) -> None:
    assert set(played.previewed) == {one["number"] for one in played.issued}
    for issued in played.issued:
        told = played.previewed[issued["number"]]
        assert told["status"] == "upcoming"
        assert lines(told) == lines(issued)
        for name in ("kind", "issued_on", "due_on", "subtotal", "tax", "total", "wallet_applied", "amount_due"):
            assert told[name] == issued[name], issued["number"]


def test_balances_of_entitlements_are_the_same(played: OverHttp, simulated: dict[str, Any]) -> None:
    held = played.client.get("/v1/contracts/everything/entitlements")["entitlements"]
    assert anonymous(held) == anonymous(simulated["entitlements"])


def test_the_wallet_paid_the_same(played: OverHttp, simulated: dict[str, Any]) -> None:
    wallet = without_currencies(played.client.get("/v1/customers/nordet/wallets/CAD"))
    expected = simulated["wallet"]
    assert {name: wallet[name] for name in ("balance", "promotional", "purchased")} == {
        name: expected[name] for name in ("balance", "promotional", "purchased")
    }
    numbers = {one["id"]: one["number"] for one in played.issued}
    applied = [(one["credit"], numbers[one["invoice"]], one["amount"]) for one in wallet["applications"]]
    labels = {one["id"]: one["label"] for one in wallet["credits"]}
    assert [(labels[credit], number, amount) for credit, number, amount in applied] == [
        (entry["label"], one["invoice"], one["amount"]) for entry in expected["entries"] for one in entry["applied"]
    ]


def test_the_books_are_the_same_and_balance(runtime: LocalRuntime, played: OverHttp, simulated: dict[str, Any]) -> None:
    execute(runtime, "ScheduleRevenueArn")
    assert played.client.get("/v1/trial-balance")["balanced"] is True
    assert posted(journal(played.client)) == posted(simulated["journal"])
    rows = without_currencies(played.client.get("/v1/revenue"))["rows"]
    assert recognised(rows) == recognised(simulated["revenue"])


def journal(client: Client) -> list[dict[str, Any]]:
    found, cursor = [], None
    while True:
        page = client.get("/v1/journal", limit="100", cursor=cursor)
        found += without_currencies(page["data"])
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def posted(entries: list[dict[str, Any]]) -> list[Any]:
    """What issuing and wallets posted. Revenue is recognised in other steps, to the same sums."""
    return sorted(
        (
            entry["event"],
            entry["posted_on"],
            entry["effective_on"],
            sorted((line["account"], line.get("debit") or "", line.get("credit") or "") for line in entry["lines"]),
        )
        for entry in entries
        if entry["event"].endswith("_issued") or entry["event"].startswith("wallet_")
    )


def recognised(rows: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    # Of a correction's share of days that are past, whichever step came first has posted it.
    return [(row["month"], row["item"], row["recognised"]) for row in rows if row["recognised"] != "0.00"]


def test_nothing_was_parked(played: OverHttp) -> None:
    assert played.parked == 0
    assert played.client.get("/v1/parked-contracts")["data"] == []


def test_a_second_run_issues_nothing(runtime: LocalRuntime, played: OverHttp) -> None:
    organisation = played.client.get("/v1/organisation")["id"]
    before = recorded(runtime, organisation)
    for run_ in (played.run(), run_to_its_end(played.client, {})):
        assert (run_["issued"], run_["parked"]) == (0, 0)
    assert recorded(runtime, organisation) == before


def recorded(runtime: LocalRuntime, organisation: str) -> dict[tuple[str, str, str], str]:
    """All that is recorded of documents and wallets; not what runs leave of themselves, and not revenue, which
    workflows recognise in their own time."""
    found = facts(runtime, organisation)
    return {
        key: body
        for key, body in found.items()
        if (key[0] == "DocumentsTable" and not key[1].endswith(("#runs", "#due", "#open-schedules")))
        or any(event in body for event in ('_issued"', '"wallet_'))
    }


def test_an_unknown_value_of_a_matrix_parks_the_contract_until_its_price_is_mended(
    runtime: LocalRuntime, operator: Client
) -> None:
    clock = {"mode": "test", "test_clock": "2025-10-03T12:00:00Z"}
    made = operator.post("/v1/organisations", {"name": "Parked", **clock}, repeatable=False)
    client = Client(runtime.url, made["api_key"]["key"])
    client.post("/v1/event-types", {"name": "transfers", "fields": FIELDS["transfers"]})
    traffic = {"event_type": "transfers", "aggregate": "sum", "field": "gigabytes", "dimensions": ["region"]}
    client.post("/v1/metrics", {"external_id": "traffic", **traffic})
    client.post("/v1/customers", {"external_id": "acme", "name": "ACME Inc."})
    price = {"model": "matrix", "dimensions": ["region"], "rows": [{"match": {"region": "ca"}, "unit_amount": "0.10"}]}
    item = {"id": "traffic", "quantity": {"metric": "traffic"}, "prices": price}
    usage = [
        {"customer": "acme", "timestamp": "2025-09-09T09:00:00Z", "data": {"gigabytes": n, "region": at, "tier": "hot"}}
        for n, at in (("30", "ca"), ("20", "mars"))
    ]
    assert client.usage("transfers", json.dumps(usage).encode())[0] == 200
    days = {"starts_on": "2025-09-01", "ends_on": "2025-09-30"}
    contract = client.post("/v1/contracts", {"id": "parked", "customer": "acme", **days, "items": [item]})
    order = {"contracts": ["parked"]}
    assert run_to_its_end(client, order)["parked"] == 1
    parked = client.get("/v1/parked-contracts")["data"]
    assert [one["contract"] for one in parked] == [contract["id"]]
    assert "region=mars" in parked[0]["reason"]
    assert client.get("/v1/invoices")["data"] == []

    mended = {**price, "rows": [*price["rows"], {"match": {"region": "mars"}, "unit_amount": "2.00"}]}
    amendment = {"effective_on": "2025-09-01", "item": "traffic", "prices": mended}
    client.post("/v1/contracts/parked/amendments", amendment)
    run_to_its_end(client, order)
    assert client.get("/v1/parked-contracts")["data"] == []
    # 30 x 0.10 + 20 x 2.00
    assert [one["total"]["amount"] for one in client.get("/v1/invoices")["data"]] == ["43.00"]
    assert client.get("/v1/trial-balance")["balanced"] is True
