"""Why the template is adapted for the emulator: each test shows what happens to it as it stands."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.local import adapted
from infra.local.deployment import TEMPLATE, apply
from tests.local.making import allow, arn, call, make_function

VERSION = "2012-10-17"


def test_a_reference_to_a_secret_gives_its_name_and_not_its_arn(emulator, name):
    secret = {"Type": "AWS::SecretsManager::Secret", "Properties": {"GenerateSecretString": {}}}
    template = {"Resources": {"Secret": secret}, "Outputs": {"Secret": {"Value": {"Ref": "Secret"}}}}
    made = apply(emulator, name, json.dumps(template), {})["Secret"]
    assert not made.startswith("arn:")
    (found,) = [one for one in emulator.client("secretsmanager").list_secrets()["SecretList"] if one["Name"] == made]
    assert found["ARN"].startswith(arn("secretsmanager", f"secret:{made}-"))


def test_a_batch_of_messages_is_an_action_of_its_own(emulator, name):
    source = """
        import boto3
        def handler(event, context):
            queue, entry = boto3.client("sqs"), {"Id": "a", "MessageBody": "a"}
            queue.send_message(QueueUrl=event, MessageBody="a")
            return queue.send_message_batch(QueueUrl=event, Entries=[entry])["Successful"][0]["Id"]
    """
    queue = emulator.client("sqs").create_queue(QueueName=name)["QueueUrl"]
    make_function(emulator, name, source, allow("sqs:SendMessage", arn("sqs", name)))
    assert "sqs:SendMessageBatch" in call(emulator, name, queue)["errorMessage"]


def test_a_policy_against_plain_http_refuses_everybody_here(emulator, name):
    statement: dict[str, Any] = {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": arn("sqs", name)}
    statement["Condition"] = {"Bool": {"aws:SecureTransport": "false"}}
    policy = json.dumps({"Version": VERSION, "Statement": [statement]})
    queue = emulator.client("sqs").create_queue(QueueName=name, Attributes={"Policy": policy})["QueueUrl"]
    source = """
        import boto3
        def handler(event, context): return boto3.client("sqs").send_message(QueueUrl=event, MessageBody="a")
    """
    make_function(emulator, name, source, allow("sqs:SendMessage", arn("sqs", name)))
    assert "explicit deny" in call(emulator, name, queue)["errorMessage"]


def test_nothing_but_these_is_changed():
    before = json.loads(TEMPLATE.read_text())
    after = adapted.adapted(before)
    assert before == json.loads(TEMPLATE.read_text())
    changed = {
        one["Type"]
        for name, one in before["Resources"].items()
        if name in after["Resources"] and after["Resources"][name] != one
    }
    dropped = {one["Type"] for name, one in before["Resources"].items() if name not in after["Resources"]}
    assert changed <= {"AWS::IAM::Role", "AWS::S3::BucketPolicy"}
    assert dropped <= {"AWS::SQS::QueuePolicy", "AWS::S3::BucketPolicy", "AWS::SNS::TopicPolicy"}
    rest = {name: value for name, value in before.items() if name != "Resources"}
    assert {name: value for name, value in after.items() if name != "Resources"} == rest
    assert "aws:SecureTransport" not in json.dumps(after)


def test_an_unknown_secret_is_refused(emulator):
    with pytest.raises(ClientError):
        emulator.client("secretsmanager").get_secret_value(SecretId="nothing of this name")
