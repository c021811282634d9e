"""Coupons, and the discounts that customers have by them, as answers."""

from __future__ import annotations

from datetime import date
from typing import Self

from functions.api.views.records import Recorded
from functions.api.views.shape import Page, View
from usance.catalog.coupon import Coupon
from usance.catalog.modifiers import Discount
from usance.kernel.instant import show_instant
from usance.ports import Record
from usance.records.coupons import Redemption


class CouponView(Recorded, Coupon):
    """A coupon."""

    redemptions: int
    """How often it was redeemed."""

    @classmethod
    def of(cls, record: Record, redemptions: int) -> Self:
        recorded = {
            "id": record.id,
            "external_id": record.external_id,
            "created_at": show_instant(record.created_at),
            "redemptions": redemptions,
        }
        return cls.model_validate({**record.body, **recorded})


class Coupons(Page):
    """Coupons."""

    data: list[CouponView]


class DiscountView(View):
    """A discount that a customer has because it redeemed a coupon."""

    id: str
    coupon: str
    """The code."""
    customer: str
    discount: Discount
    """From the day of redemption to the last day, if it has one."""
    once: bool
    """Whether only the first billing period that begins in that time has it."""
    products: list[str]
    """Ids of items or names of products that it is limited to."""
    currency: str | None
    revoked_from: date | None
    """The day from which on it was taken back."""
    created_at: str

    @classmethod
    def of(cls, redemption: Redemption) -> Self:
        given = redemption.discount
        return cls(
            id=given.id,
            coupon=redemption.code,
            customer=redemption.customer,
            discount=given.terms,
            once=given.once,
            products=list(given.products),
            currency=given.currency,
            revoked_from=redemption.revoked_from,
            created_at=show_instant(redemption.at),
        )


class Discounts(Page):
    """A customer's discounts, all of them."""

    data: list[DiscountView]
