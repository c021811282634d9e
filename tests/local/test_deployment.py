"""CloudFormation on the emulator: what our deployment relies on, and what it says when it fails."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from infra.local import deployment
from infra.local.deployment import apply
from infra.local.emulator import EmulatorError
from tests.local.making import arn, call, log_lines, until

TEMPLATE: dict[str, Any] = {
    "Parameters": {"Rate": {"Type": "String", "Default": "rate(1 hour)"}},
    "Resources": {
        "Secret": {
            "Type": "AWS::SecretsManager::Secret",
            "Properties": {
                "GenerateSecretString": {
                    "SecretStringTemplate": "{}",
                    "GenerateStringKey": "key",
                    "PasswordLength": 48,
                    "ExcludeCharacters": "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
                }
            },
        },
        "Trust": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "lambda.amazonaws.com"},
                            "Action": "sts:AssumeRole",
                        }
                    ]
                },
                "Policies": [
                    {
                        "PolicyName": "May",
                        "PolicyDocument": {
                            "Statement": [
                                {"Effect": "Allow", "Action": "sqs:*", "Resource": {"Fn::GetAtt": ["Queue", "Arn"]}}
                            ]
                        },
                    }
                ],
            },
        },
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Runtime": "python3.12",
                "Handler": "index.handler",
                "Role": {"Fn::GetAtt": ["Trust", "Arn"]},
                "Environment": {"Variables": {"RATE": {"Ref": "Rate"}}},
                "Code": {
                    "ZipFile": "import os\ndef handler(event, context):\n"
                    "    print('received', len((event or {}).get('Records', ())))\n"
                    "    return {'rate': os.environ['RATE'], 'batchItemFailures': []}"
                },
            },
        },
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {}},
        "Mapping": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {
                "EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]},
                "FunctionName": {"Ref": "Function"},
                "FunctionResponseTypes": ["ReportBatchItemFailures"],
            },
        },
        "Machine": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {
                "RoleArn": {"Fn::GetAtt": ["Trust", "Arn"]},
                "DefinitionString": {
                    "Fn::Join": [
                        "",
                        [
                            '{"QueryLanguage": "JSONata", "StartAt": "Say", "States": ',
                            '{"Say": {"Type": "Pass", "End": true, "Output": "',
                            {"Fn::GetAtt": ["Function", "Arn"]},
                            '"}}}',
                        ],
                    ]
                },
            },
        },
        "Schedule": {
            "Type": "AWS::Scheduler::Schedule",
            "Properties": {
                "ScheduleExpression": {"Ref": "Rate"},
                "FlexibleTimeWindow": {"Mode": "OFF"},
                "Target": {"Arn": {"Ref": "Machine"}, "RoleArn": {"Fn::GetAtt": ["Trust", "Arn"]}, "Input": "{}"},
            },
        },
        "Table": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "BillingMode": "PAY_PER_REQUEST",
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
                "TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": True},
            },
        },
    },
    "Outputs": {
        name: {"Value": {"Ref": name}} for name in ("Secret", "Function", "Queue", "Machine", "Schedule", "Table")
    },
}


def deployed(emulator, name, **parameters):
    return apply(emulator, name, json.dumps(TEMPLATE), parameters)


def rate(emulator, outputs):
    return emulator.client("scheduler").get_schedule(Name=outputs["Schedule"].rpartition("/")[2])["ScheduleExpression"]


def test_parameters_have_defaults_and_reach_schedules_and_functions(emulator, name):
    outputs = deployed(emulator, name)
    assert rate(emulator, outputs) == "rate(1 hour)"
    assert call(emulator, outputs["Function"])["rate"] == "rate(1 hour)"
    again = deployed(emulator, name, Rate="rate(1 minute)")
    assert again == outputs
    assert rate(emulator, outputs) == "rate(1 minute)"
    assert call(emulator, outputs["Function"])["rate"] == "rate(1 minute)"


def test_deploying_what_is_deployed_changes_nothing(emulator, name):
    outputs = deployed(emulator, name)
    secret = emulator.client("secretsmanager").get_secret_value(SecretId=outputs["Secret"])["SecretString"]
    assert deployed(emulator, name) == outputs
    assert emulator.client("secretsmanager").get_secret_value(SecretId=outputs["Secret"])["SecretString"] == secret


def test_a_secret_is_generated_as_asked(emulator, name):
    outputs = deployed(emulator, name)
    secret = emulator.client("secretsmanager").get_secret_value(SecretId=outputs["Secret"])["SecretString"]
    key = json.loads(secret)["key"]
    assert len(key) == 48
    assert key.isalnum()


def test_a_machine_knows_its_function_and_a_queue_its_consumer(emulator, name):
    outputs = deployed(emulator, name)
    machines = emulator.client("stepfunctions")
    execution = machines.start_execution(stateMachineArn=outputs["Machine"])["executionArn"]
    until(lambda: machines.describe_execution(executionArn=execution)["status"] == "SUCCEEDED")
    said = json.loads(machines.describe_execution(executionArn=execution)["output"])
    assert said == arn("lambda", f"function:{outputs['Function']}")
    emulator.client("sqs").send_message(QueueUrl=outputs["Queue"], MessageBody="hello")
    until(lambda: "received 1" in log_lines(emulator, outputs["Function"]))


def test_time_to_live_is_dropped_and_can_be_set_again_and_again(emulator, name):
    table, database = deployed(emulator, name)["Table"], emulator.client("dynamodb")
    status = database.describe_time_to_live(TableName=table)["TimeToLiveDescription"]["TimeToLiveStatus"]
    assert status == "DISABLED"  # why the deployment sets it
    for _ in range(2):
        database.update_time_to_live(
            TableName=table, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires_at"}
        )
    assert database.describe_time_to_live(TableName=table)["TimeToLiveDescription"]["TimeToLiveStatus"] == "ENABLED"


def test_a_failed_deployment_names_the_resource_and_the_reason_and_can_be_repeated(emulator, name):
    broken = copy.deepcopy(TEMPLATE)
    broken["Resources"]["Broken"] = {"Type": "AWS::SQS::Queue", "Properties": {"RedrivePolicy": "nonsense"}}
    for _ in range(2):
        with pytest.raises(EmulatorError) as caught:
            apply(emulator, name, json.dumps(broken), {})
        assert "Broken (AWS::SQS::Queue): Invalid value for the parameter RedrivePolicy" in str(caught.value)
    assert set(deployed(emulator, name)) == set(TEMPLATE["Outputs"])


def test_code_that_is_not_there_is_refused_by_us_because_the_emulator_does_not(emulator, name):
    missing = {
        "Runtime": "python3.12",
        "Handler": "a.b",
        "Role": arn("iam", "role/x"),
        "Code": {"S3Bucket": "nowhere", "S3Key": "nothing.zip"},
    }
    template = {
        "Resources": {"Broken": {"Type": "AWS::Lambda::Function", "Properties": missing}},
        "Outputs": {"Broken": {"Value": {"Ref": "Broken"}}},
    }
    function = apply(emulator, name, json.dumps(template), {})["Broken"]
    assert call(emulator, function)["statusCode"] == 200
    with pytest.raises(EmulatorError, match=r"Broken takes its code from nothing\.zip"):
        deployment._name_code(template, {"ingest.zip": "1.zip"})


def test_a_template_that_is_none_is_refused(emulator, name):
    with pytest.raises(EmulatorError, match="could not be deployed"):
        apply(emulator, name, json.dumps({"Resources": {"A": {"Type": "AWS::Nothing::Here"}}}), {})
