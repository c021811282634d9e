"""The stack: what is made in which order and what is told to whom. Resources are defined in `infra.constructs`."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import CfnOutput, Stack, Tags
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.constructs.aggregate import Aggregate
from infra.constructs.api import Api
from infra.constructs.core import core_layer
from infra.constructs.function import Common
from infra.constructs.ingest import Ingest
from infra.constructs.invoice import Invoice
from infra.constructs.observability import Observability
from infra.constructs.parameters import Parameters
from infra.constructs.queue import dead_letters
from infra.constructs.revrec import Revrec
from infra.constructs.state import State
from infra.constructs.webhooks import Webhooks
from infra.packaging import FOLDERS, LAYER_ZIP


class UsanceStack(Stack):
    """One installation. `code` gives the uploaded code of every asset in `infra.packaging.assets()`, by name."""

    def __init__(self, scope: Construct, id: str, *, code: Mapping[str, lambda_.Code], **stack: object) -> None:
        super().__init__(scope, id, **stack)  # type: ignore[arg-type]  # whatever a CDK stack takes
        parameters = Parameters(self)
        self.state = state = State(self, "State")
        failed = dead_letters(self, "Failed")
        common = Common(
            code={folder: code[f"{folder}.zip"] for folder in FOLDERS},
            layer=core_layer(self, code[LAYER_ZIP]),
            environment=state.environment,
        )

        ingest = Ingest(self, "Ingest", common, state)
        aggregate = Aggregate(self, "Aggregate", common, state, parameters=parameters, failed=failed)
        revrec = Revrec(self, "Revrec", common, state, parameters=parameters, failed=failed)
        self.invoice = invoice = Invoice(
            self,
            "Invoice",
            common,
            state,
            parameters=parameters,
            failed=failed,
            schedule_revenue=revrec.schedule_revenue,
        )
        self.webhooks = webhooks = Webhooks(self, "Webhooks", common, state, parameters=parameters)
        self.api = api = Api(
            self,
            "Control",
            common,
            state,
            parameters=parameters,
            ingest=ingest.accept,
            billing_run=invoice.billing_run,
        )
        parts = (ingest, aggregate, revrec, invoice, webhooks, api)
        self.functions = tuple(function for part in parts for function in part.functions)
        self.machines = (*invoice.machines, *revrec.machines)
        Observability(
            self,
            "Observability",
            functions=self.functions,
            machines=self.machines,
            dead=(invoice.bill_queue.dead, webhooks.hook_queue.dead, failed),
        )
        self.revrec = revrec
        self._outputs()
        Tags.of(self).add("application", "usance")

    def _outputs(self) -> None:
        values = {
            "ApiUrl": self.api.api.api_endpoint,
            "HooksUrl": self.webhooks.api.url,
            "ControlTable": self.state.control.table_name,
            "UsageTable": self.state.usage.table_name,
            "DocumentsTable": self.state.documents.table_name,
            "LedgerTable": self.state.ledger.table_name,
            "Bucket": self.state.bucket.bucket_name,
            "BillQueueUrl": self.invoice.bill_queue.queue.queue_url,
            "HookQueueUrl": self.webhooks.hook_queue.queue.queue_url,
            "BillingRunArn": self.invoice.billing_run.machine.state_machine_arn,
            "CollectPaymentArn": self.invoice.collect_payment.machine.state_machine_arn,
            "ScheduleRevenueArn": self.revrec.schedule_revenue.machine.state_machine_arn,
            "OperatorSecret": self.state.operator.secret_arn,
        }
        for name, value in values.items():
            CfnOutput(self, name, value=value)
