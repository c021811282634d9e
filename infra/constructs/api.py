"""functions/api and the HTTP API in front of it and of ingest."""

from __future__ import annotations

import json

from aws_cdk import RemovalPolicy
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.constructs import grants
from infra.constructs.function import RETENTION, Common, Function, Program
from infra.constructs.machine import Machine
from infra.constructs.parameters import Parameters
from infra.constructs.reasons import accept
from infra.constructs.state import State
from usance.settings import ApiSettings

REQUESTS_PER_SECOND, BURST = 2000, 1000
_LOGGED = {
    "requestId": "$context.requestId",
    "time": "$context.requestTime",
    "ip": "$context.identity.sourceIp",
    "method": "$context.httpMethod",
    "path": "$context.path",
    "route": "$context.routeKey",
    "status": "$context.status",
    "milliseconds": "$context.responseLatency",
    "error": "$context.integrationErrorMessage",
}


class Api(Construct):
    """The control plane's function, and the HTTP API whose default route it is."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        common: Common,
        state: State,
        *,
        parameters: Parameters,
        ingest: Function,
        billing_run: Machine,
    ) -> None:
        super().__init__(scope, id)
        program = Program(
            handler="functions.api.handler.handler",
            settings=ApiSettings,
            does="the control plane, previews, invoices",
            memory_mb=1769,
            timeout_s=29,
            environment={
                "OPERATOR_SECRET": state.operator.secret_arn,
                "BILLING_RUN_ARN": billing_run.machine.state_machine_arn,
                "STRIPE_API_BASE": parameters.stripe_api_base,
            },
            may=(
                grants.items(state.control, *grants.READ, *grants.APPEND),
                grants.items(state.usage, *grants.READ),
                grants.items(state.documents, *grants.READ, *grants.APPEND),
                grants.items(state.ledger, *grants.READ, *grants.APPEND),
                *grants.read_objects(state.bucket, "raw", "folded", "documents"),
                grants.operator_key(state.operator),
                grants.provider_secrets(self, "GetSecretValue", "CreateSecret", "PutSecretValue"),
                grants.start(billing_run.machine),
            ),
        )
        self.control_plane = Function(self, "Api", common, program)
        self.functions = (self.control_plane,)
        self.api = self._http_api(ingest)

    def _http_api(self, ingest: Function) -> apigateway.HttpApi:
        api = apigateway.HttpApi(
            self,
            "HttpApi",
            description="usance",
            create_default_stage=False,
            default_integration=integrations.HttpLambdaIntegration("Control", self.control_plane.function),
        )
        api.add_routes(
            path="/v1/usage/{event_type}",
            methods=[apigateway.HttpMethod.POST],
            integration=integrations.HttpLambdaIntegration("Ingest", ingest.function),
        )
        accept(api, "APIG4", "Keys are checked by the functions, from the hash that the control table holds.")
        log_group = logs.LogGroup(self, "AccessLog", retention=RETENTION, removal_policy=RemovalPolicy.DESTROY)
        stage = apigateway.HttpStage(
            self,
            "Stage",
            http_api=api,
            stage_name="$default",
            auto_deploy=True,
            detailed_metrics_enabled=True,
            throttle=apigateway.ThrottleSettings(rate_limit=REQUESTS_PER_SECOND, burst_limit=BURST),
        )
        plain = stage.node.default_child
        assert isinstance(plain, apigateway.CfnStage)  # noqa: S101 - what CDK makes; the types cannot say so
        plain.access_log_settings = apigateway.CfnStage.AccessLogSettingsProperty(
            destination_arn=log_group.log_group_arn, format=json.dumps(_LOGGED)
        )
        return api
