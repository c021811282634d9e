"""Takes webhooks of payment providers in.

Trigger   REST API, POST /v1/hooks/{provider}/{endpoint}; the Chalice application itself is the handler
Output    200 {"received": event id, "duplicate"} once the event is stored and queued; anything else is problem+json
Repeated  an event is stored once under the provider's id of it; a copy is queued again only if it was not applied
"""

from __future__ import annotations

from typing import Any

from chalice.app import Chalice, Request, Response

from usance import wiring
from usance.kernel.errors import NotFound, UsanceError
from usance.observability import logger
from usance.problem import MEDIA_TYPE, problem, unexpected
from usance.settings import HookSettings
from usance.usecases.receive_notice import Received, Receiving, receive_notice

_settings = HookSettings.load()

app = Chalice(app_name="webhooks", configure_logs=False)


@app.route("/v1/hooks/{proxy+}", methods=["POST"], content_types=["*/*"])
def receive() -> Response:
    """Take one webhook in. The endpoint is a secret: it is neither logged nor repeated in an answer."""
    request = app.current_request
    if request is None:
        raise NotFound
    provider, _, endpoint = str((request.uri_params or {}).get("proxy", "")).partition("/")
    path = f"/v1/hooks/{provider}"
    outcome: dict[str, Any] = {"request_id": getattr(app.lambda_context, "aws_request_id", None), "path": path}
    try:
        received = _receive(request, provider, endpoint)
        status, media, document = 200, "application/json", _document(received)
        outcome |= {"organisation": received.organisation, "type": received.type, **document}
    except UsanceError as error:
        (status, document), media = problem(error, path), MEDIA_TYPE
        outcome |= {"code": error.code}
    except Exception:  # noqa: BLE001 - answered and logged: the provider sends it again
        logger.exception("webhook failed", extra=outcome)
        (status, document), media = unexpected(path), MEDIA_TYPE
    logger.info("webhook", extra={**outcome, "status": status})
    return Response(document, status_code=status, headers={"Content-Type": media})


def _receive(request: Request, provider: str, endpoint: str) -> Received:
    receiving = Receiving(
        wiring.control_plane(_settings),
        wiring.tables(_settings),
        wiring.queues(hook=_settings.hook_queue_url),
        wiring.gateway_of(_settings.stripe_api_base),
        wiring.clock(),
    )
    body = request.raw_body
    return receive_notice(
        receiving, provider, endpoint, body if isinstance(body, bytes) else body.encode(), request.headers
    )


def _document(received: Received) -> dict[str, Any]:
    return {"received": received.event, "duplicate": received.duplicate}
