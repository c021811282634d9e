"""What is left of payments goes to the wallet, and a wallet that runs low is topped up once."""

from __future__ import annotations

import pytest

from tests.faults import Killed
from tests.purse import CUSTOMER, Purse, dollars, fee
from tests.till import ORG, Scripted
from usance.invoicing.document import Status
from usance.kernel.money import Money
from usance.payments.attempt import Attempt
from usance.payments.outcome import ChargeResult, Outcome
from usance.payments.policy import CollectionPolicy
from usance.records.payments import open_attempt
from usance.usecases.recognise import recognise_document, schedule
from usance.usecases.settle_payment import Books, Moment, settle
from usance.usecases.wallets import wallet_balance


def test_what_is_paid_too_much_pays_the_next_invoice() -> None:
    purse = Purse().open(method=True)
    purse.provider.script = [Scripted(amount=dollars("130"))]
    purse.contract(fee("100"))
    (july,) = purse.bill()
    purse.collect_to_the_end(july.id)
    assert purse.balance() == "30.00"
    purse.sound()
    (august,) = purse.bill(at="2025-08-01T00:00:00Z")
    assert (august.wallet_applied, purse.state(august.id).amount_due) == (dollars("30"), dollars("70"))
    purse.sound()


def test_money_in_another_currency_is_kept_in_a_wallet_of_that_currency() -> None:
    purse = Purse().open(method=True)
    purse.provider.script = [Scripted(amount=Money(9000, "EUR"))]
    purse.contract(fee("100"))
    (july,) = purse.bill()
    purse.collect_to_the_end(july.id)
    assert wallet_balance(purse.tables, ORG, CUSTOMER, "EUR", purse.clock.now()) == Money(9000, "EUR")
    assert purse.balances()["customer_credit", "EUR"] == 9000
    assert purse.balance() == "0.00"


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_top_up_is_collected_and_put_in_once_whatever_crashes(after) -> None:
    for call in range(120):
        purse = Purse().open(method=True)
        purse.put("120")
        purse.settings(threshold="50", target="200")
        purse.contract(fee("100"), ends_on="2025-07-31")
        (invoice, top_up) = purse.bill()
        # 20 are left, 180 are missing to 200.
        assert (invoice.wallet_applied, top_up.total, top_up.wallet_applied) == (
            dollars("100"),
            dollars("180"),
            dollars("0"),
        )
        assert purse.balances()["customer_credit_pending", "USD"] == 18000
        assert (purse.balance(), purse.stored.head.open_top_up) == ("20.00", top_up.id)
        purse.fuse.arm(call, after=after)
        died = False
        try:
            purse.collect_to_the_end(top_up.id)
        except Killed:
            died = True
        purse.fuse.arm(None)
        purse.collect_to_the_end(top_up.id)
        purse.sound()
        balances, known = purse.balances(), (purse.balance(), purse.stored.head.open_top_up)
        assert balances["cash", "USD"] + balances["customer_credit_pending", "USD"] == 30000
        if purse.provider.taken():
            assert purse.provider.taken() == [dollars("180")]
            assert known == ("200.00", None)
            assert balances["customer_credit_pending", "USD"] == 0
        else:
            # It died between saying that it would charge and charging; nobody tries again what may have happened.
            assert known == ("20.00", top_up.id)
        if not died:
            assert purse.provider.taken()
            return
    raise AssertionError("it did not end")


def test_no_second_top_up_begins_while_one_is_open() -> None:
    purse = Purse().open()
    purse.put("120")
    purse.settings(threshold="50", amount="80")
    purse.contract(fee("100"), ends_on="2025-09-30")
    assert [str(one.total) for one in purse.bill()] == ["100.00", "80.00"]
    assert [str(one.total) for one in purse.bill(at="2025-08-01T00:00:00Z")] == ["100.00"]
    purse.sweep(purse.clock.now())
    assert purse.stored.head.top_ups == 1
    purse.sound()


def test_a_top_up_paid_in_part_puts_nothing_in_yet() -> None:
    purse = Purse().open(method=True)
    purse.put("100")
    purse.settings(threshold="0", amount="80")
    purse.contract(fee("100"), ends_on="2025-07-31")
    _, top_up = purse.bill()
    purse.provider.script = [Scripted(amount=dollars("30"))]
    purse.collect_to_the_end(top_up.id)
    assert purse.state(top_up.id).status is Status.PARTIALLY_PAID
    assert (purse.balance(), purse.stored.head.open_top_up) == ("0.00", top_up.id)
    purse.sound()


def test_money_that_comes_twice_for_a_top_up_is_bought_once_and_kept_once() -> None:
    purse = Purse().open(method=True)
    purse.put("100")
    purse.settings(threshold="0", amount="80")
    purse.contract(fee("100"), ends_on="2025-07-31")
    _, top_up = purse.bill()
    purse.collect_to_the_end(top_up.id)
    # An attempt of which nobody knew turns out to have taken the money as well.
    now = purse.clock.now()
    late = Attempt("att_late", top_up.id, 9, dollars("80"), "stripe", "cus_x", "pm_x", now)
    purse.tables.transact(open_attempt(ORG, late))
    books = Books(purse.tables, ORG, Moment(now, "UTC", now), CollectionPolicy())
    assert settle(books, top_up.id, late.id, ChargeResult(Outcome.SUCCEEDED, "pi_late", dollars("80")))
    of_label = {one.label: one for one in purse.stored.credits}
    assert (of_label["Top-up"].amount, of_label["Top-up"].source) == (dollars("80"), top_up.id)
    assert (of_label["Payment"].amount, len(of_label)) == (dollars("80"), 3)
    assert purse.balance() == "160.00"
    purse.sound()


def test_an_empty_wallet_is_topped_up_after_the_next_invoice_and_a_disabled_one_is_not() -> None:
    for enabled in (True, False):
        purse = Purse().open()
        purse.settings(threshold="50", amount="80", enabled=enabled)
        purse.contract(fee("100"), ends_on="2025-07-31")
        assert [str(one.total) for one in purse.bill()] == (["100.00", "80.00"] if enabled else ["100.00"])


def test_a_top_up_is_never_revenue() -> None:
    purse = Purse().open()
    purse.put("100")
    purse.settings(threshold="0", amount="80")
    purse.contract(fee("100"), ends_on="2025-07-31")
    _, top_up = purse.bill()
    assert schedule(purse.tables, ORG, top_up.id) == 0
    assert recognise_document(purse.tables, ORG, top_up.id, purse.clock.now(), "UTC") == 0
