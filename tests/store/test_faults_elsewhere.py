"""What the control plane, objects, queues, workflows and secrets say when the network or AWS misbehaves."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError
from pynamodb.exceptions import PutError, TransactWriteError

from tests.store.conftest import HASTY
from tests.store.hooks import (
    cancelled,
    count_sends,
    fail_entries,
    forget_tokens,
    lose_answers,
    lose_requests,
    refuse_calls,
    refuse_sends,
)
from usance.kernel.errors import Conflict, Unavailable
from usance.ports import Kind, Machine, Queue, Record
from usance.store.control import DynamoControlPlane
from usance.store.objects import S3Objects
from usance.store.queues import SqsQueues
from usance.store.secrets import SecretsManagerSecrets
from usance.store.workflows import StepWorkflows

CREATED = datetime(2025, 7, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _seconds: None)


# -- control plane ---------------------------------------------------------------------------------------------------


@pytest.fixture
def others(aws):
    return DynamoControlPlane(aws.control_table, endpoint=aws.endpoint)


@pytest.fixture
def faulty(aws):
    return DynamoControlPlane(aws.control_table, endpoint=aws.endpoint, patience=HASTY)


@pytest.fixture
def client(faulty):
    """The client that faults are planted in: PynamoDB makes its own."""
    return faulty.model._get_connection().connection.client


def record(org, shape, **body):
    match shape:
        case "plain":
            return Record(org, Kind.CUSTOMER, "cus_1", body, CREATED)
        case "named":
            return Record(org, Kind.CUSTOMER, "cus_1", body, CREATED, "acme")
        case "organisation":
            return Record(org, Kind.ORGANISATION, org, body, CREATED)
    raise AssertionError(shape)


SHAPES = {"plain": "PutItem", "named": "TransactWriteItems", "organisation": "TransactWriteItems"}
FAULTS = {
    "the answer is lost": lose_answers,
    "two answers are lost": lambda client, operation: lose_answers(client, operation, times=2),
    "the request is lost": lambda client, operation: lose_requests(client, operation, times=2),
    "throttled": lambda client, operation: refuse_sends(client, operation, "ThrottlingException", times=2),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("tokens", ["remembered", "forgotten"])
def test_a_record_is_created_once_whatever_happens_on_the_way(client, faulty, others, org, shape, fault, tokens):
    if tokens == "forgotten":
        forget_tokens(client)
    planted = FAULTS[fault](client, SHAPES[shape])
    ours = record(org, shape, by="us")
    faulty.create(ours)
    assert planted
    assert others.list(org, ours.kind).records == (ours,)
    assert others.get(org, ours.kind, ours.external_id or ours.id) == ours


@pytest.mark.parametrize("shape", SHAPES)
def test_the_same_record_created_by_others_while_our_request_was_lost_is_a_conflict(client, faulty, others, org, shape):
    ours = record(org, shape, by="us")
    lose_requests(client, SHAPES[shape], then=lambda: others.create(ours))
    with pytest.raises(Conflict, match="the id"):
        faulty.create(ours)
    assert others.list(org, ours.kind).records == (ours,)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_record_is_replaced_once_whatever_happens_on_the_way(client, faulty, others, org, shape, fault):
    others.create(record(org, shape, by="others"))
    planted = FAULTS[fault](client, "PutItem")
    first = record(org, shape, by="us")
    ours = Record(org, first.kind, first.id, first.body, CREATED, first.external_id, version=2)
    faulty.replace(ours)
    assert planted
    assert others.get(org, ours.kind, ours.id) == ours


def test_the_same_successor_by_others_while_our_request_was_lost_is_a_conflict(client, faulty, others, org):
    others.create(record(org, "plain"))
    ours = Record(org, Kind.CUSTOMER, "cus_1", {"by": "us"}, CREATED, version=2)
    lose_requests(client, "PutItem", then=lambda: others.replace(ours))
    with pytest.raises(Conflict, match="at version 2"):
        faulty.replace(ours)


@pytest.mark.parametrize("shape", SHAPES)
def test_conflicts_between_transactions_are_tried_again_and_then_unavailable(client, faulty, others, org, shape):
    conflict = (
        {"Error": {"Code": "TransactionConflictException", "Message": "planted"}}
        if shape == "plain"
        else cancelled("TransactionConflict", "None")
    )
    planted = refuse_calls(client, SHAPES[shape], conflict, times=HASTY.most)
    ours = record(org, shape)
    with pytest.raises(Unavailable, match="nothing was written"):
        faulty.create(ours)
    assert others.get(org, ours.kind, ours.id) is None
    refuse_calls(client, SHAPES[shape], conflict, times=HASTY.most - 1)
    faulty.create(ours)
    assert len(planted) == HASTY.most
    assert others.get(org, ours.kind, ours.id) == ours


@pytest.mark.parametrize(("shape", "kind"), [("plain", PutError), ("named", TransactWriteError)])
def test_what_the_sdk_gives_up_on_is_raised(client, faulty, others, org, shape, kind):
    refuse_sends(client, SHAPES[shape], "ThrottlingException", times=99)
    with pytest.raises(kind) as caught:
        faulty.create(record(org, shape))
    assert caught.value.cause_response_code == "ThrottlingException"
    assert others.get(org, Kind.CUSTOMER, "cus_1") is None


# -- objects ---------------------------------------------------------------------------------------------------------


def test_an_object_whose_answer_was_lost_is_there(aws, org):
    client = aws.client("s3")
    lost = lose_answers(client, "PutObject")
    # The SDK's own repetition finds the object; False is success for a content-named one.
    assert S3Objects(client, aws.bucket, HASTY).put_new(org, b"x") is False
    assert lost == [200]
    assert S3Objects(aws.client("s3"), aws.bucket).get(org) == b"x"


def test_two_writers_of_one_name_at_once_are_told_apart_by_trying_again(aws, org):
    client = aws.client("s3")
    conflict = {"Error": {"Code": "ConditionalRequestConflict", "Message": "planted"}}
    planted = refuse_calls(client, "PutObject", conflict, times=HASTY.most, status=409)
    objects = S3Objects(client, aws.bucket, HASTY)
    with pytest.raises(Unavailable, match="others keep writing"):
        objects.put_new(org, b"x")
    assert len(planted) == HASTY.most
    assert objects.get(org) is None
    refuse_calls(client, "PutObject", conflict, times=HASTY.most - 1, status=409)
    assert objects.put_new(org, b"x") is True


def test_other_refusals_of_the_bucket_are_raised(aws, org):
    objects = S3Objects(aws.client("s3"), "bucket-that-is-not-there")
    with pytest.raises(ClientError, match="NoSuchBucket"):
        objects.put_new(org, b"x")
    with pytest.raises(ClientError, match="NoSuchBucket"):
        list(objects.list(org))


# -- queues ----------------------------------------------------------------------------------------------------------


def received(aws, queue):
    sqs, url, found = aws.client("sqs"), aws.queues[queue], []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            found.append(json.loads(message["Body"])["n"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return sorted(found)


def test_messages_that_were_not_taken_are_sent_again(aws):
    client = aws.client("sqs")
    received(aws, Queue.BILL)
    failed = fail_entries(client, {"0", "7"}, times=2)
    SqsQueues(client, aws.queues, HASTY).send(Queue.BILL, [{"n": number} for number in range(12)])
    assert failed == [2, 2]
    # The second try had nothing but the two, so the hook sent its probe in place of an empty batch.
    assert received(aws, Queue.BILL) == [-1, *range(12)]


def test_messages_that_are_never_taken_are_unavailable(aws):
    client = aws.client("sqs")
    received(aws, Queue.BILL)
    failed = fail_entries(client, {"1"}, times=99)
    with pytest.raises(Unavailable, match=r"1 of 3 messages were not taken \(InternalError\)"):
        SqsQueues(client, aws.queues, HASTY).send(Queue.BILL, [{"n": number} for number in range(3)])
    assert failed == [1] * HASTY.most
    assert {0, 2} <= set(received(aws, Queue.BILL))


# -- workflows and secrets -------------------------------------------------------------------------------------------


def test_an_execution_whose_answer_was_lost_is_started_once(aws, org):
    client = aws.client("stepfunctions")
    lost = lose_answers(client, "StartExecution")
    StepWorkflows(client, aws.machines).start(Machine.COLLECT_PAYMENT, org, {"invoice": "inv_1"})
    assert lost == [200]
    listed = aws.client("stepfunctions").list_executions(stateMachineArn=aws.machines[Machine.COLLECT_PAYMENT])
    assert [execution["name"] for execution in listed["executions"]].count(org) == 1


def test_a_machine_that_is_not_there_is_no_success(aws, org):
    missing = {machine: arn + "-missing" for machine, arn in aws.machines.items()}
    with pytest.raises(ClientError, match="StateMachineDoesNotExist"):
        StepWorkflows(aws.client("stepfunctions"), missing).start(Machine.BILLING_RUN, org, {})


@pytest.mark.parametrize("operation", ["CreateSecret", "PutSecretValue"])
def test_a_secret_whose_answer_was_lost_is_written(aws, clock, org, operation):
    client = aws.client("secretsmanager")
    secrets = SecretsManagerSecrets(client, clock)
    if operation == "PutSecretValue":
        secrets.write(org, "stripe", {"key": "old"})
        assert secrets.read(org, "stripe") == {"key": "old"}
    lost = lose_answers(client, operation)
    secrets.write(org, "stripe", {"key": "new"})
    assert lost == [200]
    assert SecretsManagerSecrets(aws.client("secretsmanager"), clock).read(org, "stripe") == {"key": "new"}
    assert secrets.read(org, "stripe") == {"key": "new"}


def test_a_secret_that_others_create_at_the_same_time_is_written_over(aws, clock, org):
    client = aws.client("secretsmanager")
    others = SecretsManagerSecrets(aws.client("secretsmanager"), clock)
    lose_requests(client, "CreateSecret", then=lambda: others.write(org, "stripe", {"key": "theirs"}))
    ours = SecretsManagerSecrets(client, clock)
    sends = count_sends(client)
    ours.write(org, "stripe", {"key": "ours"})
    assert sends["PutSecretValue"] == 2
    assert ours.read(org, "stripe") == {"key": "ours"}


def test_a_write_that_fails_leaves_nothing_old_in_memory(aws, clock, org):
    client = aws.client("secretsmanager")
    secrets = SecretsManagerSecrets(client, clock)
    secrets.write(org, "stripe", {"key": "1"})
    assert secrets.read(org, "stripe") == {"key": "1"}
    refuse_calls(client, "PutSecretValue", {"Error": {"Code": "InternalServiceError", "Message": "planted"}}, 1)
    with pytest.raises(ClientError, match="planted"):
        secrets.write(org, "stripe", {"key": "2"})
    SecretsManagerSecrets(aws.client("secretsmanager"), clock).write(org, "stripe", {"key": "3"})
    assert secrets.read(org, "stripe") == {"key": "3"}
