"""Tax categories and the table of tax rates, as an organisation keeps them."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from usance.catalog.authored import Authored
from usance.catalog.tax import TaxCategory
from usance.catalog.tax_rates import JurisdictionRate
from usance.kernel.errors import Conflict, Fault, InvalidInput
from usance.ports import Body, ControlPlane, Kind, Record
from usance.tax.rates import Place, RateRow, TaxEngine, resolve
from usance.usecases.registry import Intent, change, find, register


class NewTaxRate(JurisdictionRate):
    """A row for the table of tax rates."""

    external_id: str | None = Field(None, min_length=1, max_length=255)
    """The caller's own id; unique among tax rates."""


class ClosedTaxRate(Authored):
    """Until when a row holds."""

    effective_to: date
    """Last day."""


def create_tax_category(control: ControlPlane, organisation: str, intent: Intent, new: TaxCategory) -> Record:
    """Record a tax category. Raises Conflict for a taken code."""
    body = new.model_dump(mode="json")
    return register(
        control, Record(organisation, Kind.TAX_CATEGORY, intent.id("txc"), body, intent.at, external_id=new.code)
    )


def create_tax_rate(control: ControlPlane, organisation: str, intent: Intent, new: NewTaxRate) -> Record:
    """Record a row. Raises InvalidInput for an unknown category, Conflict for a taken external id.

    Rows may overlap: they are told apart by depth and dates when they are looked up, and refused then if they cannot.
    """
    category = control.get(organisation, Kind.TAX_CATEGORY, new.tax_category)
    if category is None:
        raise InvalidInput("the tax rate has faults", [_unknown(new.tax_category)])
    body = new.model_dump(mode="json", exclude={"external_id"}, exclude_none=True)
    body["tax_category"] = category.body["code"]
    return register(
        control, Record(organisation, Kind.TAX_RATE, intent.id("txr"), body, intent.at, external_id=new.external_id)
    )


def close_tax_rate(control: ControlPlane, organisation: str, reference: str, closed: ClosedTaxRate) -> Record:
    """Say on which day a row holds for the last time. Raises NotFound, InvalidInput for a day before its first, and
    Conflict for a row that ends earlier already: what was charged meanwhile went without it."""
    last = closed.effective_to.isoformat()

    def ended(current: Record) -> Body | None:
        first, known = current.body["effective_from"], current.body.get("effective_to")
        if last < first:
            why = f"lies before effective_from, {first}: deactivate a row that should never have been there"
            raise InvalidInput("the request has faults", [Fault("/effective_to", "ends_before_start", why)])
        if known is not None and known < last:
            raise Conflict(f"the tax rate ends on {known} already: add a new one for the days after it")
        return None if known == last else {**current.body, "effective_to": last}

    return change(control, find(control, organisation, Kind.TAX_RATE, reference), ended)


def deactivate_tax_rate(control: ControlPlane, organisation: str, reference: str) -> Record:
    """Take a row out of the table, for all days; one that is out stays so. Raises NotFound."""

    def inactive(current: Record) -> Body | None:
        return {**current.body, "active": False} if current.body["active"] else None

    return change(control, find(control, organisation, Kind.TAX_RATE, reference), inactive)


def resolve_tax_rate(
    control: ControlPlane, engine: TaxEngine, organisation: str, category: str, place: Place, on: date
) -> RateRow:
    """The row that holds at exactly the depth of the place.

    Raises InvalidInput for an unknown category, TaxRateNotFound for no row, AmbiguousTaxRate for more than one.
    """
    known = control.get(organisation, Kind.TAX_CATEGORY, category)
    if known is None:
        raise InvalidInput("the query has faults", [_unknown(category, "/category")])
    code = known.body["code"]
    return resolve(engine.rates(organisation, {code}, place), code, place, on)


def _unknown(category: str, pointer: str = "/tax_category") -> Fault:
    return Fault(pointer, "unknown_tax_category", f"there is no tax category {category[:100]!r}: create it first")
