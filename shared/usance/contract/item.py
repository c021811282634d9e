"""An item of a contract as people write it: product, prices over time, quantity, billing, and what modifies it.

Every value may be written in its shortest natural form: `quantity: 10`, `prices: {model: flat, amount: "500"}`,
`product: Platform fee`, `free_units: 100`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from usance.catalog.authored import Authored, CadenceText, Exact, later_members, refuse
from usance.catalog.modifiers import Committed, Discounts, Free, Grants, as_tuple
from usance.catalog.price import Price
from usance.catalog.price_needs import meters_of
from usance.catalog.tax import Tax
from usance.contract.item_faults import item_faults
from usance.kernel.errors import Fault


def _as_product(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


def _as_quantity(value: object) -> object:
    return value if isinstance(value, dict | Authored) else {"value": value}


def _as_named(value: object) -> object:
    """A named quantity: a metric's name, a number, or either of them at length."""
    if isinstance(value, str) and not value.lstrip("-").replace(".", "", 1).isdigit():
        return {"metric": value}
    return _as_quantity(value)


def _as_names(value: object) -> object:
    return [value] if isinstance(value, str) else value


Prices = Annotated[
    tuple[Price, ...],
    BeforeValidator(as_tuple, json_schema_input_type=Price | tuple[Price, ...]),
    Field(min_length=1),
]
"""Price versions in order of their first day, for each currency; one alone need not be in a list."""


class ProductTerms(Authored):
    """What an item sells."""

    name: str = Field(min_length=1, max_length=255)
    kind: Literal["point_in_time", "period_of_time"] | None = None
    """Point in time never prorates. Left out: point in time for metered items, period of time for others."""
    tax_category: str | None = Field(None, min_length=1, max_length=100)
    """Code of the tax category that the table of rates is asked for."""


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


class NamedQuantity(Authored):
    """A quantity with a name, for a price that is worked out from several: of a metric, or fixed."""

    metric: str | None = None
    value: Exact | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.metric is None) == (self.value is None):
            raise ValueError("needs a metric or a value, and not both")
        return self


class BillingTerms(Authored):
    """When an item is billed: every so often, or once."""

    every: CadenceText | None = None
    """Cadence: P1M, P3M, P1Y, P2W … (P1M when neither this nor `once_on` is given)."""
    once_on: date | None = None
    timing: Literal["advance", "arrears"] | None = None
    """Left out: arrears for metered items, advance for others. Usage in advance is charged as it arrives."""
    anchor: date | Annotated[int, Field(ge=1, le=31)] | None = None
    last_day_of_month: bool = False

    @model_validator(mode="after")
    def _one_schedule(self) -> Self:
        if self.every is not None and self.once_on is not None:
            raise ValueError("is either every so often or once: give `every` or `once_on`, not both")
        return self


# Frozen, so that all documents share them: pydantic would copy a default that is given as a value.
_ONE_UNIT = Quantity(value=Decimal(1))
_EACH_MONTH = BillingTerms()


class Item(Authored):
    """One line of a contract: a product, its prices over time, its quantity, its billing schedule, its modifiers."""

    id: str = Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    product: Annotated[ProductTerms, BeforeValidator(_as_product, json_schema_input_type=str | ProductTerms)]
    """Named after the item when left out."""
    phase: str | None = Field(None, min_length=1, max_length=100)
    """The phase it belongs to; items written inside of a phase need not say it."""
    quantity: Annotated[Quantity, BeforeValidator(_as_quantity, json_schema_input_type=Exact | Quantity)] = Field(
        default_factory=lambda: _ONE_UNIT
    )
    quantities: dict[
        Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,62}$")],
        Annotated[NamedQuantity, BeforeValidator(_as_named, json_schema_input_type=str | Exact | NamedQuantity)],
    ] = Field(default_factory=dict, max_length=20)
    """Further quantities by name, for formulas and capacity: a metric's name, or a number."""
    billing: BillingTerms = Field(default_factory=lambda: _EACH_MONTH)
    prices: Prices
    starts_on: date | None = None
    ends_on: date | None = None
    proration: Literal["day", "second", "thirty_360", "none"] | None = None
    """The contract's when left out."""
    free_units: Free | None = None
    discounts: Discounts = ()
    commitment: Committed | None = None
    grants: Grants = ()
    consumes: Annotated[tuple[str, ...], BeforeValidator(_as_names, json_schema_input_type=str | tuple[str, ...])] = (
        Field((), max_length=20)
    )
    """Entitlements that this item draws on, besides those that it grants itself."""
    tax: Tax | None = None

    @model_validator(mode="before")
    @classmethod
    def _product_named(cls, data: Any) -> Any:  # noqa: ANN401 - whatever was written
        refuse(later_members(data, ("recognition",)))
        if isinstance(data, dict) and "product" not in data and isinstance(data.get("id"), str):
            return {**data, "product": data["id"]}
        return data

    @field_validator("prices")
    @classmethod
    def _in_order(cls, prices: tuple[Price, ...]) -> tuple[Price, ...]:
        refuse(_order_faults(prices))
        return prices

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        refuse(item_faults(self))
        return self

    @cached_property
    def metered(self) -> bool:
        """Whether a quantity comes from a metric."""
        return bool(self.meters)

    @cached_property
    def meters(self) -> tuple[str, ...]:
        """The metrics that it reads, its own quantity's first, each once."""
        named = [meter for price in self.prices for meter in meters_of(price)]
        found = [self.quantity.metric, *(self.metric_of(name) for name in named)]
        return tuple(dict.fromkeys(metric for metric in found if metric is not None))

    def meter_places(self) -> Iterator[tuple[str, str]]:
        """Each metric with the pointer to the member that names it."""
        if self.quantity.metric is not None:
            yield self.quantity.metric, "/quantity/metric"
        for name, quantity in self.quantities.items():
            if quantity.metric is not None:
                yield quantity.metric, f"/quantities/{name}"
        for place, price in enumerate(self.prices):
            for name in meters_of(price):
                if name not in self.quantities and (metric := self.metric_of(name)) is not None:
                    yield metric, f"/prices/{place}/{'meters' if price.model == 'capacity' else 'expression'}"

    def metric_of(self, name: str) -> str | None:
        """The metric behind a name that a price uses; None for a fixed quantity and for its own one."""
        if name in self.quantities:
            return self.quantities[name].metric
        return None if name == "quantity" else name

    @property
    def in_advance(self) -> bool:
        return self.billing.timing == "advance" or (self.billing.timing is None and not self.metered)

    @property
    def as_it_arrives(self) -> bool:
        """Whether usage is charged as it arrives."""
        return self.metered and self.in_advance

    @property
    def prorates(self) -> bool:
        """Period-of-time items prorate stubs and mid-period changes; point-in-time items never do."""
        kind = self.product.kind or ("point_in_time" if self.metered else "period_of_time")
        return kind == "period_of_time"


def _order_faults(prices: Iterable[Price]) -> list[Fault]:
    """Versions of one currency follow each other; those of several currencies stand side by side."""
    faults: list[Fault] = []
    before: dict[str | None, date | None] = {}
    for place, price in enumerate(prices):
        if price.currency in before:
            last = before[price.currency]
            if price.from_ is None:
                why = "is missing: every price after the first needs its first day"
                faults.append(Fault(f"/{place}/from", "missing", why))
            elif last is not None and price.from_ <= last:
                why = f"is not after {last}, where the price before it begins: prices need days that strictly increase"
                faults.append(Fault(f"/{place}/from", "not_increasing", why))
        before[price.currency] = price.from_ or before.get(price.currency)
    return faults
