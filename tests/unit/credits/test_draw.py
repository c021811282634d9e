"""Credits that pay for charges, worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from usance.credits.draw import CreditDraw, Payable, allocate, pay
from usance.credits.entries import Given, Lapse
from usance.credits.grant import Grant, Kept, Recurring
from usance.kernel.errors import CannotBill, Fault, InvalidInput
from usance.kernel.money import Money
from usance.kernel.recurrence import Cadence

MONTHS = [datetime(2025, month, 1, tzinfo=UTC) for month in range(1, 13)]
JANUARY, FEBRUARY, MARCH, APRIL, MAY = MONTHS[:5]


def grant(name="g", amount="100", at=JANUARY, **more):
    return Grant(name, "credits", "credits", Decimal(amount), at, **more)


def charge(ref, amount, month=1, until=None, currency="USD"):
    return Payable(ref, MONTHS[month - 1], until or MONTHS[month], Money.parse(amount, currency))


def paid(result):
    return {ref: str(money) for ref, money in result.by_charge.items()}


def test_a_prepaid_balance_is_drawn_down():
    # 20,000 bought, 15 units at 500.00: 7,500 are consumed, 12,500 left, nothing charged.
    usage = charge("units", "7500.00")
    result = pay([grant(amount="20000")], [usage], "USD", FEBRUARY)
    assert usage.amount - result.by_charge["units"] == Money.zero("USD")
    assert result.balances == {"g": Decimal(12500)}
    assert result.draws == (CreditDraw("g", "units", JANUARY, Money(750000, "USD"), Decimal(7500)),)


def test_what_is_over_is_left_to_pay():
    assert paid(pay([grant()], [charge("a", "350.00")], "USD", FEBRUARY)) == {"a": "100.00"}


def test_a_cent_is_paid():
    assert paid(pay([grant()], [charge("a", "0.01")], "USD", FEBRUARY)) == {"a": "0.01"}


def test_a_grant_that_begins_later_pays_only_where_it_is_the_first_in_order():
    # both begin within the charge's month and after the moment; the second one pays all of it
    grants = [grant("one", at=JANUARY.replace(day=10), priority=1), grant("two", at=JANUARY.replace(day=20))]
    result = pay(grants, [charge("a", "10.00")], "USD", JANUARY)
    assert [(draw.grant, str(draw.amount)) for draw in result.draws] == [("two", "10.00")]
    assert result.balances == {"one": 0, "two": 90}
    assert result.given == (Given("two", JANUARY.replace(day=20), Decimal(100)),)


def test_what_is_given_again_goes_by_when_its_own_giving_ends():
    # February's giving ends in March, the other on 20 February
    again = Recurring(JANUARY, Cadence.parse("P1M"))
    monthly = grant("monthly", "10", recurrence=again, lapses_when_given_again=True)
    other = grant("other", "10", expires_at=FEBRUARY.replace(day=20))
    result = pay([monthly, other], [charge("a", "5.00", 2)], "USD", MARCH)
    assert [draw.grant for draw in result.draws] == ["other"]


def test_order_of_grants():
    grants = [
        grant("never", "10"),
        grant("march", "10", expires_at=MARCH),
        grant("first", "10", priority=-1),
        grant("april", "10", expires_at=APRIL),
    ]
    result = pay(grants, [charge("a", "35.00")], "USD", FEBRUARY)
    assert [draw.grant for draw in result.draws] == ["first", "march", "april", "never"]
    assert result.balances["never"] == 5


def test_charges_are_paid_in_order_of_their_service():
    charges = [charge("b", "80.00", 2), charge("a", "70.00", 1)]
    assert paid(pay([grant()], charges, "USD", MARCH)) == {"a": "70.00", "b": "30.00"}


@pytest.mark.parametrize(
    ("period", "pays"),
    [((1, 2), "0.00"), ((1, 3), "50.00"), ((2, 3), "50.00"), ((2, 6), "50.00"), ((3, 4), "0.00")],
)
def test_a_grant_pays_where_it_overlaps_the_service(period, pays):
    february = grant(amount="50", at=FEBRUARY, expires_at=MARCH)
    first, end = period
    result = pay([february], [charge("a", "99.00", first, MONTHS[end - 1])], "USD", MAY)
    assert paid(result) == {"a": pays}
    assert (result.expired == (Lapse("g", MARCH, Decimal(50), "expired"),)) is (pays == "0.00")


def test_a_monthly_grant_pays_each_month_and_what_is_left_lapses():
    monthly = grant(recurrence=Recurring(JANUARY, Cadence.parse("P1M")))
    charges = [charge("jan", "30.00", 1), charge("feb", "130.00", 2)]
    result = pay([monthly], charges, "USD", MARCH)
    assert paid(result) == {"jan": "30.00", "feb": "100.00"}
    assert result.expired == (Lapse("g", FEBRUARY, Decimal(70), "given_again"),)
    assert result.balances == {"g": Decimal(100)}
    assert [entry.at for entry in result.given] == [JANUARY, FEBRUARY, MARCH]


def test_a_charge_of_a_quarter_is_paid_by_the_givings_of_its_months():
    monthly = grant(recurrence=Recurring(JANUARY, Cadence.parse("P1M")))
    assert paid(pay([monthly], [charge("q1", "250.00", 1, APRIL)], "USD", JANUARY)) == {"q1": "250.00"}


@pytest.mark.parametrize(
    ("kept", "spent", "left"),
    [
        (Kept(Decimal(50)), "30.00", 150),  # 70 left, 50 kept
        (Kept(Decimal(50)), "80.00", 120),
        (Kept(Decimal(50), Decimal(25)), "80.00", 125),  # 20 left, 5 more are given
    ],
)
def test_what_rolls_over(kept, spent, left):
    monthly = grant(recurrence=Recurring(JANUARY, Cadence.parse("P1M")), rollover=kept)
    result = pay([monthly], [charge("jan", spent, 1)], "USD", FEBRUARY)
    assert result.balances == {"g": left}
    drawn = sum(draw.credits for draw in result.draws)
    lapsed = sum(lapse.amount for lapse in result.expired)
    assert sum(entry.amount for entry in result.given) == drawn + lapsed + left


def test_credits_of_a_pricing_unit_have_a_rate():
    # 3 USD a credit: 10.00 takes 3.333333333333 credits of 10, 20.00 more takes 6.666666666667, all of them together.
    tokens = grant(amount="10", unit="tokens")
    charges = [charge("a", "10.00", 1), charge("b", "30.00", 2)]
    result = pay([tokens], charges, "USD", MARCH, {"tokens": Decimal(3)})
    assert paid(result) == {"a": "10.00", "b": "20.00"}
    assert [draw.credits for draw in result.draws] == [Decimal("3.333333333333"), Decimal("6.666666666667")]
    assert result.balances == {"g": 0}


def test_a_rest_below_a_minor_unit_pays_nothing():
    # 0.7 yen are no yen; 12.7 are twelve.
    result = pay([grant(amount="12.7")], [charge("a", "100", currency="JPY")], "JPY", FEBRUARY)
    assert paid(result) == {"a": "12"}
    assert result.balances == {"g": Decimal("0.7")}


def test_a_unit_without_a_rate_parks_the_contract():
    with pytest.raises(CannotBill, match="tokens"):
        pay([grant(unit="tokens")], [], "USD", FEBRUARY)


def test_nothing_is_paid_of_what_is_given_back():
    assert paid(pay([grant()], [charge("a", "-10.00"), charge("b", "0.00")], "USD", FEBRUARY)) == {
        "a": "0.00",
        "b": "0.00",
    }


def test_a_grant_that_has_not_begun_has_nothing():
    result = pay([grant(at=MARCH)], [charge("a", "10.00")], "USD", FEBRUARY)
    assert (result.balances, result.given) == ({"g": 0}, ())


def test_a_withdrawn_grant_says_so():
    result = pay([grant(voided_at=FEBRUARY)], [], "USD", MARCH)
    assert result.expired == (Lapse("g", FEBRUARY, Decimal(100), "voided"),)
    assert result.given == (Given("g", JANUARY, Decimal(100)),)


def test_two_grants_of_one_id_and_another_currency_are_defects():
    with pytest.raises(ValueError, match="one id"):
        pay([grant(), grant()], [], "USD", FEBRUARY)
    with pytest.raises(ValueError, match="EUR"):
        pay([grant()], [charge("a", "1.00", currency="EUR")], "USD", FEBRUARY)


class TestAllocate:
    billable = Money.parse("150.00", "USD")
    """10 units: 100 flat for the first 5, 50 flat for the next 5."""

    def test_all_of_it_is_taken_off(self):
        credits = [Money.parse("100.00", "USD"), Money.parse("50.00", "USD")]
        assert allocate(self.billable, credits) == Money.zero("USD")

    def test_more_than_there_is_to_pay_is_an_error(self):
        with pytest.raises(InvalidInput) as refused:
            allocate(self.billable, [Money.parse("300.00", "USD"), Money.parse("-1.00", "USD")])
        assert refused.value.detail == "The credits cannot be allocated"
        assert refused.value.faults == (
            Fault("/1", "out_of_range", "must not be negative"),
            # 300.00 less 1.00
            Fault("", "exceeds_billable", "allocates 299.00 USD, and 150.00 is billable: take off at most that"),
        )

    def test_a_credit_of_nothing_is_no_fault_and_a_cent_of_one_is(self):
        credits = [Money.zero("USD"), Money(1, "USD")]
        assert allocate(self.billable, credits) == Money.parse("149.99", "USD")
        assert allocate(Money.zero("USD"), []) == Money.zero("USD")

    @pytest.mark.parametrize("billable", [0, -500])
    def test_nothing_is_taken_off_where_nothing_is_to_pay(self, billable):
        with pytest.raises(InvalidInput):
            allocate(Money(billable, "USD"), [Money(1, "USD")])
