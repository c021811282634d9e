"""The steps of the billing run.

Trigger   task of the billing_run state machine
Input     {"step": "dispatch", "run": execution name, "request": the machine's input} or {"step": "tally", "run"}
Output    {"run", "next": "wait" | "done", "wait_seconds", "chunks", "done", "issued", "parked"}
Repeated  dispatching again sends the chunks again, and billing a chunk again finds nothing left to do
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from usance import wiring
from usance.observability import logger
from usance.settings import RunSettings
from usance.usecases.billing_run import RunRequest, dispatch, progress

_settings = RunSettings.load()
_FIRST_WAIT_SECONDS = 2
_NEXT_WAIT_SECONDS = 10


@logger.inject_lambda_context
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Dispatch a run, or say how far it has come."""
    run, tables = event["run"], wiring.tables(_settings)
    first = event["step"] == "dispatch"
    if first:
        dispatch(
            wiring.control_plane(_settings),
            tables,
            wiring.queues(bill=_settings.bill_queue_url),
            wiring.clock(),
            run,
            RunRequest.read(event.get("request") or {}),
        )
    tally = progress(tables, run)
    result = {
        "run": run,
        "next": "done" if tally.complete else "wait",
        "wait_seconds": _FIRST_WAIT_SECONDS if first else _NEXT_WAIT_SECONDS,
        "chunks": tally.chunks,
        "done": tally.done,
        "issued": tally.issued,
        "parked": tally.parked,
    }
    logger.info("billing run", extra={"step": event["step"], **result})
    return result
