"""Schedules, APIs, machines, alarms, parameters and outputs."""

from __future__ import annotations

import json

import pytest

from tests.infra.resources import HANDLERS, functions, of_type, statements, target

PARAMETERS = {
    "BillingRate": "rate(1 hour)",
    "FoldRate": "rate(5 minutes)",
    "AlertRate": "rate(5 minutes)",
    "SweepRate": "rate(5 minutes)",
    "RevenueRate": "rate(1 day)",
    "StripeApiBase": "https://api.stripe.com",
    "TestClockPollSeconds": 60,
}
OUTPUTS = {
    *("ApiUrl", "HooksUrl", "ControlTable", "UsageTable", "DocumentsTable", "LedgerTable", "Bucket"),
    *("BillQueueUrl", "HookQueueUrl", "BillingRunArn", "CollectPaymentArn", "ScheduleRevenueArn", "OperatorSecret"),
}
MACHINES = ("BillingRunArn", "CollectPaymentArn", "ScheduleRevenueArn")


def test_parameters_and_their_defaults(template):
    assert {name: each["Default"] for name, each in template["Parameters"].items()} == PARAMETERS


def test_outputs(template):
    assert set(template["Outputs"]) == OUTPUTS


def _handler_of(template, arn):
    return template["Resources"][target(arn)]["Properties"]["Handler"]


def test_schedules_start_what_their_parameters_say(template):
    machines = {target(template["Outputs"][name]["Value"]): name for name in MACHINES}
    found = {}
    for each in of_type(template, "AWS::Scheduler::Schedule").values():
        what = machines.get(target(each["Target"]["Arn"])) or _handler_of(template, each["Target"]["Arn"])
        found[what] = each["ScheduleExpression"]["Ref"]
    assert found == {
        "BillingRunArn": "BillingRate",
        "ScheduleRevenueArn": "RevenueRate",
        "functions.aggregate.alerts.handler": "AlertRate",
        "functions.aggregate.fold.handler": "FoldRate",
        "functions.invoice.sweep.handler": "SweepRate",
    }


def test_a_schedule_may_start_its_target_only_and_keeps_what_it_missed(template):
    queues = of_type(template, "AWS::SQS::Queue")
    for each in of_type(template, "AWS::Scheduler::Schedule").values():
        assert each["Target"]["Input"] == "{}"
        assert target(each["Target"]["DeadLetterConfig"]["Arn"]) in queues
        start, keep = statements(template, target(each["Target"]["RoleArn"]))
        assert start["Resource"] == each["Target"]["Arn"]
        assert start["Action"] in {"lambda:InvokeFunction", "states:StartExecution"}
        assert (keep["Action"], keep["Resource"]) == ("sqs:SendMessage", each["Target"]["DeadLetterConfig"]["Arn"])


def test_usage_goes_to_ingest_and_all_else_to_the_control_plane(template):
    integrations = of_type(template, "AWS::ApiGatewayV2::Integration")
    found = {}
    for route in of_type(template, "AWS::ApiGatewayV2::Route").values():
        integration = integrations[route["Target"]["Fn::Join"][1][1]["Ref"]]
        assert integration["PayloadFormatVersion"] == "2.0"
        found[route["RouteKey"]] = _handler_of(template, integration["IntegrationUri"])
    assert found == {
        "POST /v1/usage/{event_type}": "functions.ingest.handler.handler",
        "$default": "functions.api.handler.handler",
    }


def test_the_http_api_is_throttled_and_logged(template):
    (stage,) = of_type(template, "AWS::ApiGatewayV2::Stage").values()
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] == 2000
    assert stage["DefaultRouteSettings"]["ThrottlingBurstLimit"] == 1000
    logged = json.loads(stage["AccessLogSettings"]["Format"])
    assert logged["requestId"] == "$context.requestId"
    assert not any("authorizer" in value or "header" in value for value in logged.values())


def test_webhooks_come_in_by_one_throttled_method(template):
    (method,) = of_type(template, "AWS::ApiGateway::Method").values()
    assert (method["HttpMethod"], method["Integration"]["Type"]) == ("POST", "AWS_PROXY")
    resources = of_type(template, "AWS::ApiGateway::Resource")
    assert {each["PathPart"] for each in resources.values()} == {"v1", "hooks", "{proxy+}"}
    (stage,) = of_type(template, "AWS::ApiGateway::Stage").values()
    (settings,) = stage["MethodSettings"]
    assert (settings["ThrottlingRateLimit"], settings["ThrottlingBurstLimit"]) == (200, 400)
    assert settings.get("DataTraceEnabled", False) is False  # bodies of webhooks stay out of logs


def test_each_api_may_invoke_its_own_function_only(template):
    permissions = of_type(template, "AWS::Lambda::Permission").values()
    assert {each["Principal"] for each in permissions} == {"apigateway.amazonaws.com"}
    assert all("SourceArn" in each for each in permissions)
    found = {_handler_of(template, each["FunctionName"]) for each in permissions}
    assert found == {
        "functions.ingest.handler.handler",
        "functions.api.handler.handler",
        "functions.webhooks.app.app",
    }


@pytest.mark.parametrize("name", MACHINES)
def test_a_machine_logs_all_and_is_traced(template, name):
    machine = template["Resources"][target(template["Outputs"][name]["Value"])]["Properties"]
    assert machine["LoggingConfiguration"]["Level"] == "ALL"
    assert machine["LoggingConfiguration"]["IncludeExecutionData"] is True
    assert machine["TracingConfiguration"] == {"Enabled": True}
    assert machine["StateMachineType"] == "STANDARD"


@pytest.mark.parametrize(
    ("name", "handler"),
    [
        ("BillingRunArn", "functions.invoice.run.handler"),
        ("CollectPaymentArn", "functions.invoice.collect.handler"),
        ("ScheduleRevenueArn", "functions.revrec.handler.handler"),
    ],
)
def test_a_machine_invokes_one_function_and_waits_longer_than_it_runs(template, name, handler):
    machine = template["Resources"][target(template["Outputs"][name]["Value"])]["Properties"]
    (called,) = machine["DefinitionSubstitutions"].values()
    assert _handler_of(template, called) == handler
    (invokes,) = [
        each for each in statements(template, target(machine["RoleArn"])) if each["Action"] == "lambda:InvokeFunction"
    ]
    assert invokes["Resource"] == called
    states = json.loads(machine["DefinitionString"])["States"].values()
    timeouts = [state["TimeoutSeconds"] for state in states if state["Type"] == "Task"]
    assert min(timeouts) > functions(template)[handler]["Timeout"]


def test_there_is_an_alarm_for_everything_that_can_fail_for_good(template):
    alarms = of_type(template, "AWS::CloudWatch::Alarm").values()
    watched: dict[str, set[str]] = {}
    for alarm in alarms:
        (dimension,) = alarm["Dimensions"]
        watched.setdefault(alarm["MetricName"], set()).add(target(dimension["Value"]))
    every = set(of_type(template, "AWS::Lambda::Function"))
    assert len(every) == len(HANDLERS)
    assert watched["Errors"] == watched["Throttles"] == every
    machines = {target(template["Outputs"][name]["Value"]) for name in MACHINES}
    assert watched["ExecutionsFailed"] == watched["ExecutionsTimedOut"] == machines
    queues = of_type(template, "AWS::SQS::Queue")
    without_redrive = {name for name, queue in queues.items() if "RedrivePolicy" not in queue}
    assert watched["ApproximateNumberOfMessagesVisible"] == without_redrive
    assert len(without_redrive) == 3


def test_alarms_are_heard_by_one_topic(template):
    (topic,) = of_type(template, "AWS::SNS::Topic")
    for alarm in of_type(template, "AWS::CloudWatch::Alarm").values():
        assert [target(action) for action in alarm["AlarmActions"]] == [topic]


def test_there_is_a_dashboard(template):
    assert len(of_type(template, "AWS::CloudWatch::Dashboard")) == 1
