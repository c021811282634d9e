"""Money that comes into a wallet, is withdrawn from it, and expires: once each, whatever crashes."""

from __future__ import annotations

import pytest

from tests.faults import Killed
from tests.purse import Purse, dollars, fee
from tests.till import ORG
from usance.kernel.errors import Conflict, InvalidInput, NotFound
from usance.ports import Table


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_crash_at_any_call_puts_in_and_withdraws_once(after) -> None:
    for call in range(40):
        purse = Purse().open()
        done = 0
        for step in (lambda purse=purse: purse.put("50"), lambda purse=purse: purse.void(purse.credit_ids()[0])):
            purse.fuse.arm(call, after=after)
            try:
                step()
                done += 1
            except Killed:
                pass
            purse.fuse.arm(None)
            step()
            purse.sound()
        assert (len(purse.stored.credits), purse.balance()) == (1, "0.00")
        assert purse.balances() == {("cash", "USD"): 0, ("customer_credit", "USD"): 0}
        if done == 2:
            return
    raise AssertionError("it did not end")


def test_credit_sold_for_less_takes_less_cash_and_gives_it_back() -> None:
    purse = Purse().open()
    half = purse.put("50", cost_basis="0.5")
    assert purse.balances() == {
        ("cash", "USD"): 2500,
        ("promotional_credit", "USD"): -2500,
        ("customer_credit", "USD"): 5000,
    }
    purse.contract(fee("10"))
    purse.bill()
    purse.void(half.credit.id)
    # 40 of the 50 were left: 20 of cash go back, and 20 were never given away.
    balances = purse.balances()
    assert (balances["cash", "USD"], balances["promotional_credit", "USD"]) == (500, -500)
    purse.sound()


def test_nothing_is_withdrawn_of_what_is_used_up_expired_or_unknown() -> None:
    purse = Purse().open()
    used = purse.put("10")
    purse.contract(fee("10"))
    purse.bill()
    with pytest.raises(Conflict):
        purse.void(used.credit.id)
    expired = purse.put("10", "c2", expires_on="2025-07-01")
    with pytest.raises(Conflict):
        purse.void(expired.credit.id, at="2025-07-02T00:00:00Z")
    with pytest.raises(NotFound):
        purse.void("wcr_none")
    with pytest.raises(NotFound):
        purse.put("10", "c3", at="2025-07-01T00:00:00Z").credit.id and purse.void("wcr_none")
    with pytest.raises(InvalidInput):
        purse.put("10", "c4", expires_on="2025-06-30")
    purse.sound()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    ("kind", "account", "balance"), [("purchased", "breakage", 400), ("promotional", "promotional_credit", -600)]
)
def test_what_expires_is_posted_once_whatever_crashes(kind, account, balance, after) -> None:
    """10 are put in and 6 used: 4 of bought money become revenue, 4 of given money are taken back, so 6 were given."""
    for call in range(40):
        purse = Purse().open()
        purse.put("10", kind=kind, expires_on="2025-07-31")
        purse.contract(fee("6"), ends_on="2025-07-31")
        purse.bill()
        assert purse.balance("2025-07-31T23:59:59Z") == "4.00"
        assert purse.balance("2025-08-01T00:00:00Z") == "0.00"
        assert purse.lapse("2025-07-31T23:59:59Z") == 0
        purse.fuse.arm(call, after=after)
        died = False
        try:
            purse.lapse("2025-08-01T00:05:00Z")
        except Killed:
            died = True
        purse.fuse.arm(None)
        purse.lapse("2025-08-03T00:00:00Z")
        assert purse.lapse("2025-08-04T00:00:00Z") == 0
        balances = purse.balances()
        assert (balances[account, "USD"], balances["customer_credit", "USD"]) == (balance, 0)
        purse.sound(purse.clock.now())
        assert not purse.bodies(f"{ORG}#wallet-expiries")
        if not died:
            (entry,) = [one for one in purse.bodies(f"{ORG}#journal", Table.LEDGER) if one["event"] == "wallet_expired"]
            assert (entry["posted_on"], entry["effective_on"]) == ("2025-08-01", "2025-08-01")
            return
    raise AssertionError("it did not end")


def test_on_a_test_clock_that_jumped_what_was_due_before_the_expiry_still_uses_the_money() -> None:
    purse = Purse().open(test_clock="2025-07-01T00:00:00Z")
    purse.put("10", expires_on="2025-07-31")
    purse.contract(fee("6"), ends_on="2025-07-31")
    # The clock jumps to September, and the sweep comes before the run.
    assert purse.lapse("2025-09-01T00:00:00Z") == 0
    (document,) = purse.bill(at="2025-07-01T00:00:00Z", pointed=True)
    assert document.wallet_applied == dollars("6")
    assert purse.lapse("2025-09-01T00:00:00Z") == 1
    assert purse.balances()["breakage", "USD"] == 400
    purse.sound()
