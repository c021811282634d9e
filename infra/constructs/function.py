"""The only way to make a Lambda function.

Each has its own role with nothing but the statements given, its own log group, explicit memory and time, and an
environment that is exactly what its settings model reads: a name too many or too few stops the synthesis.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs import grants
from infra.constructs.reasons import accept, accept_wildcards
from usance.settings import Settings

RETENTION = logs.RetentionDays.THREE_MONTHS


@dataclass(frozen=True, slots=True)
class Common:
    """What all functions share: code by folder, the layer, the environment that every settings model has."""

    code: Mapping[str, lambda_.Code]
    layer: lambda_.ILayerVersion
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Program:
    """What one function is. `environment` is what it has beyond the common one, `may` all that its role allows.

    `failed` takes the events of asynchronous invocations that failed for good; who is invoked by a queue or waits
    for the answer has none.
    """

    handler: str
    settings: type[Settings]
    does: str
    memory_mb: int
    timeout_s: int
    may: tuple[iam.PolicyStatement, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    failed: sqs.IQueue | None = None
    tracing: bool = True


class Function(Construct):
    """A Lambda function; `function` is the CDK one, for triggers and alarms."""

    def __init__(self, scope: Construct, id: str, common: Common, program: Program) -> None:
        super().__init__(scope, id)
        environment = {**common.environment, **program.environment}
        check_environment(program.handler, program.settings, environment)
        folder = program.handler.split(".")[1]
        log_group = logs.LogGroup(self, "Log", retention=RETENTION, removal_policy=RemovalPolicy.DESTROY)
        role = self._role(program, log_group)
        self.name = id
        self.function = lambda_.Function(
            self,
            "Function",
            description=program.does,
            code=common.code[folder],
            handler=program.handler,
            runtime=lambda_.Runtime.PYTHON_3_12,
            architecture=lambda_.Architecture.ARM_64,
            layers=[common.layer],
            memory_size=program.memory_mb,
            timeout=Duration.seconds(program.timeout_s),
            role=role.without_policy_updates(),
            environment={**environment, **_powertools(id)},
            tracing=lambda_.Tracing.ACTIVE if program.tracing else lambda_.Tracing.DISABLED,
            log_group=log_group,
            logging_format=lambda_.LoggingFormat.JSON,
        )
        accept(
            self, "L1", "Python 3.12 is supported until October 2028; the layer's wheels and bytecode are built for it."
        )
        if program.failed:
            self._send_failures_to(program.failed)

    def _role(self, program: Program, log_group: logs.ILogGroup) -> iam.Role:
        writes_log = iam.PolicyStatement(
            actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[log_group.log_group_arn]
        )
        statements = [writes_log, *program.may]
        if program.tracing:
            statements.append(_traces())
        if program.failed:
            statements.append(grants.send(program.failed))
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"usance: {program.does}"[:1000],
            inline_policies={"May": iam.PolicyDocument(statements=statements, minimize=False)},
        )
        accept_wildcards(role, statements)
        return role

    def _send_failures_to(self, queue: sqs.IQueue) -> None:
        """Keep what Lambda gave up on. The plain resource, because CDK's destinations widen the role by themselves."""
        lambda_.CfnEventInvokeConfig(
            self,
            "OnFailure",
            function_name=self.function.function_name,
            qualifier="$LATEST",
            maximum_retry_attempts=2,
            maximum_event_age_in_seconds=3600,
            destination_config={"onFailure": {"destination": queue.queue_arn}},
        )


def check_environment(handler: str, settings: type[Settings], environment: Mapping[str, str]) -> None:
    """Compare an environment with the model that reads it; raises ValueError naming every difference."""
    wanted, given = settings.environment_names(), frozenset(environment)
    faults = [f"{name} is missing" for name in sorted(wanted - given)]
    faults += [f"{name} is not read by {settings.__name__}" for name in sorted(given - wanted)]
    if faults:
        raise ValueError(f"environment of {handler}: " + "; ".join(faults))


def _powertools(name: str) -> dict[str, str]:
    return {
        "POWERTOOLS_SERVICE_NAME": name.lower(),
        "POWERTOOLS_METRICS_NAMESPACE": "Usance",
        "POWERTOOLS_LOG_LEVEL": "INFO",
    }


def _traces() -> iam.PolicyStatement:
    return iam.PolicyStatement(actions=["xray:PutTraceSegments", "xray:PutTelemetryRecords"], resources=["*"])
