"""Queues: encrypted, TLS only, each with a dead-letter queue that keeps what failed five times for two weeks."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.reasons import accept

KEPT = Duration.days(14)
RECEIVES = 5


class WorkQueue(Construct):
    """A queue for one consumer function, and its dead-letter queue."""

    def __init__(self, scope: Construct, id: str, *, consumer_timeout_s: int) -> None:
        super().__init__(scope, id)
        self.dead = dead_letters(self, "Dead")
        self.queue = sqs.Queue(
            self,
            "Queue",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            visibility_timeout=Duration.seconds(6 * consumer_timeout_s),
            retention_period=KEPT,
            dead_letter_queue=sqs.DeadLetterQueue(max_receive_count=RECEIVES, queue=self.dead),
        )


def dead_letters(scope: Construct, id: str) -> sqs.Queue:
    """A queue for what failed for good, which people look at and send back."""
    queue = sqs.Queue(scope, id, encryption=sqs.QueueEncryption.SQS_MANAGED, enforce_ssl=True, retention_period=KEPT)
    accept(queue, "SQS3", "This is a dead-letter queue.")
    return queue
