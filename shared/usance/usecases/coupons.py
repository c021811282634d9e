"""Coupons: create, redeem, take back. What a customer was given is a fact of its own and outlives the coupon.

A run needs no notice of a redemption: it works on billing periods that begin on its day or later, and those are looked
at when they fall due.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from pydantic import Field

from usance.catalog.authored import Authored
from usance.catalog.coupon import Coupon, redeem
from usance.kernel.errors import Conflict, Fault, InvalidInput, NotFound, Unavailable
from usance.kernel.instant import local_day
from usance.ports import Body, ControlPlane, Kind, Record, Tables, TransactionRefused
from usance.records.coupons import (
    Redemption,
    customer_discounts,
    put_redemption,
    read_given,
    read_redemptions,
    redemption_puts,
    revoked,
)
from usance.records.organisations import Organisation
from usance.usecases.contracts import FIRST_DAY, LAST_DAY
from usance.usecases.registry import Intent, change, find, register

__all__ = [
    "RedemptionOrder",
    "Revocation",
    "coupon_of",
    "create_coupon",
    "customer_discounts",
    "deactivate_coupon",
    "find_coupon",
    "redeem_coupon",
    "redemptions",
    "revoke_redemption",
    "times_redeemed",
]

_TRIES: Final = 40
"""Each time somebody else redeemed first; a coupon that everybody redeems at once is counted one by one."""


class RedemptionOrder(Authored):
    """Who redeems a coupon, and when."""

    customer: str = Field(min_length=1, max_length=255, examples=["acme"])
    """Id or external id."""
    on: date | None = None
    """First day of the discount; today for the customer, when left out."""


class Revocation(Authored):
    """From which day on a discount is taken back."""

    on: date | None = None
    """Billing periods that begin on it or later have no discount; today for the customer, when left out."""


def create_coupon(control: ControlPlane, organisation: str, intent: Intent, new: Coupon) -> Record:
    """Record a coupon. Raises Conflict for a taken code."""
    record = Record(organisation, Kind.COUPON, intent.id("cpn"), new.to_json(), intent.at, external_id=new.code)
    return register(control, record)


def find_coupon(control: ControlPlane, organisation: str, code: str) -> Record:
    """A coupon by its code in any case, or by its id. Raises NotFound."""
    known = control.get(organisation, Kind.COUPON, code)
    return known or find(control, organisation, Kind.COUPON, code.upper() if code.isascii() else code)


def deactivate_coupon(control: ControlPlane, organisation: str, code: str) -> Record:
    """Let nobody redeem a coupon any more; whoever redeemed it keeps the discount. Raises NotFound."""

    def inactive(current: Record) -> Body | None:
        return None if not coupon_of(current).active else {**current.body, "active": False}

    return change(control, find_coupon(control, organisation, code), inactive)


def coupon_of(record: Record) -> Coupon:
    """The coupon in a record."""
    return Coupon.model_validate(record.body)


def times_redeemed(tables: Tables, organisation: str, coupons: list[Record]) -> dict[str, int]:
    """How often each coupon was redeemed, by its id."""
    counts = read_given(tables, organisation, [record.id for record in coupons])
    return {coupon: given.times for coupon, given in counts.items()}


def redeem_coupon(
    control: ControlPlane,
    tables: Tables,
    organisation: Organisation,
    intent: Intent,
    code: str,
    order: RedemptionOrder,
    present: datetime,
) -> Redemption:
    """Give a customer the discount of a coupon; what this very request gave before is success.

    Raises NotFound for the coupon, InvalidInput for the customer or the day, Conflict with every reason why it cannot
    be redeemed.
    """
    record = find_coupon(control, organisation.id, code)
    customer = _customer(control, organisation.id, order)
    on = order.on or _today(organisation, customer, present)
    coupon, id = coupon_of(record), intent.id("rdm")
    for _ in range(_TRIES):
        known = read_redemptions(tables, organisation.id, customer.id, coupon=record.id)
        mine = next((one for one in known if one.discount.id == id), None)
        if mine is not None:
            return mine
        given = read_given(tables, organisation.id, [record.id])[record.id]
        discount = redeem(coupon, id=id, on=on, given=given.times, given_customer=len(known))
        made = Redemption(discount, record.id, coupon.code, customer.id, len(known) + 1, intent.at, version=None)
        try:
            tables.transact(redemption_puts(organisation.id, made, given))
        except TransactionRefused:
            # Somebody redeemed it meanwhile, or the answer to our own write was lost: read again and decide again.
            continue
        return made
    raise Unavailable("others keep redeeming this coupon; try again")


def redemptions(
    control: ControlPlane, tables: Tables, organisation: str, customer: str
) -> tuple[Record, list[Redemption]]:
    """A customer, and all coupons it redeemed, in order, those taken back included. Raises NotFound."""
    owner = find(control, organisation, Kind.CUSTOMER, customer)
    return owner, read_redemptions(tables, organisation, owner.id)


def revoke_redemption(
    control: ControlPlane,
    tables: Tables,
    organisation: Organisation,
    customer: str,
    redemption: str,
    order: Revocation,
    present: datetime,
) -> Redemption:
    """Take a discount back from a day on; what it gave before, and that it was given, stays.

    Raises NotFound, InvalidInput for a day that cannot be, Conflict when it was taken back from another day on.
    """
    _refuse_day(order.on)
    for _ in range(_TRIES):
        owner, known = redemptions(control, tables, organisation.id, customer)
        one = next((each for each in known if each.discount.id == redemption), None)
        if one is None:
            raise NotFound(f"the customer has no discount {redemption[:255]!r}")
        day = order.on or one.revoked_from or _today(organisation, owner, present)
        if one.revoked_from == day:
            return one
        if one.revoked_from is not None:
            raise Conflict(f"the discount was taken back from {one.revoked_from} on already")
        try:
            tables.transact([put_redemption(organisation.id, revoked(one, day))])
        except TransactionRefused:
            continue
        return revoked(one, day)
    raise Unavailable("others keep changing this discount; try again")


def _customer(control: ControlPlane, organisation: str, order: RedemptionOrder) -> Record:
    record = control.get(organisation, Kind.CUSTOMER, order.customer)
    faults = _day_faults(order.on)
    if record is None:
        faults.append(Fault("/customer", "unknown_customer", f"there is no customer {order.customer!r}"))
    if faults or record is None:
        raise InvalidInput("the request has faults", faults)
    return record


def _refuse_day(day: date | None) -> None:
    if faults := _day_faults(day):
        raise InvalidInput("the request has faults", faults)


def _day_faults(day: date | None) -> list[Fault]:
    if day is None or FIRST_DAY <= day <= LAST_DAY:
        return []
    return [Fault("/on", "out_of_range", f"lies outside {FIRST_DAY} to {LAST_DAY}")]


def _today(organisation: Organisation, customer: Record, present: datetime) -> date:
    body: dict[str, Any] = dict(customer.body)
    return local_day(present, body.get("timezone") or organisation.zone)
