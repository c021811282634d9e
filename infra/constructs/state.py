"""What is kept: four tables, one bucket, the operator's secret. Nothing here is deleted with the stack.

Encryption is by keys that AWS owns or manages, so that an idle installation costs nothing for keys; who must hold the
keys changes it here. Tables bill per request, restore to any second of 35 days, and refuse deletion.
"""

from __future__ import annotations

import string

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.constructs.reasons import accept

RECOVERY_DAYS = 35


class State(Construct):
    """Tables, bucket and the operator's secret, and the part of the environment that names them."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        self.control = self._table("Control")
        self.usage = self._table("Usage")
        self.documents = self._table("Documents")
        self.ledger = self._table("Ledger")
        self.bucket = self._bucket()
        self.operator = self._operator_secret()
        self.environment = {
            "CONTROL_TABLE": self.control.table_name,
            "USAGE_TABLE": self.usage.table_name,
            "DOCUMENTS_TABLE": self.documents.table_name,
            "LEDGER_TABLE": self.ledger.table_name,
            "BUCKET": self.bucket.bucket_name,
        }

    def _table(self, name: str) -> dynamodb.Table:
        return dynamodb.Table(
            self,
            name,
            partition_key=dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name="sk", type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.DEFAULT,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True, recovery_period_in_days=RECOVERY_DAYS
            ),
            time_to_live_attribute="expires_at",
            deletion_protection=True,
            removal_policy=RemovalPolicy.RETAIN,
        )

    def _bucket(self) -> s3.Bucket:
        """Objects are written once under names of their content; versions are there for mistakes of people.

        No transition to cheaper storage: most objects are smaller than the 128 KB from which those pay.
        """
        bucket = s3.Bucket(
            self,
            "Bucket",
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="clean-up",
                    abort_incomplete_multipart_upload_after=Duration.days(7),
                    noncurrent_version_expiration=Duration.days(30),
                ),
                s3.LifecycleRule(id="exports", prefix="exports/", expiration=Duration.days(90)),
            ],
            removal_policy=RemovalPolicy.RETAIN,
        )
        accept(
            bucket,
            "S1",
            "Access logs would cost more than the bucket: only listed roles reach it, and CloudTrail data events show "
            "each access where an audit asks for them.",
        )
        return bucket

    def _operator_secret(self) -> secretsmanager.Secret:
        """`{"key": ...}`, which creates organisations: letters and digits, so that it goes into a header as it is."""
        secret = secretsmanager.Secret(
            self,
            "OperatorSecret",
            description="usance: the operator's API key, which creates organisations",
            generate_secret_string=secretsmanager.SecretStringGenerator(
                secret_string_template="{}",  # noqa: S106 - what the generated key is put into
                generate_string_key="key",
                password_length=48,
                exclude_punctuation=True,
                exclude_characters=string.punctuation,  # the emulator knows only this one
            ),
            removal_policy=RemovalPolicy.RETAIN,
        )
        accept(
            secret,
            "SMG4",
            "People and scripts hold this key; a rotation nobody announced would lock them out. docs/deploy.md says "
            "how to change it.",
        )
        return secret
