"""What each operation costs in calls to AWS, so that a change that doubles a bill is noticed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.store.conftest import HASTY
from tests.store.hooks import cancelled, count_calls, refuse_calls
from usance.kernel.errors import Conflict
from usance.ports import Delete, Key, Kind, Machine, Put, Queue, Record, Require, Table
from usance.store.control import DynamoControlPlane
from usance.store.dynamo import DynamoTables
from usance.store.objects import S3Objects
from usance.store.queues import SqsQueues
from usance.store.secrets import SecretsManagerSecrets
from usance.store.workflows import StepWorkflows

CREATED = datetime(2025, 7, 1, tzinfo=UTC)


@pytest.fixture
def spent():
    """Run something and give the calls it made of a counted client."""

    def run(calls, operation):
        calls.clear()
        operation()
        return dict(calls)

    return run


def test_tables(aws, org, spent):
    client = aws.client("dynamodb")
    calls, tables = count_calls(client), DynamoTables(client, aws.names)
    a, b, c = (Key(Table.DOCUMENTS, f"{org}#x", sort) for sort in "abc")
    many = [Key(Table.LEDGER, f"{org}#x", str(number)) for number in range(201)]
    assert spent(calls, lambda: tables.transact([Put(a, {})])) == {"PutItem": 1}
    assert spent(calls, lambda: tables.transact([Put(a, {}, expect=1)])) == {"PutItem": 1}
    assert spent(calls, lambda: tables.transact([Put(b, {}), Require(a, expect=2)])) == {"TransactWriteItems": 1}
    assert spent(calls, lambda: tables.transact([Require(a, expect=2)])) == {"GetItem": 1}
    assert spent(calls, lambda: tables.transact([Delete(c, expect=1)])) == {"DeleteItem": 1}
    assert spent(calls, lambda: tables.get(a)) == {"GetItem": 1}
    assert spent(calls, lambda: tables.get_many([])) == {}
    assert spent(calls, lambda: tables.get_many([a, b, many[0]])) == {"BatchGetItem": 1}
    assert spent(calls, lambda: tables.get_many(many)) == {"BatchGetItem": 3}
    assert spent(calls, lambda: list(tables.query(Table.DOCUMENTS, f"{org}#x"))) == {"Query": 1}
    assert spent(calls, lambda: list(tables.query(Table.DOCUMENTS, f"{org}#x", prefix="a", after="b"))) == {}
    assert spent(calls, lambda: list(tables.query(Table.DOCUMENTS, f"{org}#x", limit=0))) == {}


def test_a_limited_query_asks_for_no_more_than_it_needs(aws, org, spent):
    client = aws.client("dynamodb")
    calls, tables = count_calls(client), DynamoTables(client, aws.names)
    tables.transact([Put(Key(Table.DOCUMENTS, f"{org}#x", f"{number:02}"), {}) for number in range(20)])
    asked = []
    client.meta.events.register("provide-client-params.*.Query", lambda params, **_: asked.append(params.get("Limit")))
    limited: dict[str, Any] = {"after": "03", "until": "15", "limit": 3}
    assert spent(calls, lambda: list(tables.query(Table.DOCUMENTS, f"{org}#x", **limited))) == {"Query": 1}
    # Two more than three: either end of the interval may come without being wanted.
    assert asked == [5]


@pytest.mark.parametrize("port", ["tables", "control plane"])
def test_all_tries_of_a_transaction_carry_one_token(aws, org, port):
    # Without it the SDK would make a token for each of our tries, and DynamoDB could not know that they are one.
    if port == "tables":
        client = aws.client("dynamodb")
        tables = DynamoTables(client, aws.names, HASTY)
        keys = [Key(Table.DOCUMENTS, f"{org}#x", sort) for sort in "ab"]
        write = lambda: tables.transact([Put(key, {}) for key in keys])  # noqa: E731 - two ways of the same
    else:
        control = DynamoControlPlane(aws.control_table, endpoint=aws.endpoint, patience=HASTY)
        client = control.model._get_connection().connection.client
        write = lambda: control.create(Record(org, Kind.CUSTOMER, "cus_1", {}, CREATED, "acme"))  # noqa: E731
    tokens = []
    client.meta.events.register_first(
        "before-call.*.TransactWriteItems",
        lambda params, **_: tokens.append(json.loads(params["body"])["ClientRequestToken"]),
    )
    refuse_calls(client, "TransactWriteItems", cancelled("TransactionConflict", "None"), times=2)
    write()
    assert len(tokens) == 3
    assert len(set(tokens)) == 1


def test_control_plane(aws, org, spent):
    control = DynamoControlPlane(aws.control_table, endpoint=aws.endpoint)
    calls = count_calls(control.model._get_connection().connection.client)
    plain = Record(org, Kind.CUSTOMER, "cus_1", {}, CREATED)
    named = Record(org, Kind.CUSTOMER, "cus_2", {}, CREATED, "acme")
    organisation = Record(org, Kind.ORGANISATION, org, {}, CREATED)
    assert spent(calls, lambda: control.create(plain)) == {"PutItem": 1}
    assert spent(calls, lambda: control.create(named)) == {"TransactWriteItems": 1}
    assert spent(calls, lambda: control.create(organisation)) == {"TransactWriteItems": 1}
    assert spent(calls, lambda: control.get(org, Kind.CUSTOMER, "cus_1")) == {"GetItem": 1}
    assert spent(calls, lambda: control.get(org, Kind.CUSTOMER, "acme")) == {"GetItem": 2}
    assert spent(calls, lambda: control.get(org, Kind.CUSTOMER, "cus_9")) == {"GetItem": 2}
    assert spent(calls, lambda: control.get(org, Kind.CUSTOMER, "nobody")) == {"GetItem": 2}
    assert spent(calls, lambda: control.list(org, Kind.CUSTOMER, limit=1)) == {"Query": 1}
    successor = Record(org, Kind.CUSTOMER, "cus_1", {"x": 1}, CREATED, version=2)
    assert spent(calls, lambda: control.replace(successor)) == {"PutItem": 1}
    with pytest.raises(Conflict):
        spent(calls, lambda: control.replace(successor))
    assert dict(calls) == {"PutItem": 1, "GetItem": 1}


def test_objects(aws, org, spent):
    client = aws.client("s3")
    calls, objects = count_calls(client), S3Objects(client, aws.bucket)
    assert spent(calls, lambda: objects.put_new(f"{org}/a", b"x")) == {"PutObject": 1}
    assert spent(calls, lambda: objects.put_new(f"{org}/a", b"x")) == {"PutObject": 1}
    assert spent(calls, lambda: objects.get(f"{org}/a")) == {"GetObject": 1}
    assert spent(calls, lambda: list(objects.list(f"{org}/"))) == {"ListObjectsV2": 1}


def test_queues_and_workflows(aws, org, spent):
    sqs, steps = aws.client("sqs"), aws.client("stepfunctions")
    sent, queues = count_calls(sqs), SqsQueues(sqs, aws.queues)
    assert spent(sent, lambda: queues.send(Queue.HOOK, [{"n": n} for n in range(23)])) == {"SendMessageBatch": 3}
    assert spent(sent, lambda: queues.send(Queue.HOOK, [])) == {}
    # Two of 100 KB fit 256 KB, three do not.
    large = [{"n": n, "text": "é" * 50_000} for n in range(7)]
    assert spent(sent, lambda: queues.send(Queue.HOOK, large)) == {"SendMessageBatch": 4}
    started, workflows = count_calls(steps), StepWorkflows(steps, aws.machines)
    assert spent(started, lambda: workflows.start(Machine.BILLING_RUN, org, {})) == {"StartExecution": 1}
    assert spent(started, lambda: workflows.start(Machine.BILLING_RUN, org, {})) == {"StartExecution": 1}


def test_secrets(aws, org, clock, spent):
    client = aws.client("secretsmanager")
    calls, secrets = count_calls(client), SecretsManagerSecrets(client, clock)
    assert spent(calls, lambda: secrets.read(org, "stripe")) == {"GetSecretValue": 1}
    assert spent(calls, lambda: secrets.write(org, "stripe", {"a": "1"})) == {"PutSecretValue": 1, "CreateSecret": 1}
    assert spent(calls, lambda: secrets.write(org, "stripe", {"a": "2"})) == {"PutSecretValue": 1}
    assert spent(calls, lambda: secrets.read(org, "stripe")) == {"GetSecretValue": 1}
    assert spent(calls, lambda: secrets.read(org, "stripe")) == {}
