"""Errors as RFC 9457 problem documents: the one place where the error tree meets HTTP.

{"type": "urn:usance:problem:invalid_input", "title": "The input has faults", "status": 422, "detail": "...",
 "code": "invalid_input", "instance": "/v1/usage/compute_events",
 "errors": [{"pointer": "/3/timestamp", "code": "missing", "detail": "is missing"}]}
"""

from __future__ import annotations

from typing import Any, Final

from usance.kernel.errors import UsanceError

MEDIA_TYPE: Final = "application/problem+json"


def problem(error: UsanceError, instance: str | None = None) -> tuple[int, dict[str, Any]]:
    """The HTTP status of an error and its problem document. What failed on our side is not told to the world."""
    document: dict[str, Any] = {
        "type": f"urn:usance:problem:{error.code}",
        "title": error.title,
        "status": error.status,
        "code": error.code,
    }
    if error.detail and error.status != UsanceError.status:
        document["detail"] = error.detail
    if instance:
        document["instance"] = instance
    if error.faults:
        document["errors"] = [
            {"pointer": fault.pointer, "code": fault.code, "detail": fault.detail} for fault in error.faults
        ]
    return error.status, document


def unexpected(instance: str | None = None) -> tuple[int, dict[str, Any]]:
    """The answer to a defect: nothing but that it is ours."""
    return problem(UsanceError(), instance)
