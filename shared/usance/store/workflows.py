"""State machines on Step Functions. The name of an execution is what makes starting it twice harmless."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from usance.ports import Body, Machine
from usance.store.messages import message_text
from usance.store.names import execution_name

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient


class StepWorkflows:
    """`ports.Workflows` on Step Functions, for the machines whose ARNs are known."""

    def __init__(self, client: SFNClient, arns: Mapping[Machine, str]) -> None:
        self._client = client
        self._arns = dict(arns)

    def start(self, machine: Machine, name: str, payload: Body) -> bool:
        """As the port says. True, too, for an execution that still runs with this very payload: AWS answers its second
        start as it answered the first. A closed execution keeps its name for 90 days."""
        text = message_text(payload)
        try:
            self._client.start_execution(stateMachineArn=self._arns[machine], name=execution_name(name), input=text)
        except self._client.exceptions.ExecutionAlreadyExists:
            return False
        return True
