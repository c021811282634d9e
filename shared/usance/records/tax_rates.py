"""Tax categories and rates as records of the control plane, and what they and a customer's record say about its tax.

Tax category (Kind.TAX_CATEGORY, external id is its code) and tax rate (Kind.TAX_RATE): the documents as they were
written; a rate names its category by code. Only `effective_to` and `active` of a rate ever change.

On a customer: `address`, `tax_exempt` (true or a certificate), `tax_ids`. On the organisation: `country`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from usance.catalog.tax import TaxId
from usance.catalog.tax_rates import JurisdictionRate
from usance.kernel.errors import NotFound
from usance.ports import ControlPlane, Kind, Record
from usance.tax.customer import TaxFacts
from usance.tax.rates import Place, RateRow, TaxEngine


class RecordedTaxRates:
    """The organisation's own table of rates."""

    def __init__(self, control: ControlPlane) -> None:
        self._control = control

    def rates(self, organisation: str, categories: Collection[str], place: Place) -> tuple[RateRow, ...]:
        """The rows of some categories in a country, in order of creation. Reads all rows of the organisation."""
        return tuple(
            row_of(record)
            for record in _all(self._control, organisation, Kind.TAX_RATE)
            if record.body["country"] == place.country and record.body["tax_category"] in categories
        )


def row_of(record: Record) -> RateRow:
    """The row in a record."""
    return RateRow(record.id, JurisdictionRate.model_validate(record.body))


def tax_facts(
    control: ControlPlane, engine: TaxEngine, organisation: str, customer: str, categories: Collection[str]
) -> TaxFacts:
    """What is recorded about the tax of a customer on some categories. Raises NotFound for an unknown customer."""
    seller = control.get(organisation, Kind.ORGANISATION, organisation)
    buyer = control.get(organisation, Kind.CUSTOMER, customer)
    if buyer is None:
        raise NotFound(f"there is no customer {customer!r}")
    place = _place(buyer)
    return TaxFacts(
        rates=engine.rates(organisation, categories, place) if categories and place else (),
        seller_country=seller.body.get("country") if seller else None,
        place=place,
        exempt=buyer.body.get("tax_exempt", False),
        tax_ids=tuple(TaxId.model_validate(one) for one in buyer.body.get("tax_ids", ())),
    )


def _place(customer: Record) -> Place | None:
    address = customer.body.get("address", {})
    if not address.get("country"):
        return None
    return Place(address["country"], address.get("state"), address.get("city"), address.get("zip"))


def _all(control: ControlPlane, organisation: str, kind: Kind) -> Iterator[Record]:
    after: str | None = None
    while True:
        page = control.list(organisation, kind, after=after)
        yield from page.records
        after = page.next_after
        if after is None:
            return
