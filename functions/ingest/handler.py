"""Takes usage in.

Trigger   HTTP API, POST /v1/usage/{event_type}: one event, an array, or one event a line, plain or gzip
Output    200 {"accepted", "duplicates", "refused": [{"index", "id", "errors"}]} after one
          durable write; anything else is problem+json
Repeated  a copy of an event counts once, for as long as the data lives
"""

from __future__ import annotations

from typing import Any

import msgspec

from functions.ingest.request import UsageRequest
from usance import wiring
from usance.kernel.errors import UsanceError
from usance.observability import logger
from usance.problem import MEDIA_TYPE, problem, unexpected
from usance.settings import IngestSettings
from usance.usecases.accept_usage import Delivery, Intake, Receipt, accept_usage
from usance.usecases.authenticate import authenticate

_settings = IngestSettings.load()
_SCOPE = "events:write"


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401 - Lambda's context
    """Accept the events of one request."""
    request = UsageRequest.of(event)
    outcome: dict[str, Any] = {"request_id": getattr(context, "aws_request_id", None), "event_type": request.event_type}
    try:
        receipt = _accept(request, event, outcome)
        outcome |= {"accepted": receipt.accepted, "duplicates": receipt.duplicates, "refused": len(receipt.refused)}
        status, media, document = 200, "application/json", _document(receipt)
    except UsanceError as error:
        (status, document), media = problem(error, request.path), MEDIA_TYPE
        outcome |= {"code": error.code, "faults": len(error.faults)}
    except Exception:  # noqa: BLE001 - answered and logged: a bare 502 would tell the sender nothing
        logger.exception("usage failed", extra=outcome)
        (status, document), media = unexpected(request.path), MEDIA_TYPE
    logger.info("usage", extra={**outcome, "status": status})
    return {"statusCode": status, "headers": {"content-type": media}, "body": msgspec.json.encode(document).decode()}


def _accept(request: UsageRequest, event: dict[str, Any], outcome: dict[str, Any]) -> Receipt:
    directory = wiring.directory(_settings)
    who = authenticate(directory, request.headers, _SCOPE)
    outcome |= {"organisation": who.organisation, "key": who.key}
    schema = directory.schema(who.organisation, request.event_type)
    now, body = directory.now(who.organisation, who.mode), request.body(event)
    delivery = Delivery(who.organisation, request.event_type, body, now, request.idempotency_key, request.atomic)
    intake = Intake(wiring.tables(_settings), wiring.objects(_settings), wiring.clock())
    return accept_usage(intake, schema, delivery)


def _document(receipt: Receipt) -> dict[str, Any]:
    refused = [
        {"index": one.index, **({"id": one.id} if one.id else {}), "errors": one.faults} for one in receipt.refused
    ]
    return {"accepted": receipt.accepted, "duplicates": receipt.duplicates, "refused": refused}
