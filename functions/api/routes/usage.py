"""Usage events that were accepted."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Final

from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from functions.api.caller import Asking
from functions.api.paging import DEFAULT_LIMIT, Cursor, Limit, make_cursor, parse_cursor
from functions.api.router import new_router
from functions.api.routes.listing import record
from functions.api.views.books import Events, EventView
from usance.catalog.authored import Instant
from usance.kernel.errors import Fault, InvalidInput
from usance.kernel.instant import parse_instant, show_instant
from usance.ports import Kind
from usance.records.contracts import customer_references
from usance.usecases.look_up import page_of_events

router = new_router()

MOST_DAYS: Final = 366
_DEFAULT_DAYS: Final = 31


@router.get("/v1/usage/<event_type>", summary="List usage events", tags=["usage"])
def events(
    asking: Asking,
    event_type: Annotated[str, Path(description="Name or id of the event type.")],
    customer: Annotated[str, Query(description="Id or external id.")],
    from_: Annotated[Instant | None, Query(alias="from", description="First instant; 31 days before `to`.")] = None,
    to: Annotated[Instant | None, Query(description="The instant after the last; now.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Events:
    """Every acknowledged event of a customer, each once, in order of time. At most 366 days at a time."""
    name = record(asking, Kind.EVENT_TYPE, event_type).body["name"]
    owner = record(asking, Kind.CUSTOMER, customer)
    scope = (asking.organisation, "usage", name, owner.id, str(from_), str(to))
    after = parse_cursor(cursor, _place, *scope)
    window = _window(from_, to, asking.present())
    found, more = page_of_events(
        asking.billing.read_usage,
        asking.organisation,
        name,
        customer_references(asking.control, asking.organisation, owner.id),
        window,
        after=after,
        limit=limit,
    )
    last = f"{show_instant(more[0])} {more[1]}" if more else None
    return Events(data=[EventView.of(event) for event in found], next_cursor=make_cursor(last, *scope))


def _place(after: str) -> tuple[datetime, str]:
    at, _, id = after.partition(" ")
    return parse_instant(at), id


def _window(start: datetime | None, end: datetime | None, present: datetime) -> tuple[datetime, datetime]:
    end = end or present
    start = start or max(end - timedelta(days=_DEFAULT_DAYS), parse_instant(0))
    if not start < end <= start + timedelta(days=MOST_DAYS):
        why = f"must lie before `to`, and at most {MOST_DAYS} days"
        raise InvalidInput("the query has faults", [Fault("/from", "out_of_range", why)])
    return start, end
