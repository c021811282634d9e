"""Alarms and a dashboard, derived from the lists of functions, dead-letter queues and machines.

All alarms go to one topic, which nobody hears until somebody subscribes (docs/deploy.md says how).
"""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.function import Function
from infra.constructs.machine import Machine

FIVE_MINUTES = Duration.minutes(5)


class Observability(Construct):
    """The alarm topic, the alarms and the dashboard."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        functions: Sequence[Function],
        machines: Sequence[Machine],
        dead: Sequence[sqs.IQueue],
    ) -> None:
        super().__init__(scope, id)
        self.topic = sns.Topic(self, "Alarms", display_name="usance alarms", enforce_ssl=True)
        self._action = actions.SnsAction(self.topic)
        for function in functions:
            self._function_alarms(function)
        for machine in machines:
            self._machine_alarms(machine)
        for queue in dead:
            waiting = queue.metric_approximate_number_of_messages_visible(period=FIVE_MINUTES, statistic="Maximum")
            name = queue.node.path.split("/", 1)[1].replace("/", "")
            self._alarm(name, waiting, "something failed for good: look at it, repair the cause, send it back")
        self._dashboard(functions, machines, dead)

    def _function_alarms(self, function: Function) -> None:
        errors = function.function.metric_errors(period=FIVE_MINUTES)
        self._alarm(f"{function.name}Errors", errors, f"{function.name} raised; what failed is tried again or kept")
        throttles = function.function.metric_throttles(period=FIVE_MINUTES)
        self._alarm(f"{function.name}Throttles", throttles, f"{function.name} ran into the account's concurrency")

    def _machine_alarms(self, machine: Machine) -> None:
        failed = machine.machine.metric_failed(period=FIVE_MINUTES)
        self._alarm(f"{machine.name}Failed", failed, f"an execution of {machine.name} ended by a defect")
        late = machine.machine.metric_timed_out(period=FIVE_MINUTES)
        self._alarm(f"{machine.name}TimedOut", late, f"an execution of {machine.name} took longer than it ever should")

    def _alarm(self, name: str, metric: cloudwatch.IMetric, description: str) -> None:
        alarm = cloudwatch.Alarm(
            self,
            name,
            metric=metric,
            threshold=1,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description=description,
        )
        alarm.add_alarm_action(self._action)

    def _dashboard(
        self, functions: Sequence[Function], machines: Sequence[Machine], dead: Sequence[sqs.IQueue]
    ) -> None:
        dashboard = cloudwatch.Dashboard(self, "Dashboard")
        dashboard.add_widgets(
            _graph("Invocations", [each.function.metric_invocations() for each in functions]),
            _graph("Errors", [each.function.metric_errors() for each in functions]),
            _graph("Duration, 99 of 100", [each.function.metric_duration(statistic="p99") for each in functions]),
        )
        dashboard.add_widgets(
            _graph("Workflows started", [each.machine.metric_started() for each in machines]),
            _graph("Workflows failed", [each.machine.metric_failed() for each in machines]),
            _graph("Failed for good", [each.metric_approximate_number_of_messages_visible() for each in dead]),
        )


def _graph(title: str, metrics: Sequence[cloudwatch.IMetric]) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, width=8, left=list(metrics))
