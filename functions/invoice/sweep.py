"""Finds what should be under way and is not.

Trigger   a schedule
Output    outbox messages that were not passed on (a crash after issuing, a workflow that could not be started) are
Repeated  starts nothing twice: an execution's name is the document's id
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from usance import wiring
from usance.observability import logger
from usance.settings import SweepSettings
from usance.usecases.relay import relay

_settings = SweepSettings.load()


@logger.inject_lambda_context
def handler(_event: dict[str, Any], _context: LambdaContext) -> dict[str, int]:
    """Pass on every organisation's waiting outbox messages."""
    workflows = wiring.workflows(
        collect_payment=_settings.collect_payment_arn, schedule_revenue=_settings.schedule_revenue_arn
    )
    passed_on, failures = 0, []
    for organisation in wiring.control_plane(_settings).organisations():
        try:
            passed_on += relay(wiring.tables(_settings), workflows, organisation)
        except Exception as error:  # noqa: BLE001 - one organisation's failure must not stop the others; re-raised
            logger.exception("sweep failed", extra={"organisation": organisation})
            failures.append(error)
    if failures:
        raise ExceptionGroup("the sweep failed for some organisations", failures)
    logger.info("swept", extra={"passed_on": passed_on})
    return {"passed_on": passed_on}
