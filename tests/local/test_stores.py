"""DynamoDB, S3 and Secrets Manager: what the stores rely on."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tests.local.making import key, make_table


def refusal(call, **request):
    with pytest.raises(ClientError) as caught:
        call(**request)
    return caught.value.response


@pytest.fixture
def table(emulator, name):
    make_table(emulator, name)
    return name


def test_a_transaction_repeated_with_its_token_is_applied_once(emulator, table):
    database, token = emulator.client("dynamodb"), str(uuid4())
    add = {
        "TableName": table,
        "Key": key("counter"),
        "UpdateExpression": "ADD n :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    for _ in range(3):
        database.transact_write_items(TransactItems=[{"Update": add}], ClientRequestToken=token)
    assert database.get_item(TableName=table, Key=key("counter"))["Item"]["n"] == {"N": "1"}
    other = {**add, "Key": key("another")}
    refused = refusal(database.transact_write_items, TransactItems=[{"Update": other}], ClientRequestToken=token)
    assert refused["Error"]["Code"] == "IdempotentParameterMismatchException"


def test_a_refused_transaction_writes_nothing_and_says_which_condition_failed(emulator, table):
    database = emulator.client("dynamodb")
    database.put_item(TableName=table, Item=key("there"))
    puts = [
        {"Put": {"TableName": table, "Item": key(one), "ConditionExpression": "attribute_not_exists(pk)"}}
        for one in ("new", "there")
    ]
    refused = refusal(database.transact_write_items, TransactItems=puts)
    assert refused["Error"]["Code"] == "TransactionCanceledException"
    assert [reason["Code"] for reason in refused["CancellationReasons"]] == ["None", "ConditionalCheckFailed"]
    assert "Item" not in database.get_item(TableName=table, Key=key("new"))


def test_a_partition_is_read_by_pages_in_order_of_its_sort_key(emulator, table):
    database = emulator.client("dynamodb")
    for sort in ("b", "c", "a", "z"):
        database.put_item(TableName=table, Item=key("one", sort))
    query = {
        "TableName": table,
        "KeyConditionExpression": "pk = :pk AND sk BETWEEN :from AND :to",
        "ExpressionAttributeValues": {":pk": {"S": "one"}, ":from": {"S": "a"}, ":to": {"S": "c"}},
        "ConsistentRead": True,
    }
    pages = database.get_paginator("query").paginate(**query, PaginationConfig={"PageSize": 2})
    assert [[item["sk"]["S"] for item in page["Items"]] for page in pages] == [["a", "b"], ["c"]]
    newest = database.query(**query, ScanIndexForward=False, Limit=1)["Items"]
    assert newest == [key("one", "c")]


def test_an_object_is_written_once(emulator, name):
    storage = emulator.client("s3")
    storage.create_bucket(Bucket=name)
    storage.put_object(Bucket=name, Key="a", Body=b"first", IfNoneMatch="*")
    refused = refusal(storage.put_object, Bucket=name, Key="a", Body=b"second", IfNoneMatch="*")
    assert refused["ResponseMetadata"]["HTTPStatusCode"] == 412
    assert storage.get_object(Bucket=name, Key="a")["Body"].read() == b"first"


def test_a_secret_is_found_by_name_and_by_arn(emulator, name):
    secrets = emulator.client("secretsmanager")
    made = secrets.create_secret(Name=f"usance/{name}", SecretString=json.dumps({"a": "b"}))
    for secret in (f"usance/{name}", made["ARN"]):
        assert json.loads(secrets.get_secret_value(SecretId=secret)["SecretString"]) == {"a": "b"}
    refused = refusal(secrets.get_secret_value, SecretId="usance/nobody")
    assert refused["Error"]["Code"] == "ResourceNotFoundException"
