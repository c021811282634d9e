"""Bills chunks of contracts.

Trigger   the bill queue, one or more messages of `usecases.billing_run.dispatch`, partial batch failures reported
Output    issued documents; their outbox messages passed on to the workflows
Repeated  finds nothing left to do; a message that keeps failing goes to the dead-letter queue with its reason logged
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from usance import wiring
from usance.observability import logger
from usance.settings import BillSettings
from usance.usecases.billing_run import bill_chunk
from usance.usecases.relay import relay

_settings = BillSettings.load()
_processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Bill the chunks of a batch of messages."""
    return process_partial_response(event, _bill, _processor, context)


def _bill(record: SQSRecord) -> None:
    message = record.json_body
    result = bill_chunk(wiring.billing(_settings), wiring.clock(), message)
    workflows = wiring.workflows(
        collect_payment=_settings.collect_payment_arn, schedule_revenue=_settings.schedule_revenue_arn
    )
    relay(wiring.tables(_settings), workflows, message["organisation"])
    logger.info(
        "chunk billed",
        extra={
            "run": message["run"],
            "chunk": message["chunk"],
            "organisation": message["organisation"],
            "contracts": len(message["contracts"]),
            "issued": result.issued,
            "parked": result.parked,
            "failed": [repr(error) for error in result.failed],
        },
    )
    if result.failed:
        raise ExceptionGroup(f"{len(result.failed)} contracts of the chunk could not be billed", list(result.failed))
