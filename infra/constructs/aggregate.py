"""functions/aggregate: schedules fold what came in into quantities by bucket, and look at alerts."""

from __future__ import annotations

from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs import grants
from infra.constructs.function import Common, Function, Program
from infra.constructs.parameters import Parameters
from infra.constructs.schedule import Schedule
from infra.constructs.state import State
from usance.settings import AlertSettings, FoldSettings


class Aggregate(Construct):
    """The fold, the alerts, and their schedules. They go through all organisations; the fold only asks which contracts
    charge usage as it arrives and points runs to them, and neither reaches the ledger."""

    def __init__(
        self, scope: Construct, id: str, common: Common, state: State, *, parameters: Parameters, failed: sqs.IQueue
    ) -> None:
        super().__init__(scope, id)
        self.fold = Function(
            self,
            "Fold",
            common,
            Program(
                handler="functions.aggregate.fold.handler",
                settings=FoldSettings,
                does="fold accepted usage into buckets",
                memory_mb=1769,
                timeout_s=300,
                failed=failed,
                may=(
                    grants.items(state.control, *grants.READ),
                    grants.items(state.usage, *grants.READ, *grants.CHANGE),
                    grants.items(state.documents, "Query", *grants.APPEND),
                    *grants.read_objects(state.bucket, "raw", "folded"),
                    grants.write_objects(state.bucket, "folded"),
                ),
            ),
        )
        Schedule(
            self,
            "FoldSchedule",
            rate=parameters.fold_rate,
            target=self.fold.function.function_arn,
            action="lambda:InvokeFunction",
            missed=failed,
            does="fold new usage",
        )
        self.alerts = Function(
            self,
            "Alerts",
            common,
            Program(
                handler="functions.aggregate.alerts.handler",
                settings=AlertSettings,
                does="look at alerts and raise what turned",
                memory_mb=1769,
                timeout_s=300,
                failed=failed,
                may=(
                    grants.items(state.control, *grants.READ),
                    grants.items(state.usage, *grants.READ),
                    grants.items(state.documents, *grants.READ, *grants.APPEND),
                    *grants.read_objects(state.bucket, "raw", "folded"),
                ),
            ),
        )
        Schedule(
            self,
            "AlertsSchedule",
            rate=parameters.alert_rate,
            target=self.alerts.function.function_arn,
            action="lambda:InvokeFunction",
            missed=failed,
            does="look at alerts",
        )
        self.functions = (self.fold, self.alerts)
