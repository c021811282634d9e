"""Pages of lists: a limit, and an opaque cursor that is good for one organisation, one list and its filters."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable
from typing import Annotated, Final, TypeVar

from aws_lambda_powertools.event_handler.openapi.params import Query

from usance.kernel.errors import Fault, InvalidInput

Limit = Annotated[int, Query(ge=1, le=100, description="How many at most.")]
Cursor = Annotated[str | None, Query(max_length=2000, description="`next_cursor` of the page before.")]
DEFAULT_LIMIT: Final = 20

_SEAL_BYTES: Final = 9
_MOST_BYTES: Final = 1024

Place = TypeVar("Place")


def make_cursor(after: str | None, *scope: str) -> str | None:
    """The cursor that goes on after a place in the list that `scope` names; None at the end."""
    if after is None:
        return None
    return base64.urlsafe_b64encode(_seal(after, scope) + after.encode()).decode().rstrip("=")


def _sort_key(after: str) -> str:
    if len(after.encode()) > _MOST_BYTES:
        raise ValueError("no key is that long")
    return after


def read_cursor(cursor: str | None, *scope: str) -> str | None:
    """The place after which a page begins, short enough for any key. Raises InvalidInput for another list's cursor."""
    return parse_cursor(cursor, _sort_key, *scope)


def parse_cursor(cursor: str | None, parse: Callable[[str], Place], *scope: str) -> Place | None:
    """The same for places that are more than a key. Whoever makes a cursor up meets `parse`, and its ValueError."""
    if cursor is None:
        return None
    try:
        content = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        after = content[_SEAL_BYTES:].decode()
        if after and content[:_SEAL_BYTES] == _seal(after, scope):
            return parse(after)
    except (binascii.Error, ValueError):
        pass
    why = "is not a cursor of this list: take next_cursor of the page before, with the same filters"
    raise InvalidInput("the query has faults", [Fault("/cursor", "invalid_cursor", why)])


def _seal(after: str, scope: tuple[str, ...]) -> bytes:
    return hashlib.sha256("\x1f".join((*scope, after)).encode()).digest()[:_SEAL_BYTES]
