"""Pages of lists: a limit, and an opaque cursor that is good for one organisation, one list and its filters."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Annotated, Final

from aws_lambda_powertools.event_handler.openapi.params import Query

from usance.kernel.errors import Fault, InvalidInput

Limit = Annotated[int, Query(ge=1, le=100, description="How many at most.")]
Cursor = Annotated[str | None, Query(max_length=2000, description="`next_cursor` of the page before.")]
DEFAULT_LIMIT: Final = 20

_SEAL_BYTES: Final = 9


def make_cursor(after: str | None, *scope: str) -> str | None:
    """The cursor that goes on after a place in the list that `scope` names; None at the end."""
    if after is None:
        return None
    return base64.urlsafe_b64encode(_seal(after, scope) + after.encode()).decode().rstrip("=")


def read_cursor(cursor: str | None, *scope: str) -> str | None:
    """The place after which a page begins. Raises InvalidInput for a cursor of another list."""
    if cursor is None:
        return None
    try:
        content = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        after = content[_SEAL_BYTES:].decode()
    except (binascii.Error, ValueError):
        after, content = "", b""
    if not after or content[:_SEAL_BYTES] != _seal(after, scope):
        why = "is not a cursor of this list: take next_cursor of the page before, with the same filters"
        raise InvalidInput("the query has faults", [Fault("/cursor", "invalid_cursor", why)])
    return after


def _seal(after: str, scope: tuple[str, ...]) -> bytes:
    return hashlib.sha256("\x1f".join((*scope, after)).encode()).digest()[:_SEAL_BYTES]
