"""functions/invoice: billing runs, the queue of contracts to bill, collection, and the sweep."""

from __future__ import annotations

from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs import grants
from infra.constructs.function import Common, Function, Program
from infra.constructs.machine import Machine
from infra.constructs.parameters import Parameters
from infra.constructs.queue import WorkQueue
from infra.constructs.schedule import Schedule
from infra.constructs.state import State
from infra.workflows import billing_run, collect_payment
from usance.settings import BillSettings, CollectSettings, RunSettings, SweepSettings

BILL_TIMEOUT_S = 180
BILLERS = 50
"""Chunks billed at once. Each has up to 50 contracts."""


class Invoice(Construct):
    """Four functions, the bill queue, and the machines billing_run and collect_payment."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        common: Common,
        state: State,
        *,
        parameters: Parameters,
        failed: sqs.IQueue,
        schedule_revenue: Machine,
    ) -> None:
        super().__init__(scope, id)
        self._common, self._state, self._parameters, self._failed = common, state, parameters, failed
        self.bill_queue = WorkQueue(self, "BillQueue", consumer_timeout_s=BILL_TIMEOUT_S)
        self.run = self._run()
        self.collect = self._collect()
        self.billing_run = Machine(
            self, "BillingRun", definition=billing_run.definition(), functions={"RunFunction": self.run}
        )
        self.collect_payment = Machine(
            self, "CollectPayment", definition=collect_payment.definition(), functions={"CollectFunction": self.collect}
        )
        self._follow_up = (self.collect_payment.machine, schedule_revenue.machine)
        self._arns = {
            "COLLECT_PAYMENT_ARN": self.collect_payment.machine.state_machine_arn,
            "SCHEDULE_REVENUE_ARN": schedule_revenue.machine.state_machine_arn,
        }
        self.bill = self._bill()
        self.sweep = self._sweep()
        self._schedules()
        self.functions = (self.run, self.bill, self.sweep, self.collect)
        self.machines = (self.billing_run, self.collect_payment)

    def _run(self) -> Function:
        state = self._state
        program = Program(
            handler="functions.invoice.run.handler",
            settings=RunSettings,
            does="find the contracts that are due, and count what is done",
            memory_mb=1024,
            timeout_s=300,
            environment={"BILL_QUEUE_URL": self.bill_queue.queue.queue_url},
            may=(
                grants.items(state.control, *grants.READ),
                grants.items(state.documents, *grants.READ, *grants.APPEND),
                grants.send(self.bill_queue.queue),
            ),
        )
        return Function(self, "Run", self._common, program)

    def _bill(self) -> Function:
        state = self._state
        program = Program(
            handler="functions.invoice.bill.handler",
            settings=BillSettings,
            does="bill a chunk of contracts",
            memory_mb=1769,
            timeout_s=BILL_TIMEOUT_S,
            environment=self._arns,
            may=(
                grants.items(state.control, *grants.READ),
                grants.items(state.usage, *grants.READ),
                grants.items(state.documents, *grants.READ, *grants.CHANGE),
                grants.items(state.ledger, *grants.READ, *grants.APPEND),
                *grants.read_objects(state.bucket, "raw", "folded", "documents"),
                grants.write_objects(state.bucket, "documents"),
                grants.consume(self.bill_queue.queue),
                grants.start(*self._follow_up),
            ),
        )
        bill = Function(self, "Bill", self._common, program)
        bill.function.add_event_source(
            sources.SqsEventSource(
                self.bill_queue.queue, batch_size=1, max_concurrency=BILLERS, report_batch_item_failures=True
            )
        )
        return bill

    def _sweep(self) -> Function:
        state = self._state
        program = Program(
            handler="functions.invoice.sweep.handler",
            settings=SweepSettings,
            does="start again what should be under way and is not",
            memory_mb=512,
            timeout_s=300,
            failed=self._failed,
            environment={**self._arns, "BILL_QUEUE_URL": self.bill_queue.queue.queue_url},
            may=(
                grants.items(state.control, *grants.READ),
                grants.items(state.documents, *grants.READ, *grants.CHANGE),
                grants.items(state.ledger, *grants.READ, *grants.APPEND),
                grants.send(self.bill_queue.queue),
                grants.start(*self._follow_up),
            ),
        )
        return Function(self, "Sweep", self._common, program)

    def _collect(self) -> Function:
        state = self._state
        program = Program(
            handler="functions.invoice.collect.handler",
            settings=CollectSettings,
            does="take the next step in collecting a payment",
            memory_mb=1024,
            timeout_s=60,
            environment={
                "STRIPE_API_BASE": self._parameters.stripe_api_base,
                "TEST_CLOCK_POLL_SECONDS": self._parameters.test_clock_poll_seconds,
            },
            may=(
                grants.items(state.control, *grants.READ),
                grants.items(state.documents, *grants.READ, *grants.CHANGE),
                grants.items(state.ledger, *grants.READ, *grants.APPEND),
                grants.no_system_items(state.control, state.documents, state.ledger),
                grants.provider_secrets(self, "GetSecretValue"),
            ),
        )
        return Function(self, "Collect", self._common, program)

    def _schedules(self) -> None:
        Schedule(
            self,
            "BillingSchedule",
            rate=self._parameters.billing_rate,
            target=self.billing_run.machine.state_machine_arn,
            action="states:StartExecution",
            missed=self._failed,
            does="bill what is due",
        )
        Schedule(
            self,
            "SweepSchedule",
            rate=self._parameters.sweep_rate,
            target=self.sweep.function.function_arn,
            action="lambda:InvokeFunction",
            missed=self._failed,
            does="start again what got stuck",
        )
