"""Coupons over the memory twins: limits under concurrency, crashes and repetition, and what is left of a discount."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest

from tests.faults import Killed, Meanwhile
from tests.world import EARLY, World
from usance.catalog.coupon import Coupon
from usance.kernel.errors import Conflict, InvalidInput, NotFound, Unavailable
from usance.ports import Tables
from usance.records.coupons import Redemption, read_redemptions
from usance.records.organisations import Organisation, read_organisation
from usance.usecases.coupons import (
    RedemptionOrder,
    Revocation,
    create_coupon,
    customer_discounts,
    deactivate_coupon,
    redeem_coupon,
    redemptions,
    revoke_redemption,
    times_redeemed,
)
from usance.usecases.registry import Intent

ONE_ORDER = Intent(EARLY, ("org_a", "POST", "k1"))


class Shop:
    """An organisation with a coupon, customers, and its calls in short."""

    def __init__(self, **members: Any) -> None:
        self.world = World()
        self.world.organisation(timezone="Asia/Tokyo")
        self.world.customer()
        terms = {"code": "ten", "discount": {"type": "percent", "value": 10}, **members}
        self.coupon = create_coupon(self.world.control, "org_a", Intent(EARLY), Coupon.model_validate(terms))

    @property
    def organisation(self) -> Organisation:
        return read_organisation(self.world.control, "org_a")

    def redeem(
        self,
        customer: str = "acme",
        on: str | None = "2025-07-01",
        intent: Intent | None = None,
        tables: Tables | None = None,
    ) -> Redemption:
        order = RedemptionOrder.model_validate({"customer": customer, "on": on})
        world = self.world
        return redeem_coupon(
            world.control, tables or world.tables, self.organisation, intent or Intent(EARLY), "Ten", order, EARLY
        )

    def revoke(self, one: Redemption, on: str | None) -> Redemption:
        world, order = self.world, Revocation.model_validate({"on": on})
        return revoke_redemption(
            world.control, world.tables, self.organisation, one.customer, one.discount.id, order, EARLY
        )

    @property
    def times(self) -> int:
        return times_redeemed(self.world.tables, "org_a", [self.coupon])[self.coupon.id]

    def discounts(self, customer: str = "cus_acme") -> list[tuple[date | None, date | None]]:
        found = customer_discounts(self.world.tables, "org_a", customer)
        return [(one.terms.from_, one.terms.until) for one in found]


def codes(refused: pytest.ExceptionInfo[Any]) -> set[str]:
    return {fault.code for fault in refused.value.faults}


def test_a_customer_has_the_discount_from_the_day_of_redemption() -> None:
    shop = Shop(duration="P3M")
    shop.redeem(on="2025-07-15")
    assert shop.discounts() == [(date(2025, 7, 15), date(2025, 10, 14))]
    assert shop.times == 1


def test_today_is_the_customers_day() -> None:
    # Midnight UTC on 1 July is the morning of 1 July in Tokyo; 20:00 UTC would be the 2nd.
    shop = Shop()
    order = RedemptionOrder(customer="acme")
    late = EARLY.replace(hour=20)
    world = shop.world
    one = redeem_coupon(world.control, world.tables, shop.organisation, Intent(EARLY), "TEN", order, late)
    assert one.discount.terms.from_ == date(2025, 7, 2)


def test_a_code_is_taken_whatever_its_case() -> None:
    shop = Shop()
    again = Coupon.model_validate({"code": "TEN", "discount": {"type": "percent", "value": 20}})
    with pytest.raises(Conflict):
        create_coupon(shop.world.control, "org_a", Intent(EARLY), again)


def test_a_limit_for_a_customer_is_no_limit_for_others() -> None:
    shop = Shop(max_redemptions_per_customer=2)
    shop.world.customer(name="cus_b", external="b")
    shop.redeem()
    shop.redeem()
    with pytest.raises(Conflict) as refused:
        shop.redeem()
    assert codes(refused) == {"coupon_already_redeemed"}
    shop.redeem("b")
    assert (shop.times, len(shop.discounts()), len(shop.discounts("cus_b"))) == (3, 2, 1)


def test_the_last_one_goes_to_whoever_writes_first() -> None:
    """Between the reads of one redemption and its write, another takes the last place."""
    shop = Shop(max_redemptions=1)
    shop.world.customer(name="cus_b", external="b")
    with pytest.raises(Conflict) as refused:
        shop.redeem("acme", tables=Meanwhile(shop.world.tables, [lambda: shop.redeem("b")]))
    assert codes(refused) == {"coupon_used_up"}
    assert (shop.times, shop.discounts(), len(shop.discounts("cus_b"))) == (1, [], 1)


def test_two_requests_of_one_customer_at_once_are_counted_one_by_one() -> None:
    shop = Shop(max_redemptions_per_customer=3)
    others = [shop.redeem, shop.redeem]
    shop.redeem(tables=Meanwhile(shop.world.tables, list(others)))
    assert (shop.times, len(shop.discounts())) == (3, 3)
    with pytest.raises(Conflict):
        shop.redeem()


def test_many_at_once_get_exactly_as_many_as_there_are() -> None:
    shop, limit, asking = Shop(max_redemptions=100), 100, 130
    for number in range(asking):
        shop.world.customer(name=f"cus_{number}", external=f"c{number}")

    def ask(number: int) -> bool:
        while True:
            try:
                shop.redeem(f"c{number}")
            except Unavailable:
                continue
            except Conflict:
                return False
            return True

    with ThreadPoolExecutor(16) as pool:
        granted = sum(pool.map(ask, range(asking)))
    assert granted == shop.times == limit
    assert sum(len(shop.discounts(f"cus_{number}")) for number in range(asking)) == limit


def test_who_is_always_overtaken_is_told_to_try_again() -> None:
    shop = Shop(max_redemptions_per_customer=100)
    others: list[Callable[[], object]] = [shop.redeem] * 90
    with pytest.raises(Unavailable):
        shop.redeem(tables=Meanwhile(shop.world.tables, others))


def test_a_repeated_request_is_one_redemption() -> None:
    shop = Shop(max_redemptions_per_customer=5)
    first = shop.redeem(intent=ONE_ORDER)
    again = shop.redeem(intent=ONE_ORDER)
    assert again.discount == first.discount
    assert shop.times == 1


def test_a_request_that_is_repeated_while_it_runs_is_one_redemption() -> None:
    shop = Shop(max_redemptions_per_customer=5)
    twin = Meanwhile(shop.world.tables, [lambda: shop.redeem(intent=ONE_ORDER)])
    assert shop.redeem(intent=ONE_ORDER, tables=twin).discount == shop.redeem(intent=ONE_ORDER).discount
    assert shop.times == 1


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_crash_anywhere_leaves_all_or_nothing(*, after: bool) -> None:
    for call in range(10):
        shop = Shop()
        fuse = shop.world.fuse
        fuse.arm(call, after=after)
        try:
            shop.redeem(intent=ONE_ORDER, tables=fuse.guard(shop.world.tables))
        except Killed:
            died = True
        else:
            died = False
        fuse.arm(None)
        assert len(shop.discounts()) == shop.times <= 1
        shop.redeem(intent=ONE_ORDER)
        assert len(shop.discounts()) == shop.times == 1
        if not died:
            assert call >= 3
            return
    raise AssertionError("it never came to an end")


def test_a_deactivated_coupon_takes_nothing_from_who_has_it() -> None:
    shop = Shop(max_redemptions_per_customer=2)
    shop.redeem()
    for _ in range(2):
        assert deactivate_coupon(shop.world.control, "org_a", "ten").body["active"] is False
    with pytest.raises(Conflict) as refused:
        shop.redeem()
    assert codes(refused) == {"coupon_inactive"}
    assert len(shop.discounts()) == 1


def test_a_discount_taken_back_ends_and_stays_in_the_history() -> None:
    shop = Shop(duration="forever")
    one = shop.redeem()
    shop.revoke(one, "2025-09-01")
    assert shop.discounts() == [(date(2025, 7, 1), date(2025, 8, 31))]
    _owner, history = redemptions(shop.world.control, shop.world.tables, "org_a", "acme")
    assert [(each.discount.terms.until, each.revoked_from) for each in history] == [(None, date(2025, 9, 1))]
    assert shop.times == 1


def test_a_discount_taken_back_from_its_first_day_on_never_was() -> None:
    shop = Shop()
    shop.revoke(shop.redeem(), "2025-07-01")
    assert shop.discounts() == []
    with pytest.raises(Conflict):
        shop.redeem()


def test_a_discount_is_taken_back_once() -> None:
    shop = Shop(duration="forever")
    one = shop.redeem()
    shop.revoke(one, "2025-09-01")
    before = shop.world.dump()
    shop.revoke(one, "2025-09-01")
    shop.revoke(one, None)
    assert shop.world.dump() == before
    with pytest.raises(Conflict):
        shop.revoke(one, "2025-08-01")
    assert shop.world.dump() == before


def test_what_is_not_there_is_not_found_and_nothing_is_written() -> None:
    shop = Shop()
    before = shop.world.dump()
    with pytest.raises(InvalidInput) as refused:
        shop.redeem("nobody", on="1960-01-01")
    assert codes(refused) == {"unknown_customer", "out_of_range"}
    shop.world.organisation("org_b")
    shop.world.customer("org_b", "cus_b", "b")
    other = read_organisation(shop.world.control, "org_b")
    with pytest.raises(NotFound):
        redeem_coupon(
            shop.world.control,
            shop.world.tables,
            other,
            Intent(EARLY),
            shop.coupon.id,
            RedemptionOrder(customer="b"),
            EARLY,
        )
    assert shop.world.dump() == before


def test_discounts_work_by_their_order() -> None:
    shop = Shop()
    shop.redeem()
    first = {"code": "first", "discount": {"type": "percent", "value": 20, "order": -1}}
    world = shop.world
    create_coupon(world.control, "org_a", Intent(EARLY), Coupon.model_validate(first))
    order = RedemptionOrder(customer="acme")
    redeem_coupon(world.control, world.tables, shop.organisation, Intent(EARLY), "first", order, EARLY)
    found = customer_discounts(world.tables, "org_a", "cus_acme")
    assert [str(one.terms.value) for one in found] == ["20", "10"]


def test_discounts_come_in_the_order_in_which_they_were_given() -> None:
    shop = Shop(max_redemptions_per_customer=3)
    for place, day in enumerate(("2025-09-01", "2025-07-01", "2025-08-01")):
        shop.redeem(on=day, intent=Intent(EARLY.replace(hour=place)))
    given = [one.discount.terms.from_ for one in read_redemptions(shop.world.tables, "org_a", "cus_acme")]
    assert given == [date(2025, 9, 1), date(2025, 7, 1), date(2025, 8, 1)]
