"""A contract as people write it: items with their prices over time, quantity source and billing schedule.

Documents that people write use `starts_on` and `ends_on`, and `ends_on` is the last day covered. Every value may be
written in its shortest natural form: `quantity: 10`, `prices: {model: flat, amount: "500"}`, `product: Platform fee`.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from usance.catalog.authored import Authored, CadenceText, CurrencyCode, Exact, NotNegative, ZoneName, refuse
from usance.catalog.price import Price
from usance.kernel.errors import Fault


def _as_list(value: object) -> object:
    return [value] if isinstance(value, dict) else value


def _as_product(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


def _as_quantity(value: object) -> object:
    return value if isinstance(value, dict | Authored) else {"value": value}


def _as_tax(value: object) -> object:
    return {"percentage": value} if isinstance(value, str | int) else value


Prices = Annotated[
    tuple[Price, ...], BeforeValidator(_as_list, json_schema_input_type=Price | tuple[Price, ...]), Field(min_length=1)
]
"""Price versions in order of their first day; one alone need not be in a list."""


class ProductTerms(Authored):
    """What an item sells."""

    name: str = Field(min_length=1, max_length=255)
    kind: Literal["point_in_time", "period_of_time"] | None = None
    """Point in time never prorates. Left out: point in time for metered items, period of time for others."""


class DatedQuantity(Authored):
    """A quantity from a day on. It counts from its own day: nobody is billed in advance for a seat added later."""

    from_: date = Field(alias="from")
    value: Exact


class Quantity(Authored):
    """Where an item's quantity comes from: a metric, dated entries, or a fixed value. Exactly one of the three."""

    metric: str | None = None
    """Name or id of a metric: the quantity is what it yields over the service period."""
    entries: tuple[DatedQuantity, ...] | None = None
    value: Exact | None = None
    unit: str | None = Field(None, max_length=60)
    """What is counted, for people: CPU-hour, seat."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        named = [name for name in ("metric", "entries", "value") if getattr(self, name) is not None]
        if len(named) != 1:
            raise ValueError(f"needs exactly one of metric, entries or value, and has {' and '.join(named) or 'none'}")
        if self.entries is not None:
            days = [entry.from_ for entry in self.entries]
            if not days or days != sorted(set(days)):
                raise ValueError("entries need days that strictly increase")
        return self


class BillingTerms(Authored):
    """When an item is billed: every so often, or once."""

    every: CadenceText | None = None
    """Cadence: P1M, P3M, P1Y, P2W … (P1M when neither this nor `once_on` is given)."""
    once_on: date | None = None
    timing: Literal["advance", "arrears"] | None = None
    """Left out: arrears for metered items, advance for others."""
    anchor: date | Annotated[int, Field(ge=1, le=31)] | None = None
    last_day_of_month: bool = False

    @model_validator(mode="after")
    def _one_schedule(self) -> Self:
        if self.every is not None and self.once_on is not None:
            raise ValueError("is either every so often or once: give `every` or `once_on`, not both")
        return self


class TaxTerms(Authored):
    """A single rate of tax on the net amount."""

    percentage: NotNegative
    label: str = Field("Tax", min_length=1, max_length=60)


Tax = Annotated[TaxTerms, BeforeValidator(_as_tax, json_schema_input_type=NotNegative | TaxTerms)]


# Frozen, so that all documents share them: pydantic would copy a default that is given as a value.
_ONE_UNIT = Quantity(value=Decimal(1))
_EACH_MONTH = BillingTerms()


class Item(Authored):
    """One line of a contract: a product, its prices over time, its quantity and its billing schedule."""

    id: str = Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    product: Annotated[ProductTerms, BeforeValidator(_as_product, json_schema_input_type=str | ProductTerms)]
    """Named after the item when left out."""
    quantity: Annotated[Quantity, BeforeValidator(_as_quantity, json_schema_input_type=Exact | Quantity)] = Field(
        default_factory=lambda: _ONE_UNIT
    )
    billing: BillingTerms = Field(default_factory=lambda: _EACH_MONTH)
    prices: Prices
    starts_on: date | None = None
    ends_on: date | None = None
    tax: Tax | None = None

    @model_validator(mode="before")
    @classmethod
    def _product_named(cls, data: Any) -> Any:  # noqa: ANN401 - whatever was written
        if isinstance(data, dict) and "product" not in data and isinstance(data.get("id"), str):
            return {**data, "product": data["id"]}
        return data

    @field_validator("prices")
    @classmethod
    def _in_order(cls, prices: tuple[Price, ...]) -> tuple[Price, ...]:
        days = [price.from_ for price in prices]
        if any(day is None for day in days[1:]):
            raise ValueError("every price after the first needs `from`, the first day it holds")
        dated = [day for day in days if day is not None]
        if dated != sorted(set(dated)):
            raise ValueError("prices need `from` days that strictly increase")
        return prices

    @model_validator(mode="after")
    def _metered_in_arrears(self) -> Self:
        if self.metered and self.billing.timing == "advance":
            raise ValueError("a metered item is billed in arrears: leave billing.timing out")
        return self

    @property
    def metered(self) -> bool:
        """Whether the quantity comes from a metric."""
        return self.quantity.metric is not None

    @property
    def in_advance(self) -> bool:
        return self.billing.timing == "advance" or (self.billing.timing is None and not self.metered)

    @property
    def prorates(self) -> bool:
        """Period-of-time items prorate stubs and mid-period changes; point-in-time items never do."""
        kind = self.product.kind or ("point_in_time" if self.metered else "period_of_time")
        return kind == "period_of_time"


class PaymentTerms(Authored):
    """When an invoice is due."""

    net_days: int = Field(0, ge=0, le=3650)
    """Days after the day of issue."""


_AT_ONCE = PaymentTerms()


class Contract(Authored):
    """The terms of a contract as first recorded; what changes later is an amendment."""

    id: str | None = Field(None, min_length=1, max_length=255)
    """The caller's own id (`external_id`)."""
    name: str | None = Field(None, max_length=255)
    customer: str | None = Field(None, min_length=1, max_length=255)
    """Id or external id of the customer."""
    currency: CurrencyCode | None = None
    """The organisation's currency when left out."""
    timezone: ZoneName | None = None
    """The customer's, else the organisation's, when left out. Days, months and cycles are cut in it."""
    starts_on: date
    ends_on: date | None = None
    anchor: date | Annotated[int, Field(ge=1, le=31)] | None = None
    payment_terms: PaymentTerms = Field(default_factory=lambda: _AT_ONCE)
    proration: Literal["day", "none"] = "day"
    adjustments: Literal["next", "immediate"] = "next"
    late_usage: Literal["adjust", "ignore"] = "adjust"
    skip_zero: bool = False
    """Whether an invoice whose total is zero is left out."""
    tax: Tax | None = None
    items: tuple[Item, ...] = Field(min_length=1, max_length=500)

    @model_validator(mode="before")
    @classmethod
    def _single_item(cls, data: Any) -> Any:  # noqa: ANN401 - whatever was written
        if isinstance(data, dict) and isinstance(data.get("items"), dict):
            return {**data, "items": [data["items"]]}
        return data

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        faults = []
        if self.ends_on is not None and self.ends_on < self.starts_on:
            faults.append(Fault("/ends_on", "ends_before_start", f"lies before starts_on, {self.starts_on}"))
        seen: set[str] = set()
        for place, item in enumerate(self.items):
            if item.id in seen:
                faults.append(Fault(f"/items/{place}/id", "duplicate_item", f"another item is called {item.id!r}"))
            seen.add(item.id)
            faults += [fault.under(f"/items/{place}") for fault in self._item_faults(item)]
        refuse(faults)
        return self

    def _item_faults(self, item: Item) -> list[Fault]:
        start = item.starts_on or self.starts_on
        end = item.ends_on or self.ends_on
        first = item.prices[0].from_
        faults = []
        if start < self.starts_on:
            faults.append(Fault("/starts_on", "starts_before_contract", f"lies before the contract's {self.starts_on}"))
        if self.ends_on is not None and end is not None and end > self.ends_on:
            faults.append(Fault("/ends_on", "ends_after_contract", f"lies after the contract's end, {self.ends_on}"))
        if item.ends_on is not None and item.ends_on < start:
            faults.append(Fault("/ends_on", "ends_before_start", f"lies before the item's start, {start}"))
        if first is not None and first > start:
            faults.append(Fault("/prices/0/from", "price_gap", f"leaves {start} to {first} without a price"))
        return faults


class Amendment(Authored):
    """A recorded change of one item: its prices or its quantity from a day on.

    Prices without `from` hold from `effective_on`. What was agreed for days from `effective_on` on is replaced.
    """

    effective_on: date
    item: str
    prices: Prices | None = None
    quantity: Exact | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if self.prices is None and self.quantity is None:
            raise ValueError("must change something: give prices or quantity")
        return self
