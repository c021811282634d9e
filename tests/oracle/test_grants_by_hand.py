"""Grants in the rater on figures worked by hand: who draws, in which order, what expires, what is kept, what waits."""

import pytest

from tests.oracle.rater import final_lines
from tests.oracle.test_by_hand import deal, flat

UNIT = {"quantity": {"metric": "used"}, "prices": [{"model": "per_unit", "unit_amount": "1"}]}


def units(amount, **terms):
    return {"entitlement": "u", "type": "quantity", "amount": amount, **terms}


def credits_(amount, **terms):
    return {"entitlement": "c", "type": "credits", "amount": amount, **terms}


def used(*pairs):
    return [(f"2025-{day}T12:00:00Z", {"n": n}) for day, n in pairs]


def charges(found, item="i0"):
    return [amount for (name, modifier, _), amount in found.items() if (name, modifier) == (item, "")]


@pytest.mark.parametrize(
    ("grant", "months"),
    [
        # 30 in July, 25 in August; 40 once: all of July, 10 of August
        (units("40"), [0, 1500]),
        (units("20", every="P1M"), [1000, 500]),
        # nothing is left of July's 20
        (units("20", every="P1M", rollover={"maximum": "9"}), [1000, 500]),
        # 35 - 30 = 5 are left and kept; 40 in August
        (units("35", every="P1M", rollover={"maximum": "9"}), [0, 0]),
        # at least 3 are there in August, whatever was left: 23 of 25
        (units("20", every="P1M", rollover={"maximum": "9", "minimum": "3"}), [1000, 200]),
        # gone on 11 July, before the 20 of the 15th; 10 were used on the 5th
        (units("40", expires_after="P10D"), [2000, 2500]),
        # weeks from 1, 8 and 15 July cover 4, 4 and 2 of the 10 on the 5th; 2 are left of the third for the 20,
        # of which the rest waits for 4 of the 22nd and 4 of the 29th. The 25 of 6 August have 4 of the 5th at once, and
        # 4 each of the 12th, 19th and 26th: 30 - 20 and 25 - 16
        (units("4", every="P1W"), [1000, 900]),
    ],
)
def test_units_month_by_month(grant, months):
    item = {**UNIT, "consumes": ["u"]}
    found = final_lines(
        deal(item, events=used(("07-05", "10"), ("07-15", "20"), ("08-06", "25")), ends_on="2025-08-31", grants=[grant])
    )
    assert charges(found) == months


def test_what_is_used_first():
    # 12 used: priority 0 first although it lasts, then what expires first; 3 of the last are left for August's 5
    grants = [units("6"), units("4", expires_after="P1M", priority=0), units("5", priority=1)]
    found = final_lines(
        deal(
            {**UNIT, "consumes": ["u"]},
            events=used(("07-05", "12"), ("08-06", "5")),
            ends_on="2025-08-31",
            grants=grants,
        )
    )
    # in July 4, 6 and 2 of 5; in August the other 3
    assert charges(found) == [0, 200]


def test_units_are_drawn_by_whoever_says_so_else_by_what_is_metered():
    seats = {"quantity": "5", "prices": [{"model": "per_unit", "unit_amount": "1"}]}
    events = used(("07-05", "10"))
    assert charges(final_lines(deal(UNIT, seats, events=events, grants=[units("8")]))) == [200]
    found = final_lines(deal(UNIT, {**seats, "consumes": ["u"]}, events=events, grants=[units("8")]))
    assert (charges(found), charges(found, "i1")) == ([1000], [0])


@pytest.mark.parametrize(("timing", "cents"), [("advance", 500), ("arrears", 100)])
def test_what_is_fixed_waits_for_later_grants_only_in_arrears(timing, cents):
    seats = {"quantity": "5", "prices": [{"model": "per_unit", "unit_amount": "1"}], "billing": {"timing": timing}}
    contract = deal({**seats, "consumes": ["u"]})
    contract["facts"] = [{"at": "2025-09-01T00:00:00Z", "grant": units("4", effective_on="2025-07-10")}]
    assert charges(final_lines(contract)) == [cents]


def test_a_peak_is_covered_once_though_a_price_changes():
    # 10 until the 15th, 8 after it: 6 off each, 4 x 1 x 15/31 and 2 x 2 x 16/31
    item = {
        "quantity": {"metric": "peak"},
        "consumes": ["u"],
        "prices": [
            {"model": "per_unit", "unit_amount": "1"},
            {"model": "per_unit", "unit_amount": "2", "from": "2025-07-16"},
        ],
    }
    found = final_lines(deal(item, events=used(("07-05", "10"), ("07-20", "8")), grants=[units("6")]))
    assert charges(found) == [194 + 206]


def test_free_units_come_after_granted_ones():
    # 10 - 6 granted = 4, of which 3 are free
    item = {**UNIT, "consumes": ["u"], "free_units": {"value": "3"}}
    assert charges(final_lines(deal(item, events=used(("07-05", "10")), grants=[units("6")]))) == [100]


def test_credits_pay_what_the_items_come_to():
    """100 - 10 % = 90 in the phase, of which its own 15 pay some; then half off 75; then 50 over 37.50 and 40."""
    phase = {
        "id": "p",
        "grants": [{**credits_("15"), "entitlement": "p"}],
        "discounts": [{"type": "percent", "value": "50"}],
        "items": [{"id": "a", "product": {"name": "a"}, **flat("100", discounts=[{"type": "percent", "value": "10"}])}],
    }
    found = final_lines(deal(flat("40"), phases=[phase], grants=[credits_("50")]))
    assert found == {
        ("i0", "", "2025-07-01"): 4000,
        ("i0", "credit:c", "2025-07-01"): -4000,
        ("a", "", "2025-07-01"): 10000,
        ("a", "discount:0", "2025-07-01"): -1000,
        ("a", "credit:p", "2025-07-01"): -1500,
        ("a", "phase.p.discount:0", "2025-07-01"): -3750,
        ("a", "credit:c", "2025-07-01"): -1000,
    }


@pytest.mark.parametrize(
    ("grant", "paid"),
    [
        (credits_("50"), [-3000, -2000]),
        (credits_("50", expires_after="P1M"), [-3000, None]),
        (credits_("20", every="P1M", rollover={"maximum": "9"}), [-2000, -2000]),
        # 4 of 34 are left and kept
        (credits_("34", every="P1M", rollover={"maximum": "9"}), [-3000, -3000]),
        # July has 10 of five weeks; August of four (5th, 12th, 19th, 26th)
        (credits_("2", every="P1W"), [-1000, -800]),
    ],
)
def test_credits_month_by_month(grant, paid):
    found = final_lines(deal(flat("30", billing={"timing": "arrears"}), ends_on="2025-08-31", grants=[grant]))
    assert [found.get(("i0", "credit:c", day)) for day in ("2025-07-01", "2025-08-01")] == paid
