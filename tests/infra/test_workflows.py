"""The state machines as the template defines them, executed against functions that answer from a script."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from infra.workflows import billing_run, collect_payment, schedule_revenue

pytestmark = pytest.mark.slow

SCRIPTED = """
import json, os, pathlib
def handler(event, context):
    said = pathlib.Path(os.environ["SAID"])
    earlier = said.read_text().splitlines() if said.exists() else []
    said.write_text("".join(line + "\\n" for line in [*earlier, json.dumps(event)]))
    answer = json.loads(os.environ["ANSWERS"])[len(earlier)]
    if answer == "raise":
        raise RuntimeError("scripted")
    return answer
"""

Execution = dict[str, Any]
Play = Callable[..., Execution]


@pytest.fixture
def play(aws, tmp_path) -> Play:
    """Run a definition whose one function gives these answers in turn; returns status, output, states and calls."""

    def run(definition: dict[str, Any], request: object, answers: list[object]) -> Execution:
        name = f"scripted-{uuid4().hex[:8]}"
        said = tmp_path / name
        function = _function(aws, name, {"ANSWERS": json.dumps(answers), "SAID": str(said)})
        text = json.dumps(definition)
        for placeholder in ("RunFunction", "CollectFunction", "RevenueFunction"):
            text = text.replace(f"${{{placeholder}}}", function)
        steps = aws.client("stepfunctions")
        role = "arn:aws:iam::000000000000:role/any"
        machine = steps.create_state_machine(name=name, definition=text, roleArn=role)["stateMachineArn"]
        started = steps.start_execution(stateMachineArn=machine, name="run-1", input=json.dumps(request))
        ended = _await_end(steps, started["executionArn"])
        history = steps.get_execution_history(executionArn=started["executionArn"], maxResults=1000)["events"]
        states = [event["stateEnteredEventDetails"]["name"] for event in history if "stateEnteredEventDetails" in event]
        calls = [json.loads(line) for line in said.read_text().splitlines()] if said.exists() else []
        return {**ended, "states": states, "calls": calls}

    return run


def _function(aws, name: str, variables: dict[str, str]) -> str:
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("scripted.py", SCRIPTED)
    created = aws.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.12",
        Handler="scripted.handler",
        Role="arn:aws:iam::000000000000:role/any",
        Code={"ZipFile": code.getvalue()},
        Environment={"Variables": variables},
    )
    return str(created["FunctionArn"])


def _await_end(steps, arn: str) -> Execution:
    for _ in range(600):
        execution: Execution = steps.describe_execution(executionArn=arn)
        if execution["status"] != "RUNNING":
            return execution
        time.sleep(0.05)
    raise AssertionError("the execution did not end within 30 s")


def test_a_run_that_finds_nothing_due_ends_at_once(play):
    ended = play(billing_run.definition(), {}, [{"run": "run-1", "chunks": 0, "next": "done"}])
    assert ended["status"] == "SUCCEEDED"
    assert ended["states"] == ["Dispatch", "Anything due?", "Done"]
    assert ended["calls"] == [{"step": "dispatch", "run": "run-1", "request": {}}]


def test_a_run_counts_until_all_chunks_are_done(play):
    waiting = {"next": "wait", "chunks": 2, "done": 1, "issued": 50, "parked": 0}
    last = {"next": "done", "chunks": 2, "done": 2, "issued": 99, "parked": 1}
    answers = [{"run": "run-1", "chunks": 2, "next": "wait"}, waiting, waiting | {"wait_seconds": 1}, last]
    ended = play(billing_run.definition(), {"organisation": "org_1"}, answers)
    assert ended["states"] == [
        *("Dispatch", "Anything due?", "Wait for the first chunks", "Tally", "All chunks done?"),
        *("Wait for chunks", "Tally", "All chunks done?", "Wait for chunks", "Tally", "All chunks done?", "Done"),
    ]
    assert ended["calls"][0] == {"step": "dispatch", "run": "run-1", "request": {"organisation": "org_1"}}
    assert ended["calls"][1:] == [{"step": "tally", "run": "run-1"}] * 3
    assert json.loads(ended["output"]) == last


ASKED = {"organisation": "org_1", "invoice": "inv_1"}


@pytest.mark.parametrize(("word", "state"), [("paid", "Paid"), ("stopped", "Stopped"), ("gave_up", "Gave up")])
def test_collection_ends_in_a_state_that_says_how(play, word, state):
    answer = {"next": word, "wait_seconds": 0, "outcome": "x", "attempt": 1}
    ended = play(collect_payment.definition(), ASKED, [answer])
    assert (ended["status"], ended["states"]) == ("SUCCEEDED", ["Begin", "Collect", "What next?", state])
    assert json.loads(ended["output"]) == answer


def test_collection_asks_waits_and_tries_again_with_the_same_two_ids(play):
    answers = [
        {"next": "ask", "wait_seconds": 2, "outcome": "unknown", "attempt": 1},
        {"next": "retry", "wait_seconds": 86400, "outcome": "declined_soft", "attempt": 1},
        {"next": "authenticate", "wait_seconds": 3600, "outcome": "authentication_needed", "attempt": 2},
        {"next": "paid", "wait_seconds": 0, "outcome": "succeeded", "attempt": 3},
    ]
    ended = play(collect_payment.definition(), ASKED | {"unknown": "to later versions"}, answers)
    waits = [state for state in ended["states"] if state.startswith("Wait")]
    assert waits == ["Wait for the provider", "Wait to try again", "Wait for the customer"]
    assert ended["states"][-1] == "Paid"
    assert ended["calls"] == [ASKED] * 4


def test_a_function_that_fails_is_called_again(play):
    answers = ["raise", "raise", {"next": "paid", "wait_seconds": 0, "outcome": "succeeded", "attempt": 1}]
    ended = play(collect_payment.definition(), ASKED, answers)
    assert ended["status"] == "SUCCEEDED"
    assert len(ended["calls"]) == 3


@pytest.mark.parametrize("answer", [{"next": "dance"}, {}, None, "paid"])
def test_a_word_that_no_choice_knows_fails_the_execution(play, answer):
    ended = play(collect_payment.definition(), ASKED, [answer])
    assert (ended["status"], ended["error"]) == ("FAILED", "Usance.NotUnderstood")
    assert ended["states"][-1] == "Not understood"


def test_an_invoice_is_scheduled_then_recognised(play):
    ended = play(schedule_revenue.definition(), ASKED, [{"entries": 12}, {"next": "done", "cursor": None}])
    assert ended["states"] == ["Begin", "One invoice?", "Schedule", "Recognise", "More?", "Recognised"]
    assert ended["calls"] == [ASKED | {"step": "schedule"}, ASKED | {"step": "recognise", "cursor": None}]


def test_recognition_goes_on_from_the_cursor_until_all_is_done(play):
    answers = [{"next": "more", "cursor": "org_2"}, {"next": "more", "cursor": "org_7"}, {"next": "done"}]
    ended = play(schedule_revenue.definition(), {}, answers)
    assert ended["states"][-1] == "Recognised"
    assert ended["calls"] == [{"step": "recognise", "cursor": cursor} for cursor in (None, "org_2", "org_7")]
