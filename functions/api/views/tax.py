"""Tax categories and rates as answers, and what a look-up in the table finds."""

from __future__ import annotations

from typing import Self

from functions.api.views.shape import Page, View
from usance.catalog.tax import TaxCategory
from usance.catalog.tax_rates import JurisdictionRate
from usance.kernel.amount import plain
from usance.kernel.instant import show_instant
from usance.ports import Record
from usance.tax.rates import RateRow, fingerprint, rule_of_row


class TaxCategoryView(TaxCategory):
    """A tax category."""

    id: str
    created_at: str

    @classmethod
    def of(cls, record: Record) -> Self:
        return cls.model_validate({**record.body, "id": record.id, "created_at": show_instant(record.created_at)})


class TaxCategories(Page):
    """Tax categories."""

    data: list[TaxCategoryView]


class TaxRateView(JurisdictionRate):
    """A row of the table of tax rates."""

    id: str
    external_id: str | None
    """Your own id."""
    fingerprint: str
    """Names what the row says, wherever it was charged."""
    created_at: str

    @classmethod
    def of(cls, record: Record) -> Self:
        mark = fingerprint(JurisdictionRate.model_validate(record.body))
        own = {"id": record.id, "external_id": record.external_id, "created_at": show_instant(record.created_at)}
        return cls.model_validate({**record.body, **own, "fingerprint": mark})


class TaxRates(Page):
    """Tax rates."""

    data: list[TaxRateView]


class RuleComponent(View):
    """One tax of a rule."""

    label: str
    percentage: str
    compound: bool
    effective_percentage: str
    """Of the net amount, with what it comes to on the components before it."""


class ResolvedRate(View):
    """The row that holds, and the tax that it says."""

    tax_rate: str
    """Id of the row."""
    fingerprint: str
    """Stands on the lines that are taxed by this row."""
    components: list[RuleComponent]
    """In the order in which they are worked out; none: nothing is due."""
    note: str
    """What the document says where nothing is due."""

    @classmethod
    def of(cls, row: RateRow) -> Self:
        rule = rule_of_row(row)
        parts = zip(rule.components, rule.effective, strict=True)
        return cls(
            tax_rate=row.id,
            fingerprint=rule.source,
            components=[
                RuleComponent(
                    label=part.label,
                    percentage=plain(part.percentage),
                    compound=part.compound,
                    effective_percentage=plain(effective),
                )
                for part, effective in parts
            ],
            note=rule.note,
        )
