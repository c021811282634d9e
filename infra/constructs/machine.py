"""State machines: standard ones, traced, with every event of every execution logged."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aws_cdk import Aws, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from infra.constructs.function import RETENTION, Function
from infra.constructs.reasons import accept_wildcards

_LOG_DELIVERY = (
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
)
_TRACES = (
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
)


class Machine(Construct):
    """A state machine over functions. Logged data are ids and words; nothing personal or secret passes through.

    `functions` are the substitutions of the definition. A running execution keeps the definition that it began with,
    so answers of functions may gain words only together with a definition that knows them, deployed first.
    """

    def __init__(
        self, scope: Construct, id: str, *, definition: Mapping[str, Any], functions: Mapping[str, Function]
    ) -> None:
        super().__init__(scope, id)
        self.name = id
        called = {name: function.function.function_arn for name, function in functions.items()}
        log_group = logs.LogGroup(
            self,
            "Log",
            # The prefix keeps the account's log resource policy, which has a size limit, from growing by each machine.
            log_group_name=f"/aws/vendedlogs/states/{Aws.STACK_NAME}-{id}",
            retention=RETENTION,
            removal_policy=RemovalPolicy.DESTROY,
        )
        role = self._role(list(called.values()))
        self.machine = stepfunctions.StateMachine(
            self,
            "Machine",
            comment=definition["Comment"],
            definition_body=stepfunctions.DefinitionBody.from_string(json.dumps(definition)),
            definition_substitutions=called,
            state_machine_type=stepfunctions.StateMachineType.STANDARD,
            role=role.without_policy_updates(),
            logs=stepfunctions.LogOptions(
                destination=log_group, level=stepfunctions.LogLevel.ALL, include_execution_data=True
            ),
            tracing_enabled=True,
        )

    def _role(self, called: list[str]) -> iam.Role:
        statements = [
            iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=called),
            iam.PolicyStatement(actions=list(_LOG_DELIVERY), resources=["*"]),
            iam.PolicyStatement(actions=list(_TRACES), resources=["*"]),
        ]
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("states.amazonaws.com"),
            inline_policies={"May": iam.PolicyDocument(statements=statements)},
        )
        accept_wildcards(role, statements)
        return role
