"""Looks at all alerts and raises what turned.

Trigger   a schedule
Output    events of alerts
Repeated  raises nothing twice; what time did not suffice for is left to the next run
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from usance import wiring
from usance.observability import logger
from usance.settings import AlertSettings
from usance.usecases.evaluate_alerts import evaluate_all

_settings = AlertSettings.load()
_RESERVE_MS = 60_000
"""Time kept back for the alert that is looked at when no further one is begun."""


@logger.inject_lambda_context
def handler(_event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """Evaluate the alerts of all organisations."""
    run = evaluate_all(
        wiring.billing(_settings), wiring.clock(), lambda: context.get_remaining_time_in_millis() < _RESERVE_MS
    )
    summary = {
        "alerts": run.alerts,
        "events": run.events,
        "unfinished": run.unfinished,
        "refused": len(run.refused),
        "failed": len(run.failed),
    }
    logger.info("evaluated", extra=summary)
    for name, refusal in run.refused:
        logger.warning("alert cannot be evaluated", extra={"alert": name, "error": repr(refusal)})
    for name, error in run.failed:
        logger.error("could not evaluate", extra={"alert": name, "error": repr(error)})
    if run.failed:
        raise ExceptionGroup("some alerts could not be evaluated", [error for _, error in run.failed])
    return summary
