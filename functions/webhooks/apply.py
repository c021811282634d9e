"""Applies verified webhooks to attempts, payments and invoices.

Trigger   the hook queue, messages of `usecases.receive_notice`, partial batch failures reported
Output    settled invoices; each stored webhook marked applied, or ignored with the reason
Repeated  moves nothing twice; a message that keeps failing goes to the dead-letter queue with its reason logged
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from usance import wiring
from usance.observability import logger
from usance.settings import ApplySettings
from usance.usecases.apply_notice import Applying, apply_notice

_settings = ApplySettings.load()
_processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Apply the webhooks of a batch of messages."""
    return process_partial_response(event, _apply, _processor, context)


def _apply(record: SQSRecord) -> None:
    message = record.json_body
    said = {name: message.get(name) for name in ("organisation", "provider", "event")}
    applying = Applying(
        wiring.control_plane(_settings),
        wiring.tables(_settings),
        wiring.gateway_of(_settings.stripe_api_base),
        wiring.clock(),
    )
    try:
        applied = apply_notice(applying, message)
    except Exception:
        logger.exception("webhook not applied", extra=said)
        raise
    logger.info(
        "webhook applied",
        extra={**said, "invoice": applied.invoice, "status": str(applied.status), "reason": applied.reason},
    )
