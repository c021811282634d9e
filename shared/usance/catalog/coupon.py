"""A coupon as people write it, and what its redemption gives a customer.

Redeeming is a pure rule: the coupon, how often it was redeemed, and a day make a discount or every reason against it.
The discount keeps its own terms, so that nothing that happens to the coupon later changes what a customer was given.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Final, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from usance.catalog.authored import Authored, CurrencyCode, refuse
from usance.catalog.modifiers import Discount, ShareText, as_share
from usance.kernel.errors import Conflict, Fault
from usance.kernel.period import ONE_DAY
from usance.kernel.recurrence import Cadence, Recurrence

ONCE: Final = "once"
FOREVER: Final = "forever"
MOST_PER_CUSTOMER: Final = 100


def _duration(text: str) -> str:
    if text not in (ONCE, FOREVER):
        try:
            Cadence.parse(text)
        except ValueError as error:
            raise ValueError(f'must be "{ONCE}", "{FOREVER}" or a time such as P3M: {error}') from None
    return text


CouponCode = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$", examples=["WELCOME10"]), AfterValidator(lambda text: text.upper())
]
"""Letters, digits, `-` and `_`, in any case; kept in capitals."""

Duration = Annotated[str, Field(max_length=20, examples=[ONCE, FOREVER, "P3M"]), AfterValidator(_duration)]
"""`once`, `forever`, or how long from the day of redemption on."""


class Coupon(Authored):
    """A discount that customers can be given by a code."""

    code: CouponCode
    """Unique in the organisation, whatever the case."""
    discount: Annotated[Discount, BeforeValidator(as_share, json_schema_input_type=ShareText | Discount)]
    """Without `from` and `until`, which follow from the day of redemption."""
    currency: CurrencyCode | None = None
    """Contracts in another currency do not have the discount. A fixed discount, and one with a cap, needs it."""
    duration: Duration = ONCE
    """Billing periods that begin on the day of redemption or later have it: the first one, all, or all for so long."""
    redeem_by: date | None = None
    """Last day on which it can be redeemed."""
    max_redemptions: int | None = Field(None, ge=1, le=1_000_000_000)
    """How often it can be redeemed in all; without end when left out."""
    max_redemptions_per_customer: int = Field(1, ge=1, le=MOST_PER_CUSTOMER)
    products: tuple[Annotated[str, Field(min_length=1, max_length=255)], ...] = Field((), max_length=100)
    """Ids of items or names of products that it is limited to; everything when left out."""
    active: bool = True
    """Whether it can be redeemed."""

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        why = "does not belong here: it follows from the day of redemption and from duration"
        faults = [
            Fault(f"/discount/{name}", "not_allowed", why)
            for name, day in (("from", self.discount.from_), ("until", self.discount.until))
            if day is not None
        ]
        terms = self.discount
        amounts = terms.type == "fixed" or terms.max_per_period is not None or terms.max_lifetime is not None
        if amounts and self.currency is None:
            faults.append(Fault("/currency", "missing", "is missing: say which currency the discount's amounts are in"))
        refuse(faults)
        return self


@dataclass(frozen=True, slots=True)
class CustomerDiscount:
    """A discount that a customer has on every contract: `terms` from the day of redemption to the last day, if any.

    `once`: the first billing period that begins in that time, and no other. `products`: ids of items or names of
    products; none for everything. `currency`: the only one it is for; None for any.
    """

    id: str
    terms: Discount
    once: bool = False
    products: tuple[str, ...] = ()
    currency: str | None = None


def redeem(coupon: Coupon, *, id: str, on: date, given: int, given_customer: int) -> CustomerDiscount:
    """The discount that a customer gets on a day, when the coupon was redeemed so often in all and by the customer.

    Raises Conflict with every reason against it: coupon_inactive, coupon_expired, coupon_used_up,
    coupon_already_redeemed.
    """
    faults = list(_reasons(coupon, on, given, given_customer))
    if faults:
        raise Conflict(f"coupon {coupon.code} cannot be redeemed", faults)
    dated = {"from_": on, "until": _last_day(coupon.duration, on), "label": coupon.discount.label or coupon.code}
    terms = coupon.discount.model_copy(update=dated)
    return CustomerDiscount(id, terms, coupon.duration == ONCE, coupon.products, coupon.currency)


def ended(discount: CustomerDiscount, day: date) -> CustomerDiscount | None:
    """A discount that is taken back from a day on; None when no day is left of it."""
    last, first = day - ONE_DAY, discount.terms.from_
    if first is not None and last < first:
        return None
    if discount.terms.until is not None and discount.terms.until <= last:
        return discount
    return replace(discount, terms=discount.terms.model_copy(update={"until": last}))


def _reasons(coupon: Coupon, on: date, given: int, given_customer: int) -> Iterator[Fault]:
    if not coupon.active:
        yield Fault("", "coupon_inactive", "it was deactivated: take another coupon")
    if coupon.redeem_by is not None and on > coupon.redeem_by:
        yield Fault("/on", "coupon_expired", f"it could be redeemed until {coupon.redeem_by}")
    if coupon.max_redemptions is not None and given >= coupon.max_redemptions:
        yield Fault("", "coupon_used_up", f"its limit of {coupon.max_redemptions} redemptions is reached")
    if given_customer >= coupon.max_redemptions_per_customer:
        times = "once" if given_customer == 1 else f"{given_customer} times"
        yield Fault(
            "/customer", "coupon_already_redeemed", f"the customer has redeemed it {times}, and no more is allowed"
        )


def _last_day(duration: str, on: date) -> date | None:
    """The last day of a time that begins on a day; None when it does not end."""
    if duration in (ONCE, FOREVER):
        return None
    return Recurrence(on, Cadence.parse(duration)).boundary(1) - ONE_DAY
