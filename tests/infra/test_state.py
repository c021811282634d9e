"""What is kept: tables, bucket, secret, queues and logs."""

from __future__ import annotations

import json

import pytest

from tests.infra.resources import TABLES, of_type, table_id, target


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_the_agreed_keys_and_can_be_restored(template, name):
    table = template["Resources"][table_id(template, name)]
    properties = table["Properties"]
    assert {key["KeyType"]: key["AttributeName"] for key in properties["KeySchema"]} == {"HASH": "pk", "RANGE": "sk"}
    assert {each["AttributeType"] for each in properties["AttributeDefinitions"]} == {"S"}
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
    assert properties["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert properties["DeletionProtectionEnabled"] is True
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert "GlobalSecondaryIndexes" not in properties  # nothing that decides about money reads an index


def test_there_are_four_tables(template):
    assert len(of_type(template, "AWS::DynamoDB::Table")) == 4
    assert len({table_id(template, name) for name in TABLES}) == 4


def test_the_bucket_is_private_encrypted_versioned_and_kept(template):
    (bucket,) = of_type(template, "AWS::S3::Bucket").values()
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    rules = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rules[0]["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    name = target(template["Outputs"]["Bucket"]["Value"])
    assert template["Resources"][name]["DeletionPolicy"] == "Retain"


def test_the_lifecycle_never_deletes_what_was_accepted_or_issued(template):
    (bucket,) = of_type(template, "AWS::S3::Bucket").values()
    rules = bucket["LifecycleConfiguration"]["Rules"]
    assert [rule["Prefix"] for rule in rules if "ExpirationInDays" in rule] == ["exports/"]
    assert any("AbortIncompleteMultipartUpload" in rule for rule in rules)


def test_the_bucket_refuses_what_comes_without_tls(template):
    (policy,) = of_type(template, "AWS::S3::BucketPolicy").values()
    denied = [each for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Deny"]
    assert {"Bool": {"aws:SecureTransport": "false"}} in [each["Condition"] for each in denied]


def test_every_work_queue_has_a_dead_letter_queue_and_waits_six_timeouts(template):
    queues = of_type(template, "AWS::SQS::Queue")
    functions = of_type(template, "AWS::Lambda::Function")
    sources = of_type(template, "AWS::Lambda::EventSourceMapping").values()
    assert len(sources) == 2
    for source in sources:
        queue = queues[target(source["EventSourceArn"])]
        timeout = functions[target(source["FunctionName"])]["Timeout"]
        assert queue["VisibilityTimeout"] >= 6 * timeout
        assert queue["RedrivePolicy"]["maxReceiveCount"] == 5
        dead = queues[target(queue["RedrivePolicy"]["deadLetterTargetArn"])]
        assert dead["MessageRetentionPeriod"] == 14 * 86400
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_every_queue_is_encrypted_and_takes_tls_only(template):
    queues = of_type(template, "AWS::SQS::Queue")
    assert {queue["SqsManagedSseEnabled"] for queue in queues.values()} == {True}
    policies = of_type(template, "AWS::SQS::QueuePolicy").values()
    assert {target(name) for policy in policies for name in policy["Queues"]} == set(queues)
    for policy in policies:
        conditions = [each.get("Condition") for each in policy["PolicyDocument"]["Statement"]]
        assert {"Bool": {"aws:SecureTransport": "false"}} in conditions


def test_the_operator_key_is_generated_and_fits_a_header(template):
    (secret,) = of_type(template, "AWS::SecretsManager::Secret").values()
    generated = secret["GenerateSecretString"]
    assert (generated["SecretStringTemplate"], generated["GenerateStringKey"]) == ("{}", "key")
    assert generated["PasswordLength"] >= 40
    assert generated["ExcludePunctuation"] is True
    assert "SecretString" not in secret


def test_every_log_group_forgets(template):
    groups = of_type(template, "AWS::Logs::LogGroup")
    assert {group["RetentionInDays"] for group in groups.values()} == {90}


def test_no_environment_variable_holds_a_secret(template):
    secrets = set(of_type(template, "AWS::SecretsManager::Secret"))
    for function in of_type(template, "AWS::Lambda::Function").values():
        text = json.dumps(function["Environment"])
        assert "{{resolve:" not in text
        assert all(f'{{"Ref": "{name}"}}' in text or name not in text for name in secrets)
