"""The resolver with all its routes, and how an HTTP API event becomes an answer. It is told its settings when asked."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from functions.api.door import enter, problem_answer, problem_response, read_json
from functions.api.openapi import configure
from functions.api.repetition import once
from functions.api.routes import ROUTERS
from usance.kernel.errors import MethodNotAllowed
from usance.observability import logger
from usance.settings import ApiSettings

app = APIGatewayHttpResolver(
    enable_validation=True,
    response_validation_error_http_code=500,
    json_body_deserializer=read_json,
)
app.use(middlewares=[once])
for _router in ROUTERS:
    app.include_router(_router)
configure(app)

_HEADERS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def _raised(exception: Exception) -> Response[str]:
    event, path = app.current_event, app.current_event.path
    allowed = _methods(path) if isinstance(exception, NotFoundError) else []
    if allowed and event.http_method.upper() not in allowed:
        wrong = MethodNotAllowed(f"it takes {', '.join(allowed)}")
        response = problem_response(wrong, path)
        response.headers["Allow"] = ", ".join(allowed)
        return response
    body = read_json(event.decoded_body) if event.http_method in {"POST", "PUT"} and event.decoded_body else None
    return problem_response(exception, path, body)


app.exception_handler(Exception)(_raised)


@cache
def _addresses() -> tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]:
    paths = app.get_openapi_schema().paths or {}
    return tuple(
        (
            re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))),
            tuple(name.upper() for name in ("get", "post", "put") if getattr(item, name) is not None),
        )
        for path, item in paths.items()
    )


def _methods(path: str) -> list[str]:
    """The methods that an address takes; none when there is no such address."""
    return sorted({method for pattern, methods in _addresses() if pattern.fullmatch(path) for method in methods})


def answer(settings: ApiSettings, event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401 - Lambda's
    """Answer a request, whatever it is, and log one line about it."""
    http = (event.get("requestContext") or {}).get("http") or {}
    method, path = str(http.get("method", "")).upper(), str(event.get("rawPath", ""))
    told: dict[str, Any] = {"request_id": getattr(context, "aws_request_id", None), "method": method, "path": path}
    try:
        caller = enter(settings, method, path, event)
        told |= {"organisation": caller.organisation, "key": caller.principal.key}
        app.context["caller"] = caller
        result: dict[str, Any] = app.resolve(event, context)
    except Exception as error:  # noqa: BLE001 - answered and logged by problem_answer
        app.context.clear()
        result = problem_answer(error, path)
    if path.startswith("/i/"):
        told["path"] = "/i/"  # the rest of it opens the page to whoever reads the log
    result["headers"] = {**_HEADERS, **(result.get("headers") or {})}
    logger.info("request", extra={**told, "status": result["statusCode"]})
    return result
