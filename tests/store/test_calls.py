"""What each operation costs in calls to AWS, so that a change that doubles a bill is noticed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.store.hooks import count_calls
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
