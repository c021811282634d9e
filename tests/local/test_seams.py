"""What each seam in infra/local/seams.py gives. Where MiniStack comes to give it by itself, the seam can go."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from infra.local import seams
from infra.local.emulator import Emulator
from tests.local.making import allow, call, log_lines, make_function, make_role, until

DECLINED = """
    class Declined(Exception): pass
    def handler(event, context): raise Declined("no money")
"""


def test_an_exception_reaches_the_caller_with_its_class(emulator, name):
    make_function(emulator, name, DECLINED)
    answer = call(emulator, name)
    assert (answer["errorType"], answer["errorMessage"]) == ("Declined", "no money")
    assert 'raise Declined("no money")' in answer["stackTrace"][-1]


def test_an_exception_reaches_a_state_machine_with_its_class(emulator, name):
    function = make_function(emulator, name, DECLINED)
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": function, "Payload": {}},
        "Catch": [{"ErrorEquals": ["Declined"], "Next": "Known"}, {"ErrorEquals": ["States.ALL"], "Next": "Unknown"}],
        "End": True,
    }
    states = {"Try": task, "Known": {"Type": "Succeed"}, "Unknown": {"Type": "Fail"}}
    machines = emulator.client("stepfunctions")
    machine = machines.create_state_machine(
        name=name,
        definition=json.dumps({"QueryLanguage": "JSONata", "StartAt": "Try", "States": states}),
        roleArn=make_role(emulator, f"{name}-m", allow("lambda:InvokeFunction", function), service="states"),
    )["stateMachineArn"]
    execution = machines.start_execution(stateMachineArn=machine)["executionArn"]
    until(lambda: machines.describe_execution(executionArn=execution)["status"] != "RUNNING")
    assert machines.describe_execution(executionArn=execution)["status"] == "SUCCEEDED"


def test_a_silent_handler_is_answered_at_once(emulator, name):
    make_function(emulator, name, "def handler(event, context): return event")
    invoke, times = emulator.client("lambda").invoke, []
    for _ in range(20):
        started = time.perf_counter()
        invoke(FunctionName=name, Payload=b"1")
        times.append(time.perf_counter() - started)
    # Without the seam each takes more than 50 ms, however fast the machine.
    assert min(times) < 0.045


def test_what_a_handler_logs_belongs_to_its_call(emulator, name):
    make_function(
        emulator, name, "import sys\ndef handler(event, context): print('out', event); print('err', file=sys.stderr)"
    )
    for number in range(3):
        call(emulator, name, number)
    lines = log_lines(emulator, name)
    said = [line for line in lines if line.startswith(("out", "err", "END"))]
    assert [line.split(" ")[0] for line in said] == ["out", "err", "END"] * 3
    assert [line for line in said if line.startswith("out")] == ["out 0", "out 1", "out 2"]
    assert not any("end of log" in line for line in lines)


def test_more_calls_than_slots_wait_their_turn(tmp_path, name):
    with Emulator(tmp_path, slots=2) as emulator:
        make_function(emulator, name, "import time\ndef handler(event, context): time.sleep(0.1); return event")
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda number: call(emulator, name, number), range(8)))
        assert answers == list(range(8))
        assert len(emulator.workers(name)) == 2


def test_another_ministack_is_refused(monkeypatch):
    monkeypatch.setattr(seams, "version", lambda _package: "1.5.34")
    with pytest.raises(seams.SeamError, match=r"1\.5\.33"):
        seams.install(1)


def test_a_ministack_without_the_expected_text_is_refused():
    with pytest.raises(seams.SeamError, match="should contain this once"):
        seams._replaced("twice twice", "twice", "once")
