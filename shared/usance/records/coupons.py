"""Redemptions of coupons in the documents table.

    {org}#coupon#{coupon}      given             {"given"}: how often it was redeemed in all
    {org}#discounts#{customer} {coupon}#{place}  the place-th redemption of a coupon by a customer

A redemption and the count are one transaction, each under its condition: of two that would both be the last one
allowed, in all or for the customer, one is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from usance.catalog.coupon import CustomerDiscount, ended
from usance.catalog.modifiers import Discount
from usance.kernel.instant import parse_instant, show_instant
from usance.ports import Item, Key, Put, Table, Tables

_GIVEN: Final = "given"


@dataclass(frozen=True, slots=True)
class Given:
    """How often a coupon was redeemed, and the version of the item that counts it; None when there is none yet."""

    times: int
    version: int | None


@dataclass(frozen=True, slots=True)
class Redemption:
    """A coupon that a customer redeemed. `discount` is what was given; from the day `revoked_from` on it is taken
    back. `place` counts the customer's redemptions of the coupon from 1."""

    discount: CustomerDiscount
    coupon: str
    code: str
    customer: str
    place: int
    at: datetime
    revoked_from: date | None = None
    version: int | None = None

    @property
    def effective(self) -> CustomerDiscount | None:
        """What is left of the discount; None when it was taken back from its first day on."""
        return self.discount if self.revoked_from is None else ended(self.discount, self.revoked_from)


def redemption_puts(organisation: str, redemption: Redemption, given: Given) -> list[Put]:
    """The changes of a new redemption: itself, and the count over the version it was read at."""
    count = Put(_given_key(organisation, redemption.coupon), {_GIVEN: given.times + 1}, expect=given.version)
    return [count, put_redemption(organisation, redemption)]


def put_redemption(organisation: str, redemption: Redemption) -> Put:
    """Write a redemption: a new one, or one over the version it was read at."""
    key = Key(Table.DOCUMENTS, _of(organisation, redemption.customer), f"{redemption.coupon}#{redemption.place:03}")
    return Put(key, _body(redemption), expect=redemption.version)


def revoked(redemption: Redemption, day: date) -> Redemption:
    """A redemption that is taken back from a day on."""
    return replace(redemption, revoked_from=day)


def read_given(tables: Tables, organisation: str, coupons: Sequence[str]) -> dict[str, Given]:
    """How often each of these coupons was redeemed."""
    keys = {coupon: _given_key(organisation, coupon) for coupon in coupons}
    items = tables.get_many(list(keys.values()))
    return {
        coupon: Given(items[key].body[_GIVEN], items[key].version) if key in items else Given(0, None)
        for coupon, key in keys.items()
    }


def read_redemptions(
    tables: Tables, organisation: str, customer: str, *, coupon: str | None = None
) -> list[Redemption]:
    """A customer's redemptions, of one coupon or of all, in the order in which they were made."""
    prefix = "" if coupon is None else f"{coupon}#"
    items = tables.query(Table.DOCUMENTS, _of(organisation, customer), prefix=prefix)
    return sorted((_read(item) for item in items), key=lambda one: (one.at, one.discount.id))


def customer_discounts(tables: Tables, organisation: str, customer: str) -> tuple[CustomerDiscount, ...]:
    """The discounts that a customer has had, has or will have, by its id: by their `order`, then as they were given."""
    effective = (one.effective for one in read_redemptions(tables, organisation, customer))
    return tuple(sorted((one for one in effective if one is not None), key=lambda one: one.terms.order))


def _given_key(organisation: str, coupon: str) -> Key:
    return Key(Table.DOCUMENTS, f"{organisation}#coupon#{coupon}", _GIVEN)


def _of(organisation: str, customer: str) -> str:
    return f"{organisation}#discounts#{customer}"


def _body(redemption: Redemption) -> dict[str, Any]:
    discount, revoked_from = redemption.discount, redemption.revoked_from
    return {
        "id": discount.id,
        "discount": discount.terms.to_json(),
        "once": discount.once,
        "products": list(discount.products),
        "currency": discount.currency,
        "coupon": redemption.coupon,
        "code": redemption.code,
        "customer": redemption.customer,
        "place": redemption.place,
        "at": show_instant(redemption.at),
        "revoked_from": revoked_from.isoformat() if revoked_from else None,
    }


def _read(item: Item) -> Redemption:
    body = item.body
    terms = Discount.model_validate(body["discount"])
    revoked_from = body["revoked_from"]
    return Redemption(
        discount=CustomerDiscount(body["id"], terms, body["once"], tuple(body["products"]), body["currency"]),
        coupon=body["coupon"],
        code=body["code"],
        customer=body["customer"],
        place=body["place"],
        at=parse_instant(body["at"]),
        revoked_from=date.fromisoformat(revoked_from) if revoked_from else None,
        version=item.version,
    )
