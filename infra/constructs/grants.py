"""Statements for the roles of functions: always named actions on named resources.

CDK's own `grant_*` methods are wider than anything here needs (`grant_read_write_data` gives Scan and every batch), so
roles are closed to them and each function lists its statements.

Every partition key begins with an organisation's id. A function that serves many organisations has one role, so the
condition on leading keys cannot pin it to one of them; that would take credentials per organisation. What can be
pinned is: functions that work for one organisation at a time are kept out of the installation's own partitions, whose
keys begin with `~` (`no_system_items`).
"""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

READ = ("GetItem", "BatchGetItem", "Query")
APPEND = ("PutItem", "ConditionCheckItem")
"""Writing items under conditions. IAM cannot forbid PutItem to overwrite; the conditions of `usance.store` do."""
CHANGE = (*APPEND, "DeleteItem")
EVERY = (*READ, *CHANGE, "UpdateItem")


def items(table: dynamodb.ITable, *actions: str) -> iam.PolicyStatement:
    """Allow these DynamoDB actions, named without their prefix, on one table."""
    return iam.PolicyStatement(actions=[f"dynamodb:{action}" for action in actions], resources=[table.table_arn])


def no_system_items(*tables: dynamodb.ITable) -> iam.PolicyStatement:
    """Refuse every item whose partition is the installation's own, even where another statement allows the table."""
    return iam.PolicyStatement(
        effect=iam.Effect.DENY,
        actions=[f"dynamodb:{action}" for action in EVERY],
        resources=[table.table_arn for table in tables],
        conditions={"ForAnyValue:StringLike": {"dynamodb:LeadingKeys": ["~*"]}},
    )


def read_objects(bucket: s3.IBucket, *prefixes: str) -> list[iam.PolicyStatement]:
    """Allow reading and listing objects under prefixes. Without listing, S3 answers 403 for what does not exist."""
    listing = iam.PolicyStatement(
        actions=["s3:ListBucket"],
        resources=[bucket.bucket_arn],
        conditions={"StringLike": {"s3:prefix": [f"{prefix}/*" for prefix in prefixes]}},
    )
    return [_objects(bucket, "s3:GetObject", prefixes), listing]


def write_objects(bucket: s3.IBucket, *prefixes: str) -> iam.PolicyStatement:
    """Allow writing objects under prefixes. There is no right to delete, to lock or to change an ACL anywhere."""
    return _objects(bucket, "s3:PutObject", prefixes)


def _objects(bucket: s3.IBucket, action: str, prefixes: Sequence[str]) -> iam.PolicyStatement:
    return iam.PolicyStatement(actions=[action], resources=[bucket.arn_for_objects(f"{name}/*") for name in prefixes])


def send(queue: sqs.IQueue) -> iam.PolicyStatement:
    """Allow sending to a queue."""
    return iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[queue.queue_arn])


def consume(queue: sqs.IQueue) -> iam.PolicyStatement:
    """Allow what an event source needs of its queue."""
    actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"]
    return iam.PolicyStatement(actions=actions, resources=[queue.queue_arn])


def start(*machines: stepfunctions.IStateMachine) -> iam.PolicyStatement:
    """Allow starting executions of state machines."""
    resources = [machine.state_machine_arn for machine in machines]
    return iam.PolicyStatement(actions=["states:StartExecution"], resources=resources)


def provider_secrets(scope: Construct, *actions: str) -> iam.PolicyStatement:
    """Allow these actions on the secrets of organisations' payment providers, and on no other secret."""
    named = Stack.of(scope).format_arn(
        service="secretsmanager",
        resource="secret",
        resource_name="usance/org_*",
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )
    return iam.PolicyStatement(actions=[f"secretsmanager:{action}" for action in actions], resources=[named])


def operator_key(secret: secretsmanager.ISecret) -> iam.PolicyStatement:
    """Allow reading the operator's key."""
    return iam.PolicyStatement(actions=["secretsmanager:GetSecretValue"], resources=[secret.secret_arn])
