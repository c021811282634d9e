"""EventBridge schedules. A schedule only nudges: what is due follows from stored facts, so that firing twice, late or
not at all changes when work is done and never what is done."""

from __future__ import annotations

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs import grants


class Schedule(Construct):
    """A schedule of one target, with a role that may do that and nothing else."""

    def __init__(
        self, scope: Construct, id: str, *, rate: str, target: str, action: str, missed: sqs.IQueue, does: str
    ) -> None:
        super().__init__(scope, id)
        may = [iam.PolicyStatement(actions=[action], resources=[target]), grants.send(missed)]
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            ),
            inline_policies={"May": iam.PolicyDocument(statements=may)},
        )
        scheduler.CfnSchedule(
            self,
            "Schedule",
            description=does,
            schedule_expression=rate,
            schedule_expression_timezone="UTC",
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=target,
                role_arn=role.role_arn,
                input="{}",
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_event_age_in_seconds=3600, maximum_retry_attempts=10
                ),
                dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(arn=missed.queue_arn),
            ),
        )
