"""A billing run whose function is killed in the middle ends with the same documents, once each."""

from __future__ import annotations

import json
import time

from infra.local.runtime import LocalRuntime
from tests.e2e.conftest import execute, facts
from usance.cli.client import Client

CONTRACTS = 60


def test_killed_in_the_middle_of_a_run(runtime: LocalRuntime, operator: Client):
    made = operator.post(
        "/v1/organisations",
        {
            "name": "Interrupted",
            "currency": "USD",
            "timezone": "UTC",
            "mode": "test",
            "test_clock": "2025-07-01T00:00:00Z",
        },
    )
    organisation, client = made["id"], Client(runtime.url, made["api_key"]["key"])
    client.post("/v1/customers", {"external_id": "acme", "name": "ACME Inc."})
    item = {"id": "fee", "product": "Fee", "prices": {"model": "flat", "amount": "10.00"}}
    for number in range(CONTRACTS):
        contract = {"id": f"c{number:02}", "customer": "acme", "starts_on": "2025-07-01", "items": [item]}
        client.post("/v1/contracts", contract)
    client.post("/v1/test-clock", {"now": "2025-08-01T00:00:00Z"})
    machine = runtime.client("stepfunctions").start_execution(
        stateMachineArn=runtime.outputs["BillingRunArn"], input=json.dumps({"organisation": organisation})
    )
    killed = _kill_once_it_bills(runtime, organisation)
    assert killed > 0
    deadline = time.monotonic() + 150
    while len(_documents(runtime, organisation)) < 2 * CONTRACTS and time.monotonic() < deadline:
        execute(runtime, "BillingRunArn", json.dumps({"organisation": organisation}))
    documents = _documents(runtime, organisation)
    assert machine["executionArn"]
    # Each contract has July's and August's fee, each once, and the numbers have no gap.
    assert sorted((one["contract"], one["issued_on"]) for one in documents) == sorted(
        (contract, day) for contract in {one["contract"] for one in documents} for day in ("2025-07-01", "2025-08-01")
    )
    assert len(documents) == 2 * CONTRACTS
    assert sorted(one["number"] for one in documents) == [f"INV-{n:06}" for n in range(1, 2 * CONTRACTS + 1)]
    books = client.get("/v1/trial-balance")
    assert books["balanced"] is True


def _kill_once_it_bills(runtime: LocalRuntime, organisation: str) -> int:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if 3 <= len(_documents(runtime, organisation)) < 2 * CONTRACTS:
            return runtime.emulator.kill_workers("InvoiceBill") or runtime.emulator.kill_workers()
        time.sleep(0.05)
    return 0


def _documents(runtime: LocalRuntime, organisation: str) -> list[dict[str, str]]:
    found = facts(runtime, organisation)
    return [json.loads(body) for (_table, _partition, sort), body in found.items() if sort == "document"]
