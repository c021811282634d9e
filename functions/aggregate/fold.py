"""Folds accepted usage into buckets of a day.

Trigger   a schedule
Output    folded objects and manifests; what was folded leaves the tail; due pointers of contracts that charge it as it
          arrives
Repeated  finds nothing left to do; what time did not suffice for is left to the next run
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from usance import wiring
from usance.observability import logger
from usance.settings import FoldSettings
from usance.usecases.fold_all import fold_all

_settings = FoldSettings.load()
_RESERVE_MS = 60_000
"""Time kept back for the pass that is under way when no further one is begun."""


@logger.inject_lambda_context
def handler(_event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """Fold the usage of all organisations."""
    run = fold_all(
        wiring.control_plane(_settings),
        wiring.tables(_settings),
        wiring.objects(_settings),
        wiring.clock(),
        lambda: context.get_remaining_time_in_millis() < _RESERVE_MS,
    )
    summary = {
        "event_types": run.event_types,
        "events": run.events,
        "conflicts": run.conflicts,
        "unfinished": len(run.unfinished),
        "failed": len(run.failed),
    }
    logger.info("folded", extra=summary)
    for name, error in run.failed:
        logger.error("could not fold", extra={"usage": name, "error": repr(error)})
    if run.failed:
        raise ExceptionGroup("some usage could not be folded", [error for _, error in run.failed])
    return summary
