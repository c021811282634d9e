"""Names that services restrict: of executions and of secrets."""

from __future__ import annotations

import hashlib
import re
from typing import Final

_EXECUTION: Final = re.compile(r"[A-Za-z0-9_-]{1,80}", re.ASCII)
_NOT_IN_EXECUTION: Final = re.compile(r"[^A-Za-z0-9_-]", re.ASCII)
_SECRET_PART: Final = re.compile(r"[A-Za-z0-9_+=.@-]{1,200}", re.ASCII)
_LONGEST: Final = 80
_HASH: Final = 32


def execution_name(name: str) -> str:
    """A name of at most 80 letters, digits, `-` and `_`: the name itself, or its readable part and its hash.

    Different names stay different. Raises ValueError for an empty one.
    """
    if not name:
        raise ValueError("an execution needs a name: it is what makes starting it twice harmless")
    if _EXECUTION.fullmatch(name):
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:_HASH]
    return f"{_NOT_IN_EXECUTION.sub('-', name)[: _LONGEST - _HASH - 1]}-{digest}"


def secret_name(organisation: str, name: str) -> str:
    """Where a secret of an organisation is. Raises ValueError for parts that could reach into another place."""
    for part in (organisation, name):
        if not _SECRET_PART.fullmatch(part):
            raise ValueError(f"{part!r} cannot be part of a secret's name: letters, digits and _+=.@- can")
    return f"usance/{organisation}/{name}"
