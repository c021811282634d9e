"""What a scenario says of its customer besides its name: discounts on everything, and what its tax depends on."""

from __future__ import annotations

from usance.catalog.coupon import CustomerDiscount
from usance.scenario.scenario import Customer, Scenario
from usance.tax.customer import TaxFacts
from usance.tax.rates import Place, RateRow


def customer_discounts(customer: Customer) -> tuple[CustomerDiscount, ...]:
    """The discounts that a customer has by name."""
    return tuple(CustomerDiscount(str(place), terms) for place, terms in enumerate(customer.discounts))


def tax_facts(scenario: Scenario) -> TaxFacts:
    """What the tax of the customer depends on."""
    customer, seller = scenario.customer, scenario.organisation
    return TaxFacts(
        rates=tuple(RateRow(f"rate:{place}", rate) for place, rate in enumerate(seller.tax_rates)),
        seller_country=seller.country,
        place=_place(customer),
        exempt=customer.tax_exempt,
        tax_ids=customer.tax_ids,
    )


def _place(customer: Customer) -> Place | None:
    known = {name: str(value) for name, value in customer.address.items() if value is not None and value != ""}
    if "country" not in known:
        return None
    return Place(known["country"], known.get("state"), known.get("city"), known.get("zip"))
