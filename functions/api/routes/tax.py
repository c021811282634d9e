"""Tax categories, and the table of tax rates."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body, Path, Query

from functions.api.caller import Asking
from functions.api.paging import DEFAULT_LIMIT, Cursor, Limit
from functions.api.router import new_router
from functions.api.routes.listing import record, records
from functions.api.views.tax import ResolvedRate, TaxCategories, TaxCategoryView, TaxRates, TaxRateView
from usance import wiring
from usance.catalog.tax import TaxCategory
from usance.ports import Kind
from usance.tax.rates import Place
from usance.usecases.tax import (
    ClosedTaxRate,
    NewTaxRate,
    close_tax_rate,
    create_tax_category,
    create_tax_rate,
    deactivate_tax_rate,
    resolve_tax_rate,
)

router = new_router()

Reference = Annotated[str, Path(description="Id or external id.")]
Country = Annotated[str, Query(pattern="^[A-Z]{2}$", description="ISO 3166 code.")]
Level = Annotated[str | None, Query(min_length=1, max_length=100, description="Left out: empty in the row.")]


@router.post("/v1/tax-categories", summary="Create a tax category", tags=["tax"], status_code=201)
def create_category(asking: Asking, new: Annotated[TaxCategory, Body()]) -> TaxCategoryView:
    """Items and tax rates name it by its code."""
    return TaxCategoryView.of(create_tax_category(asking.control, asking.organisation, asking.intent, new))


@router.get("/v1/tax-categories", summary="List tax categories", tags=["tax"])
def list_categories(asking: Asking, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> TaxCategories:
    """In order of creation."""
    data, next_cursor = records(asking, Kind.TAX_CATEGORY, TaxCategoryView.of, limit, cursor)
    return TaxCategories(data=data, next_cursor=next_cursor)


@router.get("/v1/tax-categories/<id>", summary="See a tax category", tags=["tax"])
def see_category(asking: Asking, id: Annotated[str, Path(description="Id or code.")]) -> TaxCategoryView:
    """By id or code."""
    return TaxCategoryView.of(record(asking, Kind.TAX_CATEGORY, id))


@router.post("/v1/tax-rates", summary="Add a tax rate", tags=["tax"], status_code=201)
def create_rate(asking: Asking, new: Annotated[NewTaxRate, Body()]) -> TaxRateView:
    """What a tax category bears in a place, from a day on. Rows may overlap; a look-up that meets two refuses to
    choose."""
    return TaxRateView.of(create_tax_rate(asking.control, asking.organisation, asking.intent, new))


@router.get("/v1/tax-rates", summary="List tax rates", tags=["tax"])
def list_rates(asking: Asking, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> TaxRates:
    """In order of creation; closed and inactive ones included."""
    data, next_cursor = records(asking, Kind.TAX_RATE, TaxRateView.of, limit, cursor)
    return TaxRates(data=data, next_cursor=next_cursor)


# Before /v1/tax-rates/<id>, which would take it for an id.
@router.get("/v1/tax-rates/resolve", summary="Look a tax rate up", tags=["tax"])
def resolve_rate(
    asking: Asking,
    category: Annotated[str, Query(min_length=1, max_length=100, description="Id or code of the tax category.")],
    country: Country,
    on: Annotated[date | None, Query(description="The day; today when left out.")] = None,
    state: Level = None,
    city: Level = None,
    zip: Level = None,  # noqa: A002 - the name on the wire
) -> ResolvedRate:
    """The one row at exactly the depth of the place. 404 `tax_rate_not_found` when there is none, 422
    `ambiguous_tax_rate` when there are several: close or deactivate all but one."""
    day = on or asking.present().date()
    place = Place(country, state, city, zip)
    engine = wiring.tax_engine(asking.settings)
    return ResolvedRate.of(resolve_tax_rate(asking.control, engine, asking.organisation, category, place, day))


@router.get("/v1/tax-rates/<id>", summary="See a tax rate", tags=["tax"])
def see_rate(asking: Asking, id: Reference) -> TaxRateView:
    """By id or external id."""
    return TaxRateView.of(record(asking, Kind.TAX_RATE, id))


@router.post("/v1/tax-rates/<id>/close", summary="Close a tax rate", tags=["tax"])
def close_rate(asking: Asking, id: Reference, closed: Annotated[ClosedTaxRate, Body()]) -> TaxRateView:
    """Its last day. What it said before stays; documents keep what they were issued with."""
    return TaxRateView.of(close_tax_rate(asking.control, asking.organisation, id, closed))


@router.post("/v1/tax-rates/<id>/deactivate", summary="Deactivate a tax rate", tags=["tax"])
def deactivate_rate(asking: Asking, id: Reference) -> TaxRateView:
    """Takes it out of the table for all days: for a row that is wrong. Issued documents keep what they carry."""
    return TaxRateView.of(deactivate_tax_rate(asking.control, asking.organisation, id))
