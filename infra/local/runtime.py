"""The whole runtime: emulator, deployed stack, front address and the stand-in for the payment provider.

    with LocalRuntime(folder) as runtime:
        runtime.url, runtime.operator_key, runtime.outputs, runtime.client("dynamodb")

Used by `python -m infra.local` and by the end-to-end tests.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from infra.local.deployment import deploy
from infra.local.emulator import Emulator
from infra.local.front import Front
from infra.local.stripe_standin import StripeStandin

PARAMETERS = {
    "BillingRate": "rate(1 minute)",
    "FoldRate": "rate(1 minute)",
    "SweepRate": "rate(1 minute)",
    "TestClockPollSeconds": "1",
}
"""Where this runtime differs from the template's defaults: schedules are quick, so that nobody waits an hour."""


class LocalRuntime:
    """Starts all of it, in order, and stops all of it. `say` hears about each step.

    Roles are enforced. `wait_scale` shortens what state machines wait for; 0 lets them wait for nothing.
    """

    def __init__(
        self,
        folder: Path,
        *,
        port: int = 0,
        parameters: dict[str, str] | None = None,
        wait_scale: float = 1.0,
        say: Callable[[str], None] = lambda _step: None,
    ) -> None:
        self.folder = folder
        self.outputs: dict[str, str] = {}
        self._port, self._wait_scale, self._say = port, wait_scale, say
        self._parameters = {**PARAMETERS, **(parameters or {})}
        self._parts = ExitStack()

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as parts:
            self._say("starting the payment provider's stand-in")
            self.stripe = parts.enter_context(StripeStandin())
            self._say("starting the AWS runtime")
            self.emulator = parts.enter_context(Emulator(self.folder, wait_scale=self._wait_scale))
            self._say("deploying the stack")
            self.outputs = deploy(self.emulator, {**self._parameters, "StripeApiBase": self.stripe.url})
            self.operator_key = self._read_operator_key()
            self.front = parts.enter_context(Front(self.outputs["ApiUrl"], self.outputs["HooksUrl"], port=self._port))
            # Only when all has started: what started before a failure is stopped by leaving the block above.
            self._parts = parts.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._parts.close()

    @property
    def url(self) -> str:
        """The address of the API, the docs, the invoices' pages and the webhooks."""
        return self.front.url

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3 makes its clients at run time
        """A client of one of the runtime's services."""
        return self.emulator.client(service)

    def kill_workers(self, function: str = "") -> int:
        """Kill the processes of functions, by part of their name, in the middle of whatever they do."""
        return self.emulator.kill_workers(function)

    def restart(self) -> None:
        """Stop the AWS runtime and start it again, with its data, at the same addresses."""
        self.emulator.restart()

    def describe(self) -> dict[str, str]:
        """Where everything is."""
        return {
            "url": self.url,
            "operator_key": self.operator_key,
            "stripe": self.stripe.url,
            "endpoint": self.emulator.endpoint,
            "log": str(self.emulator.log),
            **self.outputs,
        }

    def _read_operator_key(self) -> str:
        secret = self.client("secretsmanager").get_secret_value(SecretId=self.outputs["OperatorSecret"])
        return str(json.loads(secret["SecretString"])["key"])
