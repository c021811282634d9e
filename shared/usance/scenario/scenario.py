"""A scenario: a contract with usage and facts that arrive over time, under a clock that the file controls.

Only what a file needs is written. Defaults: an organisation in USD and UTC; one customer; no usage; no facts; and a
clock that stops when the contract's last day has ended, or, for a contract without end, a year after its start.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any, Final, Self

from pydantic import BeforeValidator, Field, model_validator

from usance.catalog.authored import Authored, CurrencyCode, Positive, ZoneName, refuse
from usance.catalog.coupon import Coupon
from usance.catalog.entitlement import ManualGrant
from usance.catalog.metric import Metric
from usance.catalog.modifiers import Discounts, as_tuple
from usance.catalog.tax import CountryCode, TaxId
from usance.catalog.tax_rates import JurisdictionRate
from usance.contract.amendment import Amendment
from usance.contract.contract import Contract
from usance.contract.contract_faults import currency_faults
from usance.contract.metric_faults import amended_metric_faults, metric_faults
from usance.kernel.amount import plain
from usance.kernel.errors import Fault
from usance.kernel.instant import local_day
from usance.kernel.money import Money
from usance.kernel.period import ONE_DAY
from usance.kernel.recurrence import Cadence, Recurrence
from usance.scenario.event import AuthoredEvent
from usance.scenario.moment import Moment, instant_of
from usance.scenario.wallet_terms import WalletFact, WalletTerms, wallet_faults
from usance.tax.ids import tax_id_faults

LATER_FACTS: Final = (
    "refund", "credit_note", "approve", "void", "pause", "resume", "cancel", "expire", "renew",
    "dispute", "write_off", "close_period",
)  # fmt: skip
"""Kinds of facts that the format knows and this version does not play yet."""

_YEARLY: Final = Cadence.parse("P1Y")
_WALLET: Final = WalletTerms()


class Organisation(Authored):
    """Who bills."""

    name: str | None = None
    currency: CurrencyCode = "USD"
    timezone: ZoneName = "UTC"
    country: CountryCode | None = None
    """Where it is registered for tax."""
    tax_rates: tuple[JurisdictionRate, ...] = Field((), max_length=1_000)
    """Its table of tax rates, for items whose product has a tax category."""


class Customer(Authored):
    """Who is billed."""

    id: str = Field("customer", min_length=1, max_length=255)
    name: str | None = None
    address: dict[str, str | int | None] = Field(default_factory=dict)
    timezone: ZoneName | None = None
    discounts: Discounts = ()
    """What it has off everything, on every contract."""
    tax_exempt: bool | str = False
    """True, or the certificate that says so."""
    tax_ids: tuple[TaxId, ...] = Field((), max_length=20)
    wallet: WalletTerms = Field(default_factory=lambda: _WALLET)

    @model_validator(mode="after")
    def _numbers_are_right(self) -> Self:
        refuse([fault.under("/tax_ids") for fault in tax_id_faults(self.tax_ids)])
        return self


class Payment(Authored):
    """Money that arrives: it settles the oldest open invoices."""

    amount: Positive
    method: str = Field("bank_transfer", min_length=1, max_length=60)
    reference: str | None = Field(None, max_length=255)


class Run(Authored):
    """A billing run by hand; it also releases a parked contract."""


def _as_run(value: object) -> object:
    return {} if value is None or value is True else value


class PlayedFact(Authored):
    """Something that arrives at a moment: exactly one of the members besides `at`."""

    at: Moment
    amend: Amendment | None = None
    events: tuple[AuthoredEvent, ...] | None = None
    payment: Payment | None = None
    grant: ManualGrant | None = None
    wallet: WalletFact | None = None
    redeem: str | None = Field(None, min_length=1, max_length=60)
    """The code of one of the scenario's coupons, redeemed on that day."""
    run: Annotated[Run, BeforeValidator(_as_run, json_schema_input_type=bool | Run)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _known(cls, data: Any) -> Any:  # noqa: ANN401 - whatever was written
        if isinstance(data, dict):
            refuse(
                [
                    Fault(f"/{name}", "not_supported_yet", f"this version does not play the fact {name!r} yet")
                    for name in LATER_FACTS
                    if name in data
                ]
            )
        return data

    @model_validator(mode="after")
    def _one(self) -> Self:
        named = sorted(self.model_fields_set - {"at"})
        if len(named) != 1:
            given = f"has {' and '.join(named)}" if named else "has none"
            refuse(
                [
                    Fault(
                        "",
                        "not_one_fact",
                        f"needs exactly one of amend, events, payment, grant, wallet, redeem or run, and {given}",
                    )
                ]
            )
        return self


def _as_customer(value: object) -> object:
    return {"id": value} if isinstance(value, str) else value


def _as_facts(value: object) -> object:
    return [value] if isinstance(value, dict) else value


_ORGANISATION = Organisation()
_CUSTOMER = Customer()


class Scenario(Authored):
    """A scenario file."""

    organisation: Organisation = Field(default_factory=lambda: _ORGANISATION)
    customer: Annotated[Customer, BeforeValidator(_as_customer, json_schema_input_type=str | Customer)] = Field(
        default_factory=lambda: _CUSTOMER
    )
    metrics: dict[str, Metric] = Field(default_factory=dict)
    coupons: Annotated[
        tuple[Coupon, ...], BeforeValidator(as_tuple, json_schema_input_type=Coupon | tuple[Coupon, ...])
    ] = ()
    """Coupons that facts redeem."""
    contract: Contract
    events: tuple[AuthoredEvent, ...] = ()
    """Usage that is known from the start."""
    events_file: str | None = None
    """More of it, in a CSV or NDJSON file beside this one, plain or gzip."""
    facts: Annotated[
        tuple[PlayedFact, ...], BeforeValidator(_as_facts, json_schema_input_type=PlayedFact | tuple[PlayedFact, ...])
    ] = ()
    """What arrives later, in any order."""
    as_of: Moment | None = None
    """The clock stops here; everything due by then has happened."""
    expect: dict[str, Any] = Field(default_factory=dict)
    """Any part of the result; a difference fails the run."""

    @property
    def currency(self) -> str:
        return self.contract.currency or self.organisation.currency

    @property
    def zone(self) -> str:
        """The zone in which the contract's days are cut."""
        return self.contract.timezone or self.customer.timezone or self.organisation.timezone

    @property
    def until(self) -> datetime:
        """The instant at which the clock stops."""
        if self.as_of is not None:
            return instant_of(self.as_of, self.zone)
        ends_on = self.contract.ends_on
        return instant_of(ends_on + ONE_DAY if ends_on else _a_year_after(self.contract.starts_on), self.zone)

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        refuse(
            [
                *self._clock_faults(),
                *self._coupon_faults(),
                *self._metric_faults(),
                *self._fact_faults(),
                *self._event_faults(),
            ]
        )
        refuse([*self._wallet_faults()])
        return self

    def _coupon_faults(self) -> Iterable[Fault]:
        seen: set[str] = set()
        for place, coupon in enumerate(self.coupons):
            if coupon.code.upper() in seen:
                yield Fault(
                    f"/coupons/{place}/code", "duplicate_coupon", "another coupon has this code: case is the same"
                )
            seen.add(coupon.code.upper())

    def _clock_faults(self) -> Iterable[Fault]:
        try:
            _ = self.until
        except (ValueError, OverflowError):
            yield Fault("/as_of", "missing", "is needed here: what it is when left out lies after the year 9998")

    def _metric_faults(self) -> Iterable[Fault]:
        for where, item in self.contract.placed_items():
            for name, place in item.meter_places():
                if name not in self.metrics:
                    detail = f"names metric {name!r}, and `metrics` has none of that name"
                    yield Fault(f"/contract{where}{place}", "unknown_metric", detail)
        yield from (fault.under("/contract") for fault in metric_faults(self.contract, self.metrics))
        if self.contract.currency is None:
            yield from (fault.under("/contract") for fault in currency_faults(self.contract, self.currency))

    def _fact_faults(self) -> Iterable[Fault]:
        items = {item.id: item for item in self.contract.all_items}
        for place, fact in enumerate(self.facts):
            if fact.amend is not None:
                item = items.get(fact.amend.item)
                if item is None:
                    detail = f"the contract has no item {fact.amend.item!r}"
                    yield Fault(f"/facts/{place}/amend/item", "unknown_item", detail)
                elif item.metered and fact.amend.quantity is not None:
                    detail = "the item is metered: its quantity comes from its events"
                    yield Fault(f"/facts/{place}/amend/quantity", "metered_item", detail)
                if item is not None:
                    found = amended_metric_faults(item, fact.amend, self.metrics)
                    yield from (one.under(f"/facts/{place}/amend") for one in found)
            if fact.grant is not None and fact.grant.unit not in (None, *self.contract.pricing_units):
                detail = "is none of the contract's pricing_units"
                yield Fault(f"/facts/{place}/grant/unit", "unknown_unit", detail)
            if fact.redeem is not None and fact.redeem.upper() not in {one.code.upper() for one in self.coupons}:
                detail = f"`coupons` has none of code {fact.redeem!r}"
                yield Fault(f"/facts/{place}/redeem", "unknown_coupon", detail)
            if fact.payment is not None:
                try:
                    Money.parse(plain(fact.payment.amount), self.currency)
                except ValueError as error:
                    yield Fault(f"/facts/{place}/payment/amount", "not_money", str(error))

    def _wallet_faults(self) -> Iterable[Fault]:
        zone = self.customer.timezone or self.organisation.timezone
        put_in = [
            (place, local_day(instant_of(fact.at, self.zone), zone), fact.wallet)
            for place, fact in enumerate(self.facts)
            if fact.wallet is not None
        ]
        return wallet_faults(self.customer.wallet, put_in, self.currency)

    def _event_faults(self) -> Iterable[Fault]:
        types = {metric.event_type for metric in self.metrics.values()}
        if len(types) == 1:
            return
        places = [(f"/events/{number}", event) for number, event in enumerate(self.events)]
        for place, fact in enumerate(self.facts):
            places += [(f"/facts/{place}/events/{number}", event) for number, event in enumerate(fact.events or ())]
        for pointer, event in places:
            if event.event_type is None:
                detail = "is missing: it may be left out when all metrics read one event type"
                yield Fault(f"{pointer}/event_type", "missing", detail)


def _a_year_after(day: date) -> date:
    return Recurrence(day, _YEARLY).boundary(1)
