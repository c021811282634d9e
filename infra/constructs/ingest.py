"""functions/ingest: usage comes in over the HTTP API and is answered after one durable write."""

from __future__ import annotations

from constructs import Construct

from infra.constructs import grants
from infra.constructs.function import Common, Function, Program
from infra.constructs.state import State
from usance.settings import IngestSettings


class Ingest(Construct):
    """The function behind `POST /v1/usage/{event_type}`. It reads keys and event types and writes usage, no more."""

    def __init__(self, scope: Construct, id: str, common: Common, state: State) -> None:
        super().__init__(scope, id)
        self.accept = Function(
            self,
            "Ingest",
            common,
            Program(
                handler="functions.ingest.handler.handler",
                settings=IngestSettings,
                does="accept usage events",
                memory_mb=1024,
                timeout_s=29,
                tracing=False,
                may=(
                    grants.items(state.control, "GetItem"),
                    grants.items(state.usage, "GetItem", "PutItem"),
                    grants.no_system_items(state.control, state.usage),
                    grants.write_objects(state.bucket, "raw"),
                ),
            ),
        )
        self.functions = (self.accept,)
