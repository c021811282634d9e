"""What schedules do, with the roles that they do it with: wallets, alerts, usage that is charged as it arrives."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.local.runtime import LocalRuntime
from tests.e2e.over_http import run_to_its_end
from usance.cli.client import Client, without_currencies


def scheduled(runtime: LocalRuntime, function: str) -> Any:
    """Call a function as its schedule does, now."""
    client = runtime.client("lambda")
    names = [one["FunctionName"] for one in client.list_functions()["Functions"]]
    answer = client.invoke(FunctionName=next(name for name in names if function in name), Payload=b"{}")
    assert "FunctionError" not in answer, answer["Payload"].read()
    return json.loads(answer["Payload"].read())


@pytest.fixture
def client(runtime: LocalRuntime, operator: Client) -> Client:
    clock = {"mode": "test", "test_clock": "2025-07-01T00:00:00Z"}
    made = operator.post("/v1/organisations", {"name": "Scheduled", **clock}, repeatable=False)
    made_for = Client(runtime.url, made["api_key"]["key"])
    made_for.post("/v1/customers", {"external_id": "acme", "name": "ACME Inc."})
    return made_for


def wallet(client: Client) -> dict[str, Any]:
    return dict(without_currencies(client.get("/v1/customers/acme/wallets/USD")))


def test_the_sweep_posts_what_expired_and_fills_what_ran_low_and_alerts_tell(
    runtime: LocalRuntime, client: Client
) -> None:
    at_wallet = "/v1/customers/acme/wallets/USD"
    client.post(f"{at_wallet}/credits", {"amount": "80.00", "kind": "promotional", "expires_on": "2025-07-09"})
    client.post(f"{at_wallet}/credits", {"amount": "30.00", "reference": "transfer"})
    client.put(f"{at_wallet}/settings", {"threshold": "40", "target": "100"})
    client.post(
        "/v1/alerts",
        {"external_id": "low", "on": "balance", "customer": "acme", "currency": "USD", "thresholds": ["50"]},
    )
    scheduled(runtime, "AggregateAlerts")
    assert client.get("/v1/alerts/low/events")["data"] == []
    client.post("/v1/test-clock", {"now": "2025-07-10T00:00:00Z"})
    scheduled(runtime, "InvoiceSweep")
    scheduled(runtime, "AggregateAlerts")
    # 80.00 expired; 30.00 are below 40.00, and 70.00 are bought, which nobody has paid yet.
    assert wallet(client)["balance"] == "30.00"
    bought = client.get("/v1/invoices")["data"]
    assert [one["total"]["amount"] for one in bought] == ["70.00"]
    assert wallet(client)["settings"]["open_top_up"] == bought[0]["id"]
    assert [(one["type"], one["value"]) for one in client.get("/v1/alerts/low/events")["data"]] == [("reached", "30")]
    balances = {row["account"]: row["balance"] for row in without_currencies(client.get("/v1/trial-balance"))["rows"]}
    assert (balances["customer_credit"], balances["customer_credit_pending"]) == ("30.00", "70.00")
    scheduled(runtime, "InvoiceSweep")
    assert len(client.get("/v1/invoices")["data"]) == 1


def test_the_fold_has_a_run_look_at_usage_that_is_charged_as_it_arrives(runtime: LocalRuntime, client: Client) -> None:
    client.post("/v1/event-types", {"name": "purchases", "fields": {"tokens": "Decimal"}})
    client.post(
        "/v1/metrics",
        {"external_id": "tokens", "event_type": "purchases", "aggregate": "sum", "field": "tokens"},
    )
    item = {
        "id": "tokens",
        "quantity": {"metric": "tokens"},
        "billing": {"timing": "advance"},
        "prices": {"model": "per_unit", "unit_amount": "0.50"},
    }
    client.post("/v1/contracts", {"id": "now", "customer": "acme", "starts_on": "2025-07-01", "items": [item]})
    client.post("/v1/test-clock", {"now": "2025-07-05T12:00:00Z"})
    # The pointer of the contract's first day is followed and gone.
    run_to_its_end(client, {})
    before = len(client.get("/v1/invoices")["data"])
    event = {"customer": "acme", "timestamp": "2025-07-05T11:00:00Z", "data": {"tokens": "30"}}
    assert client.usage("purchases", json.dumps([event]).encode())[0] == 200
    scheduled(runtime, "AggregateFold")
    run_to_its_end(client, {})
    # 30 x 0.50, once, whoever ran: this, or the schedule's own run.
    assert [one["total"]["amount"] for one in client.get("/v1/invoices")["data"]][before:] == ["15.00"]
