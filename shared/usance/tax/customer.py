"""What tax a customer bears: none when exempt, none when it has to account for it itself, else what the table says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from usance.catalog.tax import TaxId
from usance.kernel.errors import AmbiguousTaxRate, CannotBill, TaxRateNotFound
from usance.tax.ids import EU, vat_country
from usance.tax.rates import Place, RateRow, resolve_for, rule_of_row
from usance.tax.rule import TaxRule


@dataclass(frozen=True, slots=True)
class TaxFacts:
    """What is recorded about the tax of a customer. `rates` are the rows that may hold; `exempt` is true, or the
    certificate that says so; `seller_country` and `place` are None when nobody said where."""

    rates: Sequence[RateRow] = ()
    seller_country: str | None = None
    place: Place | None = None
    exempt: bool | str = False
    tax_ids: tuple[TaxId, ...] = ()


def rule_for(facts: TaxFacts, category: str | None, on: date) -> TaxRule | None:
    """The tax on something of a category that is sold on a day; None for what has no category.

    Raises CannotBill when the table has no answer, or two: an invoice without the tax that was due is not repaired by
    sending another.
    """
    if category is None:
        return None
    spared = without_tax(facts)
    if spared is not None:
        return spared
    if facts.place is None:
        raise CannotBill(
            f"the tax on {category} depends on the customer's country: give the customer an address with one"
        )
    try:
        return rule_of_row(resolve_for(facts.rates, category, facts.place, on))
    except (TaxRateNotFound, AmbiguousTaxRate) as error:
        raise CannotBill(error.detail) from None


def without_tax(facts: TaxFacts) -> TaxRule | None:
    """The rule of a customer who is not charged any tax, with the reason for the document; None for the others."""
    if facts.exempt:
        certificate = f", certificate {facts.exempt}" if isinstance(facts.exempt, str) else ""
        return TaxRule(note=f"Tax exempt{certificate}")
    return TaxRule(note="Reverse charge") if _accounts_itself(facts) else None


def _accounts_itself(facts: TaxFacts) -> bool:
    """Whether the customer accounts for VAT: a business of another EU member state than the seller's, by its number."""
    there = facts.place.country if facts.place else None
    if facts.seller_country not in EU or there not in EU or there == facts.seller_country:
        return False
    return any(vat_country(tax_id) == there for tax_id in facts.tax_ids)
