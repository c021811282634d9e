"""Alerts and the events they raise."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body, Path

from functions.api.caller import Asking, Caller
from functions.api.paging import DEFAULT_LIMIT, Cursor, Limit, make_cursor, read_cursor
from functions.api.router import new_router
from functions.api.routes.listing import record, records
from functions.api.views.alerts import AlertEvents, AlertEventView, Alerts, AlertView, EvaluationView
from usance import wiring
from usance.catalog.alert import Alert
from usance.ports import Kind
from usance.usecases.alerts import create_alert, deactivate_alert, evaluate_alert, page_of_alert_events

router = new_router()

Reference = Annotated[str, Path(description="Id or external id.")]


@router.post("/v1/alerts", summary="Create an alert", tags=["alerts"], status_code=201)
def create(asking: Asking, new: Annotated[Alert, Body()]) -> AlertView:
    """What it names has to be there. It is looked at every few minutes from then on."""
    return AlertView.of(create_alert(asking.control, asking.tables, asking.organisation, asking.intent, new))


@router.get("/v1/alerts", summary="List alerts", tags=["alerts"])
def list_alerts(asking: Asking, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Alerts:
    """In order of creation."""
    data, next_cursor = records(asking, Kind.ALERT, AlertView.of, limit, cursor)
    return Alerts(data=data, next_cursor=next_cursor)


@router.get("/v1/alerts/<id>", summary="See an alert", tags=["alerts"])
def see(asking: Asking, id: Reference) -> AlertView:
    """By id or external id."""
    return AlertView.of(record(asking, Kind.ALERT, id))


@router.post("/v1/alerts/<id>/deactivate", summary="Deactivate an alert", tags=["alerts"])
def deactivate(asking: Asking, id: Reference) -> AlertView:
    """It is looked at no longer. The events that it raised stay."""
    return AlertView.of(deactivate_alert(asking.control, asking.organisation, id))


@router.post("/v1/alerts/<id>/evaluate", summary="Look at an alert now", tags=["alerts"])
def evaluate(asking: Asking, id: Reference) -> EvaluationView:
    """As the schedule does: what is reached and was not raises an event, once."""
    one, organisation = record(asking, Kind.ALERT, id), asking.read_organisation()
    as_of = organisation.as_of(wiring.clock())
    return EvaluationView.of(evaluate_alert(asking.billing, organisation, one, as_of))


@router.get("/v1/alerts/<id>/events", summary="List what an alert raised", tags=["alerts"])
def events(asking: Asking, id: Reference, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> AlertEvents:
    """Newest first."""
    return _page(asking, record(asking, Kind.ALERT, id).id, limit, cursor)


@router.get("/v1/alert-events", summary="List what all alerts raised", tags=["alerts"])
def all_events(asking: Asking, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> AlertEvents:
    """Newest first."""
    return _page(asking, None, limit, cursor)


def _page(asking: Caller, alert: str | None, limit: int, cursor: str | None) -> AlertEvents:
    scope = (asking.organisation, "alert-events", alert or "")
    after = read_cursor(cursor, *scope)
    found, more = page_of_alert_events(asking.tables, asking.organisation, alert=alert, after=after, limit=limit)
    return AlertEvents(data=[AlertEventView.of(one) for one in found], next_cursor=make_cursor(more, *scope))
