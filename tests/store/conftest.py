"""Each port twice: in memory and on the AWS emulator. A test that takes `tables`, `control`, ... runs on both.

The emulator is a process of its own on a free port of this machine, one for the whole session. Tests do not disturb
each other: each has an organisation (`org`) of its own, and every key begins with it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config

from infra.local.emulator import REGION, Emulator
from usance.kernel.clock import FixedClock
from usance.ports import Machine, Queue, Table
from usance.store.control import DynamoControlPlane
from usance.store.dynamo import DynamoTables
from usance.store.memory import (
    MemoryControlPlane,
    MemoryObjects,
    MemoryQueues,
    MemorySecrets,
    MemoryTables,
    MemoryWorkflows,
)
from usance.store.objects import S3Objects
from usance.store.patience import Patience
from usance.store.queues import SqsQueues
from usance.store.secrets import SecretsManagerSecrets
from usance.store.workflows import StepWorkflows

EARLY = datetime(2025, 7, 1, tzinfo=UTC)
HASTY = Patience(most=5, sleep=lambda _seconds: None)
_KEYS: Any = [("pk", "HASH"), ("sk", "RANGE")]
_PASS = {"QueryLanguage": "JSONata", "StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}


@dataclass
class Aws:
    """The emulator's address, and the resources of this session on it."""

    endpoint: str
    mark: str = field(default_factory=lambda: uuid4().hex[:8])
    names: dict[Table, str] = field(default_factory=dict)
    queues: dict[Queue, str] = field(default_factory=dict)
    machines: dict[Machine, str] = field(default_factory=dict)
    session: boto3.Session = field(default_factory=lambda: boto3.Session("testing", "testing", region_name=REGION))

    @property
    def control_table(self) -> str:
        return f"control-{self.mark}"

    @property
    def bucket(self) -> str:
        return f"bucket-{self.mark}"

    def client(self, service: str) -> Any:
        """A client of its own, so that what a test does to its events is that test's affair."""
        retries: Any = {"mode": "standard", "total_max_attempts": 4}
        make: Any = self.session.client  # typed for literal names only
        return make(service, endpoint_url=self.endpoint, config=Config(retries=retries))

    def create(self) -> None:
        dynamodb = self.client("dynamodb")
        self.names = {table: f"{table.value}-{self.mark}" for table in Table}
        for name in (*self.names.values(), self.control_table):
            dynamodb.create_table(
                TableName=name,
                BillingMode="PAY_PER_REQUEST",
                KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in _KEYS],
                AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key, _ in _KEYS],
            )
        self.client("s3").create_bucket(Bucket=self.bucket)
        for queue in Queue:
            created = self.client("sqs").create_queue(QueueName=f"{queue.value}-{self.mark}")
            self.queues[queue] = created["QueueUrl"]
        for machine in Machine:
            made = self.client("stepfunctions").create_state_machine(
                name=f"{machine.value}-{self.mark}",
                definition=json.dumps(_PASS),
                roleArn="arn:aws:iam::000000000000:role/states",
            )
            self.machines[machine] = made["stateMachineArn"]


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    with Emulator(tmp_path_factory.mktemp("emulator"), auth=False) as emulator:
        found = Aws(emulator.endpoint)
        found.create()
        yield found


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """PynamoDB takes its credentials from the environment, as it does in a function."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)


@pytest.fixture
def org() -> str:
    """An organisation that nobody else has."""
    return f"org_{uuid4().hex}"


@pytest.fixture(params=["memory", "aws"])
def twin(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def dynamo_tables(aws: Aws) -> DynamoTables:
    return DynamoTables(aws.client("dynamodb"), aws.names, HASTY)


@pytest.fixture
def tables(twin: str, request: pytest.FixtureRequest) -> Any:
    return MemoryTables() if twin == "memory" else request.getfixturevalue("dynamo_tables")


@pytest.fixture
def control(twin: str, request: pytest.FixtureRequest) -> Any:
    if twin == "memory":
        return MemoryControlPlane()
    aws = request.getfixturevalue("aws")
    return DynamoControlPlane(aws.control_table, endpoint=aws.endpoint, patience=HASTY)


@pytest.fixture
def objects(twin: str, request: pytest.FixtureRequest) -> Any:
    if twin == "memory":
        return MemoryObjects()
    aws = request.getfixturevalue("aws")
    return S3Objects(aws.client("s3"), aws.bucket, HASTY)


@dataclass
class Mail:
    """Queues, and what arrived in them."""

    queues: Any
    aws: Aws | None = None

    def receive(self, queue: Queue) -> list[Any]:
        """Everything that waits, in no particular order; it waits no more."""
        if self.aws is None:
            return list(self.queues.take(queue))
        sqs, url, found = self.aws.client("sqs"), self.aws.queues[queue], []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                found.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found


@pytest.fixture
def mail(twin: str, request: pytest.FixtureRequest) -> Mail:
    if twin == "memory":
        return Mail(MemoryQueues())
    aws = request.getfixturevalue("aws")
    mail = Mail(SqsQueues(aws.client("sqs"), aws.queues, HASTY), aws)
    for queue in Queue:
        mail.receive(queue)
    return mail


@pytest.fixture
def workflows(twin: str, request: pytest.FixtureRequest) -> Any:
    if twin == "memory":
        return MemoryWorkflows()
    aws = request.getfixturevalue("aws")
    return StepWorkflows(aws.client("stepfunctions"), aws.machines)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(EARLY)


@pytest.fixture
def secrets(twin: str, clock: FixedClock, request: pytest.FixtureRequest) -> Any:
    if twin == "memory":
        return MemorySecrets()
    return SecretsManagerSecrets(request.getfixturevalue("aws").client("secretsmanager"), clock)
