"""functions/revrec: the steps of schedule_revenue, which an issued invoice and a daily schedule start."""

from __future__ import annotations

from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs import grants
from infra.constructs.function import Common, Function, Program
from infra.constructs.machine import Machine
from infra.constructs.parameters import Parameters
from infra.constructs.schedule import Schedule
from infra.constructs.state import State
from infra.workflows import schedule_revenue
from usance.settings import RevenueSettings


class Revrec(Construct):
    """The function, the machine and the schedule. They add to the ledger and keep the list of open schedules."""

    def __init__(
        self, scope: Construct, id: str, common: Common, state: State, *, parameters: Parameters, failed: sqs.IQueue
    ) -> None:
        super().__init__(scope, id)
        self.revenue = Function(
            self,
            "Revenue",
            common,
            Program(
                handler="functions.revrec.handler.handler",
                settings=RevenueSettings,
                does="schedule and recognise revenue",
                memory_mb=1024,
                timeout_s=300,
                may=(
                    grants.items(state.control, *grants.READ),
                    grants.items(state.documents, *grants.READ, *grants.CHANGE),
                    grants.items(state.ledger, *grants.READ, *grants.APPEND),
                ),
            ),
        )
        self.schedule_revenue = Machine(
            self,
            "ScheduleRevenue",
            definition=schedule_revenue.definition(),
            functions={"RevenueFunction": self.revenue},
        )
        Schedule(
            self,
            "RevenueSchedule",
            rate=parameters.revenue_rate,
            target=self.schedule_revenue.machine.state_machine_arn,
            action="states:StartExecution",
            missed=failed,
            does="recognise earned revenue",
        )
        self.functions = (self.revenue,)
        self.machines = (self.schedule_revenue,)
