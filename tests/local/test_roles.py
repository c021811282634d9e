"""Roles are enforced on what functions do, so that an end-to-end test proves the stack's grants."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.local.making import allow, call, key, make_function, make_table

PUTS = """
    import os, boto3
    def handler(event, context):
        item = {"pk": {"S": event["pk"]}, "sk": {"S": "a"}}
        boto3.client("dynamodb").put_item(TableName=event["table"], Item=item)
        return "written"
"""


def outcome(answer):
    return "denied" if "AccessDenied" in str(answer) else answer


def test_a_function_may_do_what_its_role_allows_and_nothing_else(emulator, name):
    table = make_table(emulator, name)
    make_table(emulator, f"{name}-other")
    make_function(emulator, name, PUTS, allow("dynamodb:PutItem", table))
    assert outcome(call(emulator, name, {"table": name, "pk": "a"})) == "written"
    assert outcome(call(emulator, name, {"table": f"{name}-other", "pk": "a"})) == "denied"
    assert emulator.client("dynamodb").scan(TableName=f"{name}-other")["Items"] == []


def test_a_role_without_policies_may_do_nothing(emulator, name):
    make_table(emulator, name)
    make_function(emulator, name, PUTS)
    assert outcome(call(emulator, name, {"table": name, "pk": "a"})) == "denied"


def test_every_table_of_a_transaction_must_be_allowed(emulator, name):
    source = """
        import boto3
        def handler(event, context):
            put = lambda table: {"Put": {"TableName": table, "Item": {"pk": {"S": "a"}, "sk": {"S": "a"}}}}
            boto3.client("dynamodb").transact_write_items(TransactItems=[put(table) for table in event])
            return "written"
    """
    table = make_table(emulator, name)
    make_table(emulator, f"{name}-other")
    make_function(emulator, name, source, allow("dynamodb:PutItem", table))
    assert outcome(call(emulator, name, [name])) == "written"
    assert outcome(call(emulator, name, [name, f"{name}-other"])) == "denied"


def test_objects_are_allowed_by_prefix(emulator, name):
    source = """
        import boto3
        def handler(event, context):
            boto3.client("s3").put_object(Bucket=event["bucket"], Key=event["key"], Body=b"x")
            return "written"
    """
    emulator.client("s3").create_bucket(Bucket=name)
    make_function(emulator, name, source, allow("s3:PutObject", f"arn:aws:s3:::{name}/raw/*"))
    assert outcome(call(emulator, name, {"bucket": name, "key": "raw/a"})) == "written"
    assert outcome(call(emulator, name, {"bucket": name, "key": "documents/a"})) == "denied"


def test_a_condition_on_leading_keys_is_not_seen(emulator, name):
    """On AWS this role could write no partition but its own. Here the condition's key is absent from requests:
    `ForAllValues` then holds whatever the key, and the Deny never bites. So isolation by leading keys is proven on the
    template alone."""
    table = make_table(emulator, name)
    only_own = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["org_1#*"]}}
    system = {"ForAnyValue:StringLike": {"dynamodb:LeadingKeys": ["~*"]}}
    deny = {"Effect": "Deny", "Action": "dynamodb:PutItem", "Resource": table, "Condition": system}
    make_function(emulator, name, PUTS, allow("dynamodb:PutItem", table, Condition=only_own), deny)
    assert outcome(call(emulator, name, {"table": name, "pk": "org_1#a"})) == "written"
    assert outcome(call(emulator, name, {"table": name, "pk": "~runs"})) == "written"


def test_an_unknown_caller_may_do_nothing(emulator, name):
    make_table(emulator, name)
    stranger = emulator.client("dynamodb")
    stranger._request_signer._credentials.access_key = "A" + "KIA" + "STRANGER".ljust(16, "0")
    with pytest.raises(ClientError) as caught:
        stranger.put_item(TableName=name, Item=key("a"))
    assert caught.value.response["Error"]["Code"] == "UnrecognizedClientException"
