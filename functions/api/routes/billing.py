"""Billing runs on request, and contracts that could not be billed."""

from __future__ import annotations

from itertools import islice
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body, Path

from functions.api.caller import Asking
from functions.api.paging import DEFAULT_LIMIT, Cursor, Limit, make_cursor, read_cursor
from functions.api.router import new_router
from functions.api.views.books import Parked, ParkedView, RunView
from usance import wiring
from usance.records.parked import list_parked
from usance.usecases.request_run import RunOrder, read_run, request_run

router = new_router()


@router.post("/v1/billing-runs", summary="Start a billing run", tags=["billing"], status_code=202)
def start(asking: Asking, order: Annotated[RunOrder, Body()]) -> RunView:
    """Runs start by themselves too. One by hand bills the contracts that it names whether they are due or not, and
    takes those it can bill off the list of parked ones."""
    return RunView.of(
        request_run(
            asking.control,
            asking.tables,
            asking.workflows,
            wiring.clock(),
            asking.read_organisation(),
            asking.intent,
            order,
        )
    )


@router.get("/v1/billing-runs/<id>", summary="See how far a billing run has come", tags=["billing"])
def see(asking: Asking, id: Annotated[str, Path(description="Id of the run.")]) -> RunView:
    """A run that you started."""
    return RunView.of(read_run(asking.tables, asking.organisation, id))


@router.get("/v1/parked-contracts", summary="List parked contracts", tags=["billing"])
def parked(asking: Asking, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Parked:
    """Contracts that could not be billed safely, each with the reason. Mend it, and start a run that names them."""
    scope = (asking.organisation, "parked")
    after = read_cursor(cursor, *scope) or ""
    rest = (item for item in list_parked(asking.tables, asking.organisation) if item.key.sort > after)
    items = list(islice(rest, limit + 1))
    more = items[limit - 1].key.sort if len(items) > limit else None
    return Parked(data=[ParkedView.of(item) for item in items[:limit]], next_cursor=make_cursor(more, *scope))
