"""The template passes cfn-lint and cdk-nag, and both would have noticed. The emulator accepts faulty machines."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

import jsonata  # type: ignore[import-untyped]  # it has no types
import pytest
from aws_cdk import Stack
from aws_cdk import aws_sqs as sqs
from cfnlint import ManualArgs  # type: ignore[import-untyped]  # it has no types
from cfnlint.api import lint  # type: ignore[import-untyped]  # it has no types

from infra import app, assets
from infra.workflows import billing_run, collect_payment, schedule_revenue
from tests.infra.resources import of_type

DEFINITIONS = {module.__name__.rsplit(".", 1)[1]: module for module in (billing_run, collect_payment, schedule_revenue)}
# W3005: CDK says by DependsOn what the role's reference says already.
LENIENT = ManualArgs(ignore_checks=["W3005"], regions=["us-east-1", "eu-west-1"])


def _faults(template: dict[str, Any]) -> list[str]:
    return [f"{match.rule.id} {match.message}" for match in lint(json.dumps(template), config=LENIENT)]


@pytest.mark.slow
def test_cfn_lint_finds_nothing(template):
    assert _faults(template) == []


@pytest.mark.slow
def test_cfn_lint_reads_the_machines(template):
    planted = copy.deepcopy(template)
    for machine in of_type(planted, "AWS::StepFunctions::StateMachine").values():
        definition = json.loads(machine["DefinitionString"])
        definition["States"]["Not understood"]["Type"] = "Fial"
        machine["DefinitionString"] = json.dumps(definition)
    assert [fault.split()[0] for fault in _faults(planted)] == ["E3601"] * 3


@pytest.fixture(params=DEFINITIONS)
def definition(request) -> dict[str, Any]:
    found: dict[str, Any] = DEFINITIONS[request.param].definition()
    return found


def _targets(state: dict[str, Any]) -> Iterator[str]:
    for part in (state, *state.get("Choices", []), *state.get("Catch", [])):
        yield from (part[key] for key in ("Next", "Default") if key in part)


def test_every_state_leads_somewhere_and_is_reached(definition):
    # cfn-lint 1.58 does not look at the targets of a machine in JSONata.
    states = definition["States"]
    reached, todo = set(), [definition["StartAt"]]
    while todo:
        if (name := todo.pop()) not in reached:
            reached.add(name)
            todo += _targets(states[name])
    assert reached == set(states)
    for name, state in states.items():
        ends = state["Type"] in {"Succeed", "Fail"} or state.get("End", False)
        assert ends != bool(list(_targets(state))), name


def test_every_expression_can_be_parsed(definition):
    def expressions(value: Any) -> Iterator[str]:
        match value:
            case dict():
                for each in value.values():
                    yield from expressions(each)
            case list():
                for each in value:
                    yield from expressions(each)
            case str() if "{%" in value:
                assert value.startswith("{%"), value
                assert value.endswith("%}"), value
                yield value[2:-2].strip()

    found = list(expressions(definition))
    assert len(found) > 5
    for expression in found:
        jsonata.Jsonata(expression)


def test_every_machine_ends_some_day_and_chooses_by_what_was_returned(definition):
    assert definition["QueryLanguage"] == "JSONata"
    assert 0 < definition["TimeoutSeconds"] <= 90 * 86400
    for state in definition["States"].values():
        assert "Catch" not in state
        if state["Type"] == "Task":
            assert state["TimeoutSeconds"] > 0
            names = [name for retry in state["Retry"] for name in retry["ErrorEquals"]]
            assert {"Lambda.ServiceException", "Lambda.TooManyRequestsException", "Lambda.SdkClientException"} <= set(
                names
            )
            assert all(name.startswith(("Lambda.", "States.")) for name in names)  # no exception of ours by name


def test_cdk_nag_stops_the_synthesis_at_a_finding_that_has_no_reason(tmp_path):
    # That `assembly` could be made shows that the stack has no such finding; this, that it would have been stopped.
    planted = app.application(assets.stubs(tmp_path), outdir=tmp_path / "out")
    stack = planted.node.find_child(app.STACK)
    assert isinstance(stack, Stack)
    sqs.Queue(stack, "WithoutTlsOrDeadLetters")
    with pytest.raises(RuntimeError) as stopped:
        planted.synth()
    findings = re.findall(r"Acknowledge with '(.*)'", str(stopped.value))
    assert sorted(findings) == ["AwsSolutions::AwsSolutions-SQS3", "AwsSolutions::AwsSolutions-SQS4"]
