"""The committed template deploys to the emulator as it stands, and gives what its outputs promise."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from infra import synth

pytestmark = pytest.mark.slow

ASSET_BUCKET = "cdk-hnb659fds-assets-000000000000-us-east-1"


@pytest.fixture(scope="module")
def outputs(aws):
    """Outputs of a stack deployed with empty code."""
    s3, formation = aws.client("s3"), aws.client("cloudformation")
    s3.create_bucket(Bucket=ASSET_BUCKET)
    empty = io.BytesIO()
    zipfile.ZipFile(empty, "w").close()
    for name in synth.contents():
        s3.put_object(Bucket=ASSET_BUCKET, Key=name, Body=empty.getvalue())
    s3.put_object(Bucket=ASSET_BUCKET, Key="template.json", Body=synth.TEMPLATE.read_bytes())
    formation.create_stack(
        StackName="Usance",
        TemplateURL=f"{aws.endpoint}/{ASSET_BUCKET}/template.json",  # too long to be sent along
        Capabilities=["CAPABILITY_IAM"],
        Parameters=[{"ParameterKey": "TestClockPollSeconds", "ParameterValue": "1"}],
    )
    formation.get_waiter("stack_create_complete").wait(StackName="Usance", WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    (stack,) = formation.describe_stacks(StackName="Usance")["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def test_tables_bucket_and_queues_are_there(aws, outputs):
    dynamodb = aws.client("dynamodb")
    for name in ("ControlTable", "UsageTable", "DocumentsTable", "LedgerTable"):
        assert dynamodb.describe_table(TableName=outputs[name])["Table"]["TableStatus"] == "ACTIVE"
    aws.client("s3").head_bucket(Bucket=outputs["Bucket"])
    for name in ("BillQueueUrl", "HookQueueUrl"):
        attributes = aws.client("sqs").get_queue_attributes(QueueUrl=outputs[name], AttributeNames=["All"])
        assert json.loads(attributes["Attributes"]["RedrivePolicy"])["maxReceiveCount"] in {5, "5"}


def test_the_operator_key_can_be_read_by_its_output_and_fits_a_header(aws, outputs):
    secret = aws.client("secretsmanager").get_secret_value(SecretId=outputs["OperatorSecret"])
    key = json.loads(secret["SecretString"])["key"]
    assert len(key) == 48
    assert key.isalnum()


def test_machines_call_the_deployed_functions(aws, outputs):
    steps = aws.client("stepfunctions")
    for name in ("BillingRunArn", "CollectPaymentArn", "ScheduleRevenueArn"):
        definition = steps.describe_state_machine(stateMachineArn=outputs[name])["definition"]
        assert "${" not in definition
        assert "arn:aws:lambda:us-east-1:000000000000:function:" in definition


def test_parameters_reach_the_functions(aws, outputs):
    listed = aws.client("lambda").list_functions()["Functions"]
    (collect,) = [each for each in listed if each["Handler"] == "functions.invoice.collect.handler"]
    variables = collect["Environment"]["Variables"]
    assert variables["TEST_CLOCK_POLL_SECONDS"] == "1"
    assert variables["STRIPE_API_BASE"] == "https://api.stripe.com"
    assert variables["CONTROL_TABLE"] == outputs["ControlTable"]
