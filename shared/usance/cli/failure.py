"""Errors on the command line: problem+json for programs, every fault in plain words for people."""

from __future__ import annotations

import sys
from typing import Any, Final

from usance.kernel.errors import UsanceError
from usance.problem import problem

REFUSED: Final = 2
"""Exit code when the input was refused or the call failed."""

DIFFERENT: Final = 1
"""Exit code when a scenario's result is not what it expects."""


def problem_of(error: UsanceError) -> dict[str, Any]:
    """The error as problem+json (RFC 9457)."""
    return problem(error)[1]


def tell(error: UsanceError, where: str = "") -> None:
    """Say on standard error what is wrong, all of it."""
    print(f"{where}: {error}" if where else str(error), file=sys.stderr)
