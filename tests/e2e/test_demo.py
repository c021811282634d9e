"""The demo through its public endpoints, what its invoices must equal, and that repeating anything changes nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra.local.runtime import LocalRuntime
from tests.e2e.conftest import execute, facts
from usance.cli.files import load_scenario
from usance.scenario.quickstart import EVENTS
from usance.scenario.runner import read_scenario, run

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def played(runtime: LocalRuntime) -> dict[str, Any]:
    command = [str(Path(sys.executable).parent / "usance"), "demo", "--json", "--url", runtime.url]
    command += ["--operator-key", runtime.operator_key, "--stripe", runtime.stripe.url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=400, check=False)
    assert done.returncode == 0, done.stderr[-3000:] + Path(runtime.emulator.log).read_text()[-3000:]
    return dict(json.loads(done.stdout))


@pytest.fixture(scope="module")
def simulated() -> dict[str, Any]:
    return run(read_scenario(load_scenario(ROOT / "examples" / "quickstart.yaml")))


def amount(value: Any) -> str:
    return str(value["amount"]) if isinstance(value, dict) else str(value)


def shape(invoice: dict[str, Any]) -> dict[str, Any]:
    return {
        **{name: invoice[name] for name in ("number", "kind", "issued_on", "due_on", "currency")},
        **{name: amount(invoice[name]) for name in ("subtotal", "tax", "total")},
        "lines": [
            {name: line.get(name) for name in ("item", "kind", "description", "quantity", "unit", "amount", "period")}
            for line in invoice["lines"]
        ],
    }


def test_what_the_functions_issue_is_what_the_simulation_says(played, simulated):
    assert [shape(one) for one in played["invoices"]] == [shape(one) for one in simulated["invoices"]]


def test_every_distinct_event_counts_once(played):
    # 20,000 distinct events; each type's first batch of 1,000 and first single were delivered twice, and one event
    # came again among bad ones. Batches cannot say which of their events are copies; the bill can.
    assert played["events"]["accepted"] + played["events"]["duplicates"] == EVENTS + 2 * 1_000 + 2 * 1 + 1
    # Two of three bad events are refused for one reason each, one for another; and one event type does not exist.
    assert played["events"]["refused"] == 4
    behind = [line["event_count"] for line in played["explained"]["lines"] if line["item"] == "compute"]
    # 15,000 compute events over 7,940,000 seconds; July's are those before second 2,678,400: numbers 0 to 6,746.
    july = [number for number in range(EVENTS) if number * 397 < 2_678_400]
    assert behind == [sum(number % 4 != 3 for number in july)]


def test_all_is_paid_after_one_decline(played):
    assert {invoice["status"] for invoice in played["invoices"]} == {"paid"}
    assert played["declined"]["code"] == "insufficient_funds"
    totals = sorted(amount(invoice["total"]) for invoice in played["invoices"])
    assert sorted(amount(payment["amount"]) for payment in played["payments"]) == totals


def test_the_books_balance_and_all_receivables_are_collected(played):
    books = played["trial_balance"]
    assert books["balanced"] is True
    balances = {row["account"]: amount(row["balance"]) for row in books["rows"]}
    assert balances["accounts_receivable"] == "0.00"
    # 500 of October's fee was not served when the clock stood at 2 October, less one day of 31: 500 - 16.13
    assert balances["unbilled_receivable"] == "0.00"


def test_fees_are_recognised_by_day_and_usage_in_its_month(played, simulated):
    def rows(result: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
        return [(row["month"], row["item"], amount(row["recognised"])) for row in result if row["month"] < "2025-10"]

    assert rows(played["revenue"]) == rows(simulated["revenue"])


class TestRepeating:
    def organisation(self, runtime: LocalRuntime, played: dict[str, Any]) -> str:
        return str(played["organisation"])

    def test_runs_and_workflows_again_change_nothing(self, runtime, played):
        organisation = self.organisation(runtime, played)
        # The clock moved on since the invoices were issued: once, so that nothing is left to recognise.
        execute(runtime, "ScheduleRevenueArn")
        before = facts(runtime, organisation)
        described = execute(runtime, "BillingRunArn")
        assert described["status"] == "SUCCEEDED"
        for invoice in played["invoices"]:
            payload = json.dumps({"organisation": organisation, "invoice": invoice["id"]})
            assert json.loads(execute(runtime, "CollectPaymentArn", payload)["output"])["next"] in ("paid", "stopped")
            execute(runtime, "ScheduleRevenueArn", payload)
        execute(runtime, "ScheduleRevenueArn")
        after = facts(runtime, organisation)
        assert {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)} == set()

    def test_messages_again_change_nothing(self, runtime, played):
        organisation = self.organisation(runtime, played)
        before = facts(runtime, organisation)
        contract = played["invoices"][0]["contract"]
        message = {
            "run": "again",
            "chunk": 1,
            "organisation": organisation,
            "as_of": "2025-10-02T00:00:01Z",
            "pass_through_months": True,
            "contracts": [{"contract": contract, "pointers": ["2025-07-01T00:00:00Z"]}],
        }
        names = [one["FunctionName"] for one in runtime.client("lambda").list_functions()["Functions"]]
        bill = next(name for name in names if "InvoiceBill" in name)
        record = {"messageId": "1", "body": json.dumps(message), "eventSource": "aws:sqs"}
        for _ in range(2):
            answer = runtime.client("lambda").invoke(FunctionName=bill, Payload=json.dumps({"Records": [record] * 2}))
            assert json.loads(answer["Payload"].read()) == {"batchItemFailures": []}
        assert facts(runtime, organisation) == before

    def test_the_providers_book_and_ours_agree(self, runtime, played):
        taken = sorted(charge["amount"] for charge in runtime.stripe.book.charges())
        assert taken == sorted(int(amount(one["total"]).replace(".", "")) for one in played["invoices"])


def test_the_workflows_tell_what_happened(runtime, played):
    client = runtime.client("stepfunctions")
    declined = played["declined"]["invoice"]
    invoice = next(one["id"] for one in played["invoices"] if one["number"] == declined)
    arn = f"{runtime.outputs['CollectPaymentArn'].replace(':stateMachine:', ':execution:')}:{invoice}"
    events = client.get_execution_history(executionArn=arn, maxResults=1000)["events"]
    entered = [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]
    assert entered[:3] == ["Begin", "Collect", "What next?"]
    assert "Wait to try again" in entered
    assert entered[-1] == "Paid"
