"""Contracts, their timelines, amendments and previews as answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import Field

from functions.api.views.invoices import InvoiceView
from functions.api.views.shape import Page, View
from usance.catalog.authored import CurrencyCode, Exact
from usance.catalog.price import Price
from usance.contract.amendment import Amendment
from usance.contract.contract import Contract
from usance.contract.timeline import ItemTimeline, Timeline
from usance.kernel.instant import show_instant
from usance.kernel.period import ONE_DAY
from usance.ports import Record


class RecordedAmendmentView(View):
    """A change of a contract: when it was learned of, and what it says."""

    recorded_at: str
    amendment: Amendment


class ContractView(View):
    """A contract: its first terms, what holds for it, and the changes since."""

    id: str
    external_id: str | None
    customer: str
    currency: CurrencyCode
    timezone: str
    version: int
    """Counts its changes; send it with an amendment to make sure that nobody else amended it meanwhile."""
    created_at: str
    terms: Contract
    amendments: list[RecordedAmendmentView]
    next_dues: list[date]
    """The next days on which something falls due."""

    @classmethod
    def of(cls, record: Record, dues: Sequence[date] = ()) -> Self:
        body = record.body
        return cls(
            id=record.id,
            external_id=record.external_id,
            customer=body["customer"],
            currency=body["currency"],
            timezone=body["timezone"],
            version=record.version,
            created_at=show_instant(record.created_at),
            terms=Contract.model_validate(body["terms"]),
            amendments=[_amendment(entry) for entry in body["amendments"]],
            next_dues=list(dues),
        )


def _amendment(entry: dict[str, Any]) -> RecordedAmendmentView:
    return RecordedAmendmentView(
        recorded_at=entry["recorded_at"], amendment=Amendment.model_validate(entry["amendment"])
    )


class ContractSummary(View):
    """A contract in a list."""

    id: str
    external_id: str | None
    name: str | None
    customer: str
    currency: str
    starts_on: str
    ends_on: str | None
    version: int
    created_at: str

    @classmethod
    def of(cls, record: Record) -> Self:
        terms = record.body["terms"]
        return cls(
            id=record.id,
            external_id=record.external_id,
            name=terms.get("name"),
            customer=record.body["customer"],
            currency=record.body["currency"],
            starts_on=terms["starts_on"],
            ends_on=terms.get("ends_on"),
            version=record.version,
            created_at=show_instant(record.created_at),
        )


class Contracts(Page):
    """Contracts."""

    data: list[ContractSummary]


class NewAmendment(Amendment):
    """A change of one item from a day on: its prices or its quantity. What was agreed for days from then on is
    replaced; what was billed for them is corrected by the next document."""

    version: Annotated[int | None, Field(ge=1)] = None
    """The contract's version that this was decided on; 409 when it has changed since."""

    def amendment(self) -> Amendment:
        """The change without the version."""
        return Amendment.model_validate(self.model_dump(exclude={"version"}, exclude_unset=True, by_alias=True))


class PriceVersionView(View):
    """A price from a day on."""

    starts_on: date
    version: int
    price: Annotated[Price, Field()]


class QuantityView(View):
    """A quantity from a day on."""

    starts_on: date
    value: Exact


class ItemTimelineView(View):
    """An item as it stands at a moment."""

    item: str
    starts_on: date
    ends_on: date | None
    prices: list[PriceVersionView]
    quantities: list[QuantityView]
    metric: str | None

    @classmethod
    def of(cls, timeline: ItemTimeline) -> Self:
        return cls(
            item=timeline.item.id,
            starts_on=timeline.start,
            ends_on=timeline.end - ONE_DAY if timeline.end else None,
            prices=[
                PriceVersionView(starts_on=version.start, version=version.version, price=version.price)
                for version in timeline.prices
            ],
            quantities=[QuantityView(starts_on=start, value=value) for start, value in timeline.quantities],
            metric=timeline.item.quantity.metric,
        )


class TimelineView(View):
    """A contract as it was known at a moment."""

    contract: str
    as_of: str
    items: list[ItemTimelineView]

    @classmethod
    def of(cls, contract: str, as_of: datetime, timeline: Timeline) -> Self:
        return cls(
            contract=contract,
            as_of=show_instant(as_of),
            items=[ItemTimelineView.of(item) for item in timeline.items],
        )


class PreviewView(View):
    """What would be issued up to a moment, by the code that issues it. Nothing was written."""

    as_of: str
    next_dues: list[date]
    invoices: list[InvoiceView]
