"""Coupons: which are refused, and what redeeming one on a day gives or why it gives nothing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usance.catalog.coupon import Coupon, CustomerDiscount, ended, redeem
from usance.catalog.faults import read_document
from usance.kernel.errors import Conflict, InvalidInput

TEN = {"code": "TEN", "discount": {"type": "percent", "value": 10}}
DAY = date(2025, 7, 1)


def coupon(**members: Any) -> Coupon:
    return read_document(Coupon, {**TEN, **members})


def given_on(day: date, **members: Any) -> CustomerDiscount:
    return redeem(coupon(**members), id="rdm_1", on=day, given=0, given_customer=0)


def codes(**members: Any) -> dict[str, str]:
    with pytest.raises(InvalidInput) as refused:
        coupon(**members)
    return {fault.pointer: fault.code for fault in refused.value.faults}


def test_a_code_is_one_whatever_its_case() -> None:
    assert coupon(code="wElcome-10_a").code == "WELCOME-10_A"


@pytest.mark.parametrize("code", ["", "a b", "ä", "a" * 65, "a#b", "a/b", "\u0661"])
def test_a_code_has_letters_digits_dashes_and_underscores(code: str) -> None:
    assert codes(code=code) == {"/code": "wrong_form"}


@pytest.mark.parametrize("duration", ["", "P3", "twice", "P0M", "P1M1D", "ONCE", "P101Y"])
def test_a_duration_is_once_forever_or_a_time(duration: str) -> None:
    assert codes(duration=duration) == {"/duration": "invalid_value"}


def test_all_faults_of_what_a_coupon_says_about_itself_come_at_once() -> None:
    discount = {"type": "fixed", "value": 5, "from": "2025-01-01", "until": "2025-02-01"}
    assert codes(discount=discount) == {
        "/discount/from": "not_allowed",
        "/discount/until": "not_allowed",
        "/currency": "missing",
    }


@pytest.mark.parametrize("cap", ["max_per_period", "max_lifetime"])
def test_an_amount_needs_its_currency(cap: str) -> None:
    capped = {"type": "percent", "value": 10, cap: 5}
    assert codes(discount=capped) == {"/currency": "missing"}
    assert coupon(discount=capped, currency="USD").currency == "USD"


def test_what_is_stored_reads_as_what_was_written() -> None:
    one = coupon(code="ten", duration="P3M", redeem_by="2025-12-31", max_redemptions=5, products=["seats"])
    assert Coupon.model_validate(one.to_json()) == one


@pytest.mark.parametrize(
    ("duration", "day", "last"),
    [
        ("once", DAY, None),
        ("forever", DAY, None),
        # Three months from 1 July end before 1 October.
        ("P3M", DAY, date(2025, 9, 30)),
        ("P3M", date(2025, 7, 15), date(2025, 10, 14)),
        # A month from 31 January would end before 31 February: the month's end stands for it.
        ("P1M", date(2025, 1, 31), date(2025, 2, 27)),
        ("P1Y", date(2024, 2, 29), date(2025, 2, 27)),
        ("P1D", DAY, DAY),
        ("P2W", DAY, date(2025, 7, 14)),
    ],
)
def test_the_last_day_follows_from_the_duration(duration: str, day: date, last: date | None) -> None:
    made = given_on(day, duration=duration)
    assert (made.terms.from_, made.terms.until, made.once) == (day, last, duration == "once")


def test_a_discount_keeps_the_terms_and_is_called_after_the_code() -> None:
    made = given_on(DAY, discount={"type": "fixed", "value": "2.50"}, currency="EUR", products=["seats", "API"])
    assert (made.terms.type, str(made.terms.value), made.terms.label) == ("fixed", "2.50", "TEN")
    assert (made.currency, made.products) == ("EUR", ("seats", "API"))
    named = given_on(DAY, discount={"type": "percent", "value": 10, "label": "Welcome"})
    assert named.terms.label == "Welcome"


def test_every_reason_against_a_redemption_is_named() -> None:
    worn = coupon(active=False, redeem_by="2025-06-30", max_redemptions=3)
    with pytest.raises(Conflict) as refused:
        redeem(worn, id="rdm_1", on=DAY, given=3, given_customer=1)
    assert {fault.code: fault.pointer for fault in refused.value.faults} == {
        "coupon_inactive": "",
        "coupon_expired": "/on",
        "coupon_used_up": "",
        "coupon_already_redeemed": "/customer",
    }


@given(st.integers(1, 50), st.integers(0, 60), st.integers(1, 50), st.integers(0, 60), st.integers(-3, 3))
def test_a_redemption_is_allowed_up_to_each_limit_and_no_further(
    most: int, made: int, most_each: int, made_each: int, late: int
) -> None:
    one = coupon(redeem_by=str(DAY), max_redemptions=most, max_redemptions_per_customer=most_each)
    allowed = made < most and made_each < most_each and late <= 0
    try:
        redeem(one, id="rdm_1", on=DAY + timedelta(days=late), given=made, given_customer=made_each)
    except Conflict:
        assert not allowed
    else:
        assert allowed


def test_a_discount_ends_the_day_before_it_is_taken_back() -> None:
    forever = given_on(DAY, duration="forever")
    cut = ended(forever, date(2025, 8, 1))
    assert cut is not None
    assert cut.terms.until == date(2025, 7, 31)
    assert (cut.id, cut.terms.from_) == (forever.id, DAY)
    one_day = ended(forever, date(2025, 7, 2))
    assert one_day is not None
    assert one_day.terms.until == DAY
    assert ended(forever, DAY) is None


def test_taking_back_a_discount_after_its_last_day_changes_nothing() -> None:
    quarter = given_on(DAY, duration="P3M")
    assert ended(quarter, date(2025, 10, 1)) == quarter
    assert ended(quarter, date(2026, 1, 1)) == quarter
