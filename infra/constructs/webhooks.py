"""functions/webhooks: providers' webhooks come in over a REST API, are verified and stored, and applied from a queue.

The Chalice application is an ordinary handler behind a proxy resource, made like every other function: Chalice routes
by REST API events, and its own packager would bypass the roles and the layer.
"""

from __future__ import annotations

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda_event_sources as sources
from constructs import Construct

from infra.constructs import grants
from infra.constructs.function import Common, Function, Program
from infra.constructs.parameters import Parameters
from infra.constructs.queue import WorkQueue
from infra.constructs.reasons import accept
from infra.constructs.state import State
from usance.settings import ApplySettings, HookSettings

APPLY_TIMEOUT_S = 60
REQUESTS_PER_SECOND, BURST = 200, 400


class Webhooks(Construct):
    """The REST API, the function that verifies, the queue, and the function that applies."""

    def __init__(self, scope: Construct, id: str, common: Common, state: State, *, parameters: Parameters) -> None:
        super().__init__(scope, id)
        self._common, self._state, self._parameters = common, state, parameters
        self.hook_queue = WorkQueue(self, "HookQueue", consumer_timeout_s=APPLY_TIMEOUT_S)
        self.hooks = self._hooks()
        self.apply = self._apply()
        self.api = self._api()
        self.functions = (self.hooks, self.apply)

    def _hooks(self) -> Function:
        state = self._state
        program = Program(
            handler="functions.webhooks.app.app",
            settings=HookSettings,
            does="verify and store webhooks of payment providers",
            memory_mb=1024,
            timeout_s=20,
            environment={
                "HOOK_QUEUE_URL": self.hook_queue.queue.queue_url,
                "STRIPE_API_BASE": self._parameters.stripe_api_base,
            },
            may=(
                grants.items(state.control, *grants.READ),
                grants.items(state.documents, *grants.READ, *grants.APPEND),
                grants.no_system_items(state.control, state.documents),
                grants.provider_secrets(self, "GetSecretValue"),
                grants.send(self.hook_queue.queue),
            ),
        )
        return Function(self, "Hooks", self._common, program)

    def _apply(self) -> Function:
        state = self._state
        program = Program(
            handler="functions.webhooks.apply.handler",
            settings=ApplySettings,
            does="apply verified webhooks to attempts, payments and invoices",
            memory_mb=1024,
            timeout_s=APPLY_TIMEOUT_S,
            environment={"STRIPE_API_BASE": self._parameters.stripe_api_base},
            may=(
                grants.items(state.control, *grants.READ),
                grants.items(state.documents, *grants.READ, *grants.CHANGE),
                grants.items(state.ledger, *grants.READ, *grants.APPEND),
                grants.no_system_items(state.control, state.documents, state.ledger),
                grants.provider_secrets(self, "GetSecretValue"),
                grants.consume(self.hook_queue.queue),
            ),
        )
        apply = Function(self, "Apply", self._common, program)
        apply.function.add_event_source(
            sources.SqsEventSource(self.hook_queue.queue, batch_size=10, report_batch_item_failures=True)
        )
        return apply

    def _api(self) -> apigateway.RestApi:
        api = apigateway.RestApi(
            self,
            "Api",
            description="usance: inbound webhooks of payment providers",
            cloud_watch_role=False,
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            deploy_options=apigateway.StageOptions(
                stage_name="live",
                throttling_rate_limit=REQUESTS_PER_SECOND,
                throttling_burst_limit=BURST,
                metrics_enabled=True,
                tracing_enabled=True,
            ),
        )
        api.node.try_remove_child("Endpoint")  # an output under a name of CDK's; the stack's is HooksUrl
        proxy = api.root.add_resource("v1").add_resource("hooks").add_resource("{proxy+}")
        proxy.add_method("POST", apigateway.LambdaIntegration(self.hooks.function, allow_test_invoke=False))
        account_wide = (
            "API Gateway logs REST APIs by a role that is a setting of the whole account, which is not this stack's to "
            "change. The function logs one line for each request and the stage counts them."
        )
        accept(api, "APIG1", account_wide)
        accept(api, "APIG6", account_wide)
        accept(api, "APIG2", "A body is only trusted by its signature over the raw bytes, which the function verifies.")
        accept(api, "APIG3", "Throttled per stage; who wants a web application firewall attaches one to the stage.")
        accept(api, "APIG4", "Providers authenticate by signing; no authoriser of API Gateway can check that.")
        accept(api, "COG4", "Providers authenticate by signing; they have no Cognito users.")
        return api
