"""Idempotency keys: a middleware before every POST that carries one.

A repetition gets the first answer with `Idempotency-Hit: true`. Answers that hold a secret are not kept; they are
worked out again, from the same ids.
"""

from __future__ import annotations

from typing import Any, Final

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware

from functions.api.caller import Caller
from functions.api.door import read_json
from usance import wiring
from usance.kernel.errors import Fault, InvalidInput, UsanceError
from usance.usecases.idempotency import Request, claim, give_back, intent, keep_answer

HEADER: Final = "Idempotency-Hit"
_SECRET_ROUTES: Final = frozenset({"/v1/organisations", "/v1/api-keys"})


def once(app: APIGatewayHttpResolver, next_middleware: NextMiddleware) -> Response[Any]:
    """Do what a POST asks once for each idempotency key."""
    event = app.current_event
    headers = {name.lower(): value for name, value in event.headers.items()}
    key = headers.get("idempotency-key", "")
    if event.http_method.upper() != "POST" or not key:
        return next_middleware(app)
    if len(key) > 255 or not (key.isascii() and key.isprintable()):
        why = "must have at most 255 printable ASCII characters"
        raise InvalidInput("a header has faults", [Fault("/idempotency-key", "invalid_text", why)])
    caller: Caller = app.context["caller"]
    body = event.decoded_body
    content = [read_json(body) if body else None, dict(sorted((event.query_string_parameters or {}).items()))]
    request = Request(caller.organisation, f"POST {event.path}", key, content)
    return _once(app, next_middleware, caller, request, keep=event.path not in _SECRET_ROUTES)


def _once(
    app: APIGatewayHttpResolver, next_middleware: NextMiddleware, caller: Caller, request: Request, *, keep: bool
) -> Response[Any]:
    claimed = claim(caller.tables, request, wiring.clock().now())
    if claimed.answer is not None:
        return Response(claimed.answer["status"], "application/json", claimed.answer["body"], headers={HEADER: "true"})
    app.context["caller"] = caller.with_intent(intent(request, claimed))
    try:
        response: Response[Any] = next_middleware(app)
    except UsanceError as error:
        if error.status < UsanceError.status and claimed.fresh:
            give_back(caller.tables, claimed)
        raise
    if response.status_code >= 400:
        give_back(caller.tables, claimed)
    elif keep and response.is_json():
        keep_answer(caller.tables, claimed, response.status_code, response.body)
    if not claimed.fresh:
        response.headers[HEADER] = "true"
    return response
