"""Errors on the command line: problem+json for programs, every fault in plain words for people."""

from __future__ import annotations

import sys
from typing import Any, Final

from usance.kernel.errors import UsanceError

REFUSED: Final = 2
"""Exit code when the input was refused or the call failed."""

DIFFERENT: Final = 1
"""Exit code when a scenario's result is not what it expects."""


def problem_of(error: UsanceError) -> dict[str, Any]:
    """The error as problem+json (RFC 9457)."""
    body: dict[str, Any] = {
        "type": f"urn:usance:problem:{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail or error.title,
        "code": error.code,
    }
    if error.faults:
        body["errors"] = [
            {"pointer": fault.pointer, "code": fault.code, "detail": fault.detail} for fault in error.faults
        ]
    return body


def tell(error: UsanceError, where: str = "") -> None:
    """Say on standard error what is wrong, all of it."""
    print(f"{where}: {error}" if where else str(error), file=sys.stderr)
