"""The way in and out: who asks, whether the body can be read, and every error as one problem document.

The key is checked before the body is looked at, and the body is read before a route is chosen. Nothing behind this
door answers a fault by itself: it raises, and here is the one place that says what is told.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import (
    RequestUnsupportedContentType,
    RequestValidationError,
    ResponseValidationError,
)

from functions.api.caller import Caller, admit, anonymous
from usance.catalog.faults import faults_in
from usance.kernel.errors import (
    BodyTooLarge,
    InvalidInput,
    MalformedBody,
    NotFound,
    UnsupportedMediaType,
    UsanceError,
)
from usance.observability import logger
from usance.problem import MEDIA_TYPE, problem, unexpected
from usance.settings import ApiSettings

MAX_BODY_BYTES: Final = 1_000_000
MAX_PATH: Final = 400
"""Characters; an external id has 255 at most."""
_WRITES: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_PLACES: Final = frozenset({"query", "path", "header"})
_MOST_FAULTS: Final = 1_000


def enter(settings: ApiSettings, method: str, path: str, event: Mapping[str, Any]) -> Caller:
    """Let a request in. Raises NotFound, Unauthenticated, Forbidden, UnsupportedMediaType, BodyTooLarge
    and MalformedBody."""
    if len(path) > MAX_PATH or not _is_text(path):
        raise NotFound("there is no such address")
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    private = path == "/v1" or path.startswith("/v1/")
    caller = admit(settings, method, path, headers) if private else anonymous(settings)
    if method in _WRITES:
        _check_body(event, headers)
    return caller


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _check_body(event: Mapping[str, Any], headers: Mapping[str, str]) -> None:
    body = event.get("body") or ""
    if not body:
        return
    media, _, parameters = headers.get("content-type", "application/json").lower().partition(";")
    charset = parameters.partition("charset=")[2].partition(";")[0].strip(' "') or "utf-8"
    if media.strip() != "application/json" or charset not in {"utf-8", "utf8", "us-ascii", "ascii"}:
        raise UnsupportedMediaType("send application/json in UTF-8")
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise UnsupportedMediaType("send the body as it is: only usage may be compressed")
    if len(body) > MAX_BODY_BYTES * 4 // 3 + 4:
        raise BodyTooLarge(f"the body has more than {MAX_BODY_BYTES} bytes")
    try:
        raw = base64.b64decode(body, validate=True) if event.get("isBase64Encoded") else body.encode()
    except (binascii.Error, UnicodeEncodeError):
        raise MalformedBody("the body cannot be read as bytes") from None
    if len(raw) > MAX_BODY_BYTES:
        raise BodyTooLarge(f"the body has {len(raw)} bytes, and {MAX_BODY_BYTES} are taken")
    read_json(raw)


def read_json(text: str | bytes) -> Any:  # noqa: ANN401 - JSON values
    """Strict JSON: no NaN, no text that is not Unicode. Raises MalformedBody."""
    try:
        return msgspec.json.decode(text)
    except RecursionError:
        raise MalformedBody("the body is nested too deeply") from None
    except (msgspec.DecodeError, UnicodeError) as error:
        raise MalformedBody(f"the body is not JSON: {error}") from None


# -- errors ----------------------------------------------------------------------------------------------------------


def as_error(exception: Exception, body: object = None) -> UsanceError | None:
    """What an exception says in the words of the error tree; None for a defect of ours."""
    if isinstance(exception, UsanceError):
        return exception
    if isinstance(exception, NotFoundError):
        return NotFound("there is no such address")
    if isinstance(exception, RequestUnsupportedContentType):
        return UnsupportedMediaType("send application/json in UTF-8")
    if isinstance(exception, RequestValidationError) and not isinstance(exception, ResponseValidationError):
        return _refused(exception, body)
    return None


def _refused(exception: RequestValidationError, body: object) -> InvalidInput:
    outside: list[Any] = []
    inside: list[Any] = []
    for detail in exception.errors():
        place, *location = detail["loc"]
        (outside if place in _PLACES else inside).append({**detail, "loc": tuple(location)})
    faults = [*faults_in(outside), *faults_in(inside, body)]
    return InvalidInput("the request has faults", faults[:_MOST_FAULTS])


def problem_response(exception: Exception, path: str, body: object = None) -> Response[str]:
    """The answer to whatever was raised; what is unexpected is logged, and nothing of it told."""
    error = as_error(exception, body)
    if error is None or error.status == UsanceError.status:
        logger.exception("unexpected", exc_info=exception)
    status, document = unexpected(path) if error is None else problem(error, path)
    return Response(status, MEDIA_TYPE, json.dumps(document, ensure_ascii=False, separators=(",", ":")))


def problem_answer(exception: Exception, path: str) -> dict[str, Any]:
    """The same as an HTTP API takes it, for what is refused before a route is chosen."""
    response = problem_response(exception, path)
    return {
        "statusCode": response.status_code,
        "headers": {"Content-Type": MEDIA_TYPE},
        "body": response.body,
        "isBase64Encoded": False,
    }
