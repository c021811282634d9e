"""Coupons, who redeemed them, and the discounts that customers have by them."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body, Path

from functions.api.caller import Asking, Caller
from functions.api.paging import DEFAULT_LIMIT, Cursor, Limit, make_cursor, read_cursor
from functions.api.router import new_router
from functions.api.views.coupons import Coupons, CouponView, Discounts, DiscountView
from usance.catalog.coupon import Coupon
from usance.ports import Kind, Record
from usance.usecases.coupons import (
    RedemptionOrder,
    Revocation,
    create_coupon,
    deactivate_coupon,
    find_coupon,
    redeem_coupon,
    redemptions,
    revoke_redemption,
    times_redeemed,
)

router = new_router()

Code = Annotated[str, Path(description="Code in any case, or id.")]
Reference = Annotated[str, Path(description="Id or external id of the customer.")]


def _shown(asking: Caller, *coupons: Record) -> list[CouponView]:
    counts = times_redeemed(asking.tables, asking.organisation, list(coupons))
    return [CouponView.of(record, counts[record.id]) for record in coupons]


@router.post("/v1/coupons", summary="Create a coupon", tags=["catalogue"], status_code=201)
def create(asking: Asking, new: Annotated[Coupon, Body()]) -> CouponView:
    """A discount that customers can be given by its code."""
    return _shown(asking, create_coupon(asking.control, asking.organisation, asking.intent, new))[0]


@router.get("/v1/coupons", summary="List coupons", tags=["catalogue"])
def list_coupons(asking: Asking, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Coupons:
    """In order of creation."""
    scope = (asking.organisation, Kind.COUPON.value)
    page = asking.control.list(asking.organisation, Kind.COUPON, limit=limit, after=read_cursor(cursor, *scope))
    return Coupons(data=_shown(asking, *page.records), next_cursor=make_cursor(page.next_after, *scope))


@router.get("/v1/coupons/<code>", summary="See a coupon", tags=["catalogue"])
def see(asking: Asking, code: Code) -> CouponView:
    """Its terms, and how often it was redeemed."""
    return _shown(asking, find_coupon(asking.control, asking.organisation, code))[0]


@router.post("/v1/coupons/<code>/deactivate", summary="Deactivate a coupon", tags=["catalogue"])
def deactivate(asking: Asking, code: Code) -> CouponView:
    """Nobody can redeem it any more. Whoever redeemed it keeps the discount."""
    return _shown(asking, deactivate_coupon(asking.control, asking.organisation, code))[0]


@router.post("/v1/coupons/<code>/redemptions", summary="Redeem a coupon", tags=["catalogue"], status_code=201)
def redeem(asking: Asking, code: Code, order: Annotated[RedemptionOrder, Body()]) -> DiscountView:
    """Gives a customer the discount, on each of its contracts, for billing periods that begin on that day or later.
    A 409 names every reason why it cannot: `coupon_inactive`, `coupon_expired`, `coupon_used_up`,
    `coupon_already_redeemed`."""
    organisation = asking.read_organisation()
    return DiscountView.of(
        redeem_coupon(asking.control, asking.tables, organisation, asking.intent, code, order, asking.present())
    )


@router.get("/v1/customers/<id>/discounts", summary="List a customer's discounts", tags=["customers"])
def discounts(asking: Asking, id: Reference) -> Discounts:
    """All of them in the order in which they were given, those taken back included."""
    _, given = redemptions(asking.control, asking.tables, asking.organisation, id)
    return Discounts(data=[DiscountView.of(one) for one in given], next_cursor=None)


@router.post("/v1/customers/<id>/discounts/<discount>/revoke", summary="Take a discount back", tags=["customers"])
def revoke(
    asking: Asking,
    id: Reference,
    discount: Annotated[str, Path(description="Id of the discount.")],
    order: Annotated[Revocation, Body()],
) -> DiscountView:
    """From a day on. What it gave to billing periods that began before stays, and so does the record of it."""
    organisation = asking.read_organisation()
    return DiscountView.of(
        revoke_redemption(asking.control, asking.tables, organisation, id, discount, order, asking.present())
    )
