"""Event types, metrics and products."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body, Path

from functions.api.caller import Asking
from functions.api.paging import DEFAULT_LIMIT, Cursor, Limit
from functions.api.router import new_router
from functions.api.routes.listing import record, records
from functions.api.views.records import EventTypes, EventTypeView, Metrics, MetricView, Products, ProductView
from usance.catalog.event_type import EventType
from usance.catalog.product import Product
from usance.ports import Kind
from usance.usecases.catalogue import NewMetric, create_event_type, create_metric, create_product

router = new_router()

Reference = Annotated[str, Path(description="Id or external id.")]


@router.post("/v1/event-types", summary="Create an event type", tags=["usage"], status_code=201)
def create_type(asking: Asking, new: Annotated[EventType, Body()]) -> EventTypeView:
    """Events are sent to `/v1/usage/{name}` from then on."""
    return EventTypeView.of(create_event_type(asking.control, asking.organisation, asking.intent, new))


@router.get("/v1/event-types", summary="List event types", tags=["usage"])
def list_types(asking: Asking, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> EventTypes:
    """In order of creation."""
    data, next_cursor = records(asking, Kind.EVENT_TYPE, EventTypeView.of, limit, cursor)
    return EventTypes(data=data, next_cursor=next_cursor)


@router.get("/v1/event-types/<id>", summary="See an event type", tags=["usage"])
def see_type(asking: Asking, id: Reference) -> EventTypeView:
    """By id or name."""
    return EventTypeView.of(record(asking, Kind.EVENT_TYPE, id))


@router.post("/v1/metrics", summary="Create a metric", tags=["usage"], status_code=201)
def create_one_metric(asking: Asking, new: Annotated[NewMetric, Body()]) -> MetricView:
    """Its event type has to be there, and the field that it aggregates has to hold numbers."""
    return MetricView.of(create_metric(asking.control, asking.organisation, asking.intent, new))


@router.get("/v1/metrics", summary="List metrics", tags=["usage"])
def list_metrics(asking: Asking, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Metrics:
    """In order of creation."""
    data, next_cursor = records(asking, Kind.METRIC, MetricView.of, limit, cursor)
    return Metrics(data=data, next_cursor=next_cursor)


@router.get("/v1/metrics/<id>", summary="See a metric", tags=["usage"])
def see_metric(asking: Asking, id: Reference) -> MetricView:
    """By id or external id."""
    return MetricView.of(record(asking, Kind.METRIC, id))


@router.post("/v1/products", summary="Create a product", tags=["catalogue"], status_code=201)
def create_one_product(asking: Asking, new: Annotated[Product, Body()]) -> ProductView:
    """Something that is sold."""
    return ProductView.of(create_product(asking.control, asking.organisation, asking.intent, new))


@router.get("/v1/products", summary="List products", tags=["catalogue"])
def list_products(asking: Asking, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Products:
    """In order of creation."""
    data, next_cursor = records(asking, Kind.PRODUCT, ProductView.of, limit, cursor)
    return Products(data=data, next_cursor=next_cursor)


@router.get("/v1/products/<id>", summary="See a product", tags=["catalogue"])
def see_product(asking: Asking, id: Reference) -> ProductView:
    """By id or external id."""
    return ProductView.of(record(asking, Kind.PRODUCT, id))
