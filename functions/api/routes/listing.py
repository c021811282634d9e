"""Lists of control-plane records, and finding one: alike for every kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from functions.api.caller import Caller
from functions.api.paging import make_cursor, read_cursor
from usance.ports import Kind, Record
from usance.usecases.registry import find

Shown = TypeVar("Shown")


def records(
    asking: Caller, kind: Kind, show: Callable[[Record], Shown], limit: int, cursor: str | None
) -> tuple[list[Shown], str | None]:
    """A page of an organisation's records of a kind as they are shown, and the next cursor."""
    scope = (asking.organisation, kind.value)
    page = asking.control.list(asking.organisation, kind, limit=limit, after=read_cursor(cursor, *scope))
    return [show(record) for record in page.records], make_cursor(page.next_after, *scope)


def record(asking: Caller, kind: Kind, reference: str) -> Record:
    """An organisation's record by id or external id. Raises NotFound."""
    return find(asking.control, asking.organisation, kind, reference)
