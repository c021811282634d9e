"""Step Functions and schedules: what our state machines rely on."""

from __future__ import annotations

import json
import time

import pytest
from botocore.exceptions import ClientError

from infra.local.emulator import Emulator
from tests.local.making import allow, log_lines, make_function, make_role, until

STEPS = """
    def handler(event, context):
        number = event["number"] + 1
        return {"number": number, "next": "done" if number == 3 else "wait", "seconds": 0}
"""
INVOKE = "arn:aws:states:::lambda:invoke"


def make_machine(emulator, name, start, states, *statements):
    definition = {"QueryLanguage": "JSONata", "StartAt": start, "States": states}
    made = emulator.client("stepfunctions").create_state_machine(
        name=name,
        definition=json.dumps(definition),
        roleArn=make_role(emulator, f"{name}-m", *statements, service="states"),
    )
    return made["stateMachineArn"]


def run(emulator, machine, payload=None, **named):
    machines = emulator.client("stepfunctions")
    started = machines.start_execution(stateMachineArn=machine, input=json.dumps(payload or {}), **named)
    execution = started["executionArn"]
    until(lambda: machines.describe_execution(executionArn=execution)["status"] != "RUNNING", 20)
    return machines.describe_execution(executionArn=execution)


def test_a_loop_chooses_on_returned_values_and_waits_as_long_as_it_is_told(emulator, name):
    function = make_function(emulator, name, STEPS)
    call = {
        "Type": "Task",
        "Resource": INVOKE,
        "Arguments": {"FunctionName": function, "Payload": {"number": "{% $number %}"}},
        "Output": "{% $states.result.Payload %}",
        "Assign": {"number": "{% $states.result.Payload.number %}"},
        "TimeoutSeconds": 30,
        "Next": "Choose",
    }
    states = {
        "Begin": {"Type": "Pass", "Assign": {"number": "{% $states.input.from %}"}, "Next": "Call"},
        "Call": call,
        "Choose": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $states.input.next = 'wait' %}", "Next": "Wait"}],
            "Default": "Done",
        },
        "Wait": {"Type": "Wait", "Seconds": "{% $states.input.seconds %}", "Next": "Call"},
        "Done": {"Type": "Succeed"},
    }
    machine = make_machine(emulator, name, "Begin", states, allow("lambda:InvokeFunction", function))
    done = run(emulator, machine, {"from": 0}, name="a-name")
    assert (done["status"], json.loads(done["output"])["number"]) == ("SUCCEEDED", 3)
    pages = emulator.client("stepfunctions").get_execution_history(executionArn=done["executionArn"])["events"]
    entered = [event["stateEnteredEventDetails"]["name"] for event in pages if "stateEnteredEventDetails" in event]
    assert entered == ["Begin", "Call", "Choose", "Wait", "Call", "Choose", "Wait", "Call", "Choose", "Done"]


def test_wait_takes_the_seconds_of_its_input(emulator, name):
    states = {"Wait": {"Type": "Wait", "Seconds": "{% $states.input.seconds %}", "End": True}}
    machine, started = make_machine(emulator, name, "Wait", states), time.monotonic()
    assert run(emulator, machine, {"seconds": 1})["status"] == "SUCCEEDED"
    assert time.monotonic() - started >= 1


def test_a_task_that_takes_too_long_is_ended(emulator, name):
    function = make_function(emulator, name, "import time\ndef handler(event, context): time.sleep(20)", Timeout=30)
    task = {"Type": "Task", "Resource": INVOKE, "Arguments": {"FunctionName": function}, "TimeoutSeconds": 1}
    states = {"Call": {**task, "Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "Late"}], "End": True}}
    states["Late"] = {"Type": "Pass", "Output": "late", "End": True}
    machine = make_machine(emulator, name, "Call", states, allow("lambda:InvokeFunction", function))
    assert json.loads(run(emulator, machine)["output"]) == "late"


def test_a_name_starts_once(emulator, name):
    machine = make_machine(emulator, name, "Done", {"Done": {"Type": "Succeed"}})
    first = run(emulator, machine, {"a": 1}, name="invoice")
    assert first["status"] == "SUCCEEDED"
    start = emulator.client("stepfunctions").start_execution
    with pytest.raises(ClientError) as caught:
        start(stateMachineArn=machine, name="invoice", input='{"a": 2}')
    assert caught.value.response["Error"]["Code"] == "ExecutionAlreadyExists"


def test_a_machines_role_is_not_looked_at(emulator, name):
    """On AWS this machine could not call the function. What machines may do is proven on the template."""
    function = make_function(emulator, name, "def handler(event, context): return 'called'")
    task = {"Type": "Task", "Resource": INVOKE, "Arguments": {"FunctionName": function}, "End": True}
    done = run(emulator, make_machine(emulator, name, "Call", {"Call": task}))
    assert json.loads(done["output"])["Payload"] == "called"


def test_a_running_execution_fails_at_a_restart(tmp_path, name):
    with Emulator(tmp_path) as mortal:
        machine = make_machine(mortal, name, "Wait", {"Wait": {"Type": "Wait", "Seconds": 600, "End": True}})
        machines = mortal.client("stepfunctions")
        execution = machines.start_execution(stateMachineArn=machine)["executionArn"]
        mortal.restart()
        # Why a sweep must find what should be under way and is not.
        assert machines.describe_execution(executionArn=execution)["status"] == "FAILED"


@pytest.mark.nightly  # it takes a minute; the demo's billing run, which a schedule starts, is tried every time
def test_a_schedule_starts_a_machine_and_a_function_with_their_input(emulator, name):
    function = make_function(emulator, name, "def handler(event, context): print('scheduled', event['said'])")
    machine = make_machine(emulator, name, "Done", {"Done": {"Type": "Succeed"}})
    statements = (allow("states:StartExecution", machine), allow("lambda:InvokeFunction", function))
    role = make_role(emulator, f"{name}-s", *statements, service="scheduler")
    for kind, target in (("machine", machine), ("function", function)):
        emulator.client("scheduler").create_schedule(
            Name=f"{name}-{kind}",
            ScheduleExpression="rate(1 minute)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": target, "RoleArn": role, "Input": '{"said": "hello"}'},
        )
    machines = emulator.client("stepfunctions")
    until(lambda: machines.list_executions(stateMachineArn=machine)["executions"], 100)
    execution = machines.list_executions(stateMachineArn=machine)["executions"][0]["executionArn"]
    assert json.loads(machines.describe_execution(executionArn=execution)["input"]) == {"said": "hello"}
    until(lambda: "scheduled hello" in log_lines(emulator, name), 20)
