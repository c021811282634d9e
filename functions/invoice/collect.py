"""The steps of collecting an invoice's payment.

Trigger   task of the collect_payment state machine
Input     {"organisation", "invoice"}
Output    {"next": "retry" | "ask" | "authenticate" | "paid" | "stopped" | "gave_up", "wait_seconds", "outcome",
          "attempt": number of the last one}
Repeated  charges nothing twice: an attempt is recorded before the provider is called, and one in flight is asked about
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from usance import wiring
from usance.observability import logger
from usance.settings import CollectSettings
from usance.usecases.collect_payment import Collecting, collect_payment

_settings = CollectSettings.load()


@logger.inject_lambda_context
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Take one step."""
    collecting = Collecting(
        wiring.control_plane(_settings),
        wiring.tables(_settings),
        wiring.gateway_of(_settings.stripe_api_base),
        wiring.clock(),
        _settings.test_clock_poll_seconds,
    )
    result = collect_payment(collecting, event["organisation"], event["invoice"]).to_json()
    logger.info("collecting", extra={"organisation": event["organisation"], "invoice": event["invoice"], **result})
    return result
