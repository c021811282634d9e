"""What modifies a price, as people write it: free units, discounts, commitments, service fees and grants.

The order in which they work, and what each is compared with, stands in `usance.invoicing.order`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from usance.catalog.authored import Authored, CadenceText, NotNegative, Positive, refuse
from usance.kernel.amount import plain
from usance.kernel.errors import Fault

_HUNDRED = Decimal(100)

Label = Annotated[str, Field(min_length=1, max_length=120)]
"""What people call it on the document."""


WholeUnits = Literal["floor", "ceil", "half_up"]
"""How units that were cut by days become whole ones; `half_up` takes halves away from zero."""


class FreeUnits(Authored):
    """Units that are not charged: a pool for each window of time, used up in order of time. What is left is lost."""

    value: NotNegative
    """Units in a window."""
    cadence: CadenceText | None = None
    """Length of a window; the billing period when left out."""
    max_per_period: NotNegative | None = None
    """At most so many in one billing period."""
    max_lifetime: NotNegative | None = None
    """At most so many used units over the item's life."""
    prorate_stub: bool = False
    """Whether a window cut short has a pool cut by days."""
    rounding: WholeUnits = "floor"
    """How a pool that was cut by days becomes whole units."""


class Discount(Authored):
    """A percentage off, or an amount off, for each window of time; never more than what is there."""

    type: Literal["percent", "fixed"]
    value: NotNegative
    """Percent (0 to 100), or an amount in major units."""
    cadence: CadenceText | None = None
    """Length of a window, for a fixed value and for `max_per_period`; the billing period when left out."""
    max_per_period: NotNegative | None = None
    """Most that a window gives, in major units."""
    max_lifetime: NotNegative | None = None
    """Most that it ever gives, in major units."""
    from_: date | None = Field(None, alias="from")
    """First day: billing periods that begin on it or later have the discount."""
    until: date | None = None
    """Last day: billing periods that begin after it have none."""
    order: int = Field(0, ge=-1_000, le=1_000)
    """Discounts of one line work in this order, and in the order written where it is equal."""
    label: Label | None = None

    @field_validator("value")
    @classmethod
    def _is_a_percentage(cls, value: Decimal, info: ValidationInfo) -> Decimal:
        if info.data.get("type") == "percent" and value > _HUNDRED:
            refuse([Fault("", "out_of_range", f"is {plain(value)} %: a percentage is at most 100")])
        return value

    @field_validator("until")
    @classmethod
    def _ends_after_start(cls, until: date | None, info: ValidationInfo) -> date | None:
        first = info.data.get("from_")
        if until is not None and first is not None and until < first:
            refuse([Fault("", "ends_before_start", f"lies before from, {first}")])
        return until


class Commitment(Authored):
    """A minimum that is charged in any case, and a maximum above which nothing is, for each window of time."""

    minimum_amount: NotNegative | None = None
    """In major units; what is missing is a line of its own."""
    minimum_quantity: NotNegative | None = None
    """Units; what is missing is priced as if it had been used."""
    maximum_amount: NotNegative | None = None
    """In major units; what is above is taken off."""
    cadence: CadenceText | None = None
    """Length of a window; the billing period when left out. A longer one is drawn down and trued up at its end."""
    charge_full_amount: bool = True
    """Whether a window cut short owes all of it; with false, a share by days."""
    skip_zero: bool = False
    """Whether the line is left out when nothing is missing."""
    basis: Literal["net", "gross"] = "net"
    """Compared with what is charged after discounts, or before them."""
    label: Label | None = None

    @field_validator("maximum_amount")
    @classmethod
    def _above_minimum(cls, maximum: Decimal | None, info: ValidationInfo) -> Decimal | None:
        minimum = info.data.get("minimum_amount")
        if maximum is not None and minimum is not None and maximum < minimum:
            refuse([Fault("", "out_of_range", f"is below minimum_amount, {plain(minimum)}")])
        return maximum

    @model_validator(mode="after")
    def _commits(self) -> Self:
        if self.minimum_amount is None and self.minimum_quantity is None and self.maximum_amount is None:
            why = "commits to nothing: give minimum_amount, minimum_quantity or maximum_amount"
            refuse([Fault("", "missing", why)])
        return self


class ServiceFee(Authored):
    """A fee on what a phase or contract bills on one day: a percentage of it, or an amount."""

    type: Literal["percent", "fixed"]
    value: NotNegative
    """Percent, or an amount in major units."""
    label: Label | None = None


class Rollover(Authored):
    """What of a recurring grant is kept when it is given again."""

    maximum: NotNegative
    """At most so much of the rest is kept."""
    minimum: NotNegative = Decimal(0)
    """At least so much is there besides the new amount, however little was left."""

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.minimum > self.maximum:
            refuse([Fault("/minimum", "out_of_range", f"is above maximum, {plain(self.maximum)}")])
        return self


GrantType = Literal["quantity", "credits", "feature"]
"""A quantity reduces what is priced, credits pay for what was priced, and a feature is had or not."""


def counted_faults(type_: GrantType, given: Mapping[str, object]) -> Iterator[Fault]:
    """What a grant says of amounts and its type does not take: a feature has none, everything else needs one."""
    if type_ != "feature":
        if given["amount"] is None:
            yield Fault("/amount", "missing", "is missing: say how many units or credits are given")
        return
    for name, value in given.items():
        if value is not None:
            yield Fault(f"/{name}", "not_allowed", "does not belong here: a feature is had or not, nothing is counted")


class GrantTerms(Authored):
    """Quantity or credits that a contract gives, once or again and again, or a feature that it switches on."""

    entitlement: str = Field(min_length=1, max_length=100)
    """Name of what is granted; grants of one name share one balance."""
    type: GrantType
    """A quantity reduces what is priced; credits pay for what was priced; a feature only says that it is there."""
    amount: Positive | None = None
    """Units, or credits; none for a feature."""
    every: CadenceText | None = None
    """How often it is given again; once when left out."""
    expires_after: CadenceText | None = None
    """How long after it was given what is left is lost. Left out: a recurring grant until it is given again, another
    one never."""
    priority: int = Field(0, ge=0, le=255)
    """The lowest is used first."""
    rollover: Rollover | None = None
    on: Literal["creation", "approval", "payment"] = "creation"
    """When it is given: with the start of what grants it, or with each invoice that bills it, once issued or paid."""
    unit: str | None = Field(None, min_length=1, max_length=20)
    """For credits in a pricing unit of the contract: its code. Left out, one credit is one unit of the currency."""
    label: Label | None = None
    prorate_stub: bool = False
    """Whether what is given for a window that was cut short is cut by days. Windows are then those of the anchor."""
    rounding: WholeUnits = "floor"
    """How units or credits that were cut by days become whole ones."""

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        given: dict[str, object] = {"amount": self.amount, "rollover": self.rollover, "unit": self.unit}
        given |= {"prorate_stub": True} if self.prorate_stub else {}
        refuse([*counted_faults(self.type, given), *self._stub_faults(), *self._rollover_faults()])
        return self

    def _rollover_faults(self) -> Iterator[Fault]:
        if self.rollover is not None and self.every is None and self.type != "feature":
            yield Fault("/rollover", "contradictory", "nothing rolls over to a grant that is given once: give every")

    def _stub_faults(self) -> Iterator[Fault]:
        if not self.prorate_stub or self.type == "feature":
            return
        if self.on == "creation" and self.every is None:
            yield Fault("/prorate_stub", "no_window", "does nothing here: what is given once has no window; give every")
        if self.rollover is not None:
            yield Fault("/rollover", "contradictory", "nothing rolls over where prorate_stub gives windows by days")


def as_tuple(value: object) -> object:
    """One alone need not be in a list. Raises ValueError that says what to write for what is neither."""
    if isinstance(value, dict | Authored):
        return [value]
    if not isinstance(value, list | tuple):
        raise ValueError("must be written as {member: value, …}, or as a list of such")
    return value


def as_share(value: object) -> object:
    """A percentage as people say it: "10%"."""
    if isinstance(value, str) and value.endswith("%"):
        return {"type": "percent", "value": value[:-1].strip()}
    if isinstance(value, str | int):
        why = f'must say of what kind: write "{value}%", or {{type: fixed, value: "{value}"}}'
        raise ValueError(why)
    return value


def _as_shares(value: object) -> object:
    return as_tuple([as_share(one) for one in value] if isinstance(value, list | tuple) else as_share(value))


def _as_commitment(value: object) -> object:
    return {"minimum_amount": value} if isinstance(value, str | int) else value


def _as_free_units(value: object) -> object:
    return {"value": value} if isinstance(value, str | int) else value


ShareText = Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)?\s*%$", examples=["10%"])]
"""A percentage as people say it."""

Discounts = Annotated[
    tuple[Discount, ...],
    BeforeValidator(_as_shares, json_schema_input_type=ShareText | Discount | tuple[ShareText | Discount, ...]),
]
"""Discounts; a percentage may be written as "10%", one alone need not be in a list."""

ServiceFees = Annotated[
    tuple[ServiceFee, ...],
    BeforeValidator(_as_shares, json_schema_input_type=ShareText | ServiceFee | tuple[ShareText | ServiceFee, ...]),
]
"""Service fees; a percentage may be written as "10%", one alone need not be in a list."""
Committed = Annotated[Commitment, BeforeValidator(_as_commitment, json_schema_input_type=NotNegative | Commitment)]
"""A commitment; a minimum amount alone may be written as it is."""

Grants = Annotated[
    tuple[GrantTerms, ...], BeforeValidator(as_tuple, json_schema_input_type=GrantTerms | tuple[GrantTerms, ...])
]
Free = Annotated[FreeUnits, BeforeValidator(_as_free_units, json_schema_input_type=NotNegative | FreeUnits)]
