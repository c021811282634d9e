"""What a wallet pays when documents are issued: once, whoever crashes, repeats or comes first."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.faults import Killed
from tests.purse import CUSTOMER, Overtaking, Purse, dollars, fee
from tests.till import ORG
from usance.contract.contract import Contract
from usance.invoicing.document import Status
from usance.ports import Kind
from usance.records.contracts import contract_body


def test_what_was_given_is_spent_before_what_was_bought_and_the_rest_is_due() -> None:
    purse = Purse().open()
    bought, given = purse.put("50"), purse.put("30", "c2", kind="promotional")
    purse.contract(fee("100"))
    (document,) = purse.bill()
    # 100 - 30 - 50 = 20
    assert (document.total, document.wallet_applied) == (dollars("100"), dollars("80"))
    state = purse.state(document.id)
    assert (state.status, state.amount_due, state.paid) == (Status.APPROVED, dollars("20"), dollars("0"))
    draws = purse.stored.latest(purse.clock.now()).draws
    assert [(one.credit, one.amount) for one in draws] == [
        (given.credit.id, dollars("30")),
        (bought.credit.id, dollars("50")),
    ]
    # Cash 50; 30 given away; receivable 100 - 80; revenue still deferred.
    assert purse.balances() == {
        ("cash", "USD"): 5000,
        ("promotional_credit", "USD"): -3000,
        ("customer_credit", "USD"): 0,
        ("accounts_receivable", "USD"): 2000,
        ("deferred_revenue", "USD"): 10000,
    }
    purse.sound()


def test_an_invoice_that_the_wallet_pays_is_paid_at_once_and_is_not_collected() -> None:
    purse = Purse().open(method=True)
    purse.put("150")
    purse.contract(fee("100"))
    (document,) = purse.bill()
    assert purse.state(document.id).status is Status.PAID
    assert purse.collect(document.id).outcome == "paid"
    assert purse.provider.calls == []
    assert purse.balance() == "50.00"
    purse.sound()


def test_only_what_the_wallet_leaves_is_collected() -> None:
    purse = Purse().open(method=True)
    purse.put("30")
    purse.contract(fee("100"))
    (document,) = purse.bill()
    purse.collect_to_the_end(document.id)
    assert purse.provider.taken() == [dollars("70")]
    state = purse.state(document.id)
    assert (state.status, state.paid, state.amount_due) == (Status.PAID, dollars("70"), dollars("0"))
    purse.sound()


def test_a_credit_note_is_not_paid_and_gives_nothing_back() -> None:
    purse = Purse().open()
    purse.put("500")
    purse.contract(fee("100", every="P1Y"), adjustments="immediate")
    purse.bill()
    prices = {"model": "flat", "amount": "40"}
    purse.amend("2025-07-02T00:00:00Z", effective_on="2025-07-01", item="fee", prices=prices)
    (note,) = purse.bill(at="2025-07-02T00:00:00Z")
    assert (note.total, note.wallet_applied) == (dollars("-60"), dollars("0"))
    assert purse.balance() == "400.00"
    purse.sound()


def test_a_wallet_pays_for_its_own_customer_in_its_own_currency() -> None:
    purse = Purse().open()
    purse.put("500")
    purse.record(ORG, Kind.CUSTOMER, "cus_other", {"name": "Other"}, "other")
    for name, customer, currency in (("ctr_1", "cus_other", "USD"), ("ctr_2", CUSTOMER, "EUR")):
        contract = Contract.model_validate({"starts_on": "2025-07-01", "items": [fee("100")]})
        body = contract_body(contract, customer=customer, currency=currency, zone="UTC")
        purse.record(ORG, Kind.CONTRACT, name, dict(body))
        (document,) = purse.bill(name)
        assert not document.wallet_applied
    assert purse.balance() == "500.00"


def test_without_a_wallet_a_document_costs_one_read_more() -> None:
    counts = {}
    for name, filled in (("none", False), ("empty", True)):
        purse = Purse().open()
        if filled:
            purse.put("10")
            purse.void(purse.credit_ids()[0])
        purse.contract(fee("100"))
        purse.fuse.arm(None)
        reads = Reads(purse)
        (document,) = purse.bill()
        assert not document.wallet_applied
        counts[name] = reads.of_wallets
    assert counts == {"none": 1, "empty": 1}


class Reads:
    """Counts what is read of wallets."""

    def __init__(self, purse: Purse) -> None:
        self.of_wallets = 0
        get, query = purse.tables.get, purse.tables.query

        def counted_get(key):
            self.of_wallets += "#wallet" in key.partition
            return get(key)

        def counted_query(table, partition, **named):
            self.of_wallets += "#wallet" in partition
            return query(table, partition, **named)

        purse.tables.get, purse.tables.query = counted_get, counted_query  # type: ignore[method-assign]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_crash_at_any_call_of_billing_spends_once(after) -> None:
    for call in range(80):
        purse = Purse().open()
        purse.put("30")
        purse.settings(threshold="10", amount="40")
        purse.contract(fee("100"))
        purse.fuse.arm(call, after=after)
        died = False
        try:
            purse.bill()
        except Killed:
            died = True
        purse.fuse.arm(None)
        purse.bill()
        purse.sweep()
        totals = sorted((str(state.total), str(state.amount_due)) for state in purse.states())
        # The invoice, and one top-up: 0.00 were left, at the threshold or below.
        assert totals == [("100.00", "70.00"), ("40.00", "40.00")], call
        purse.sound()
        assert purse.stored.head.top_ups == 1
        assert not purse.bodies(f"{ORG}#wallets-low")
        if not died:
            return
    raise AssertionError("billing did not end")


def test_two_contracts_issued_at_once_never_spend_a_unit_twice() -> None:
    """The first stands still at each of its calls in turn while the second is billed."""
    for call in range(60):
        purse = Purse().open()
        purse.put("150")
        purse.contract(fee("100"))
        purse.contract(fee("100"), name="ctr_2")
        overtaking = Overtaking(purse, partial(purse.bill, "ctr_2"), call)
        purse.bill()
        if not overtaking.done:
            assert call > 5
            return
        assert sorted(str(one.wallet_applied) for one in purse.states()) == ["100.00", "50.00"]
        assert purse.balance() == "0.00"
        purse.sound()
    raise AssertionError("billing did not end")


@pytest.mark.parametrize("what", ["put", "void", "lapse"])
def test_what_else_happens_to_the_wallet_during_billing_is_not_lost(what) -> None:
    for call in range(60):
        purse = Purse().open()
        first = purse.put("30", expires_on="2025-07-01")
        purse.contract(fee("100"), starts_on="2025-07-05")
        happens: dict[str, Callable[[], Any]] = {
            "put": partial(purse.put, "50", "c2", at="2025-07-05T00:00:00Z"),
            "void": partial(purse.void, first.credit.id, at="2025-07-01T00:00:00Z"),
            "lapse": partial(purse.lapse, "2025-07-05T00:00:00Z"),
        }
        overtaking = Overtaking(purse, happens[what], call)
        purse.bill(at="2025-07-05T00:00:00Z")
        if not overtaking.done:
            assert call > 5
            return
        purse.lapse("2025-07-05T00:00:00Z")
        purse.sound()
    raise AssertionError("billing did not end")


def test_entries_at_one_instant_follow_each_other() -> None:
    """What is put in after something was spent at the same instant did not pay for it."""
    purse = Purse().open()
    first = purse.put("60")
    purse.contract(fee("50"))
    (document,) = purse.bill()
    better = purse.put("40", "c2", kind="promotional", priority=-1)
    draws = purse.stored.latest(purse.clock.now()).draws
    assert [(one.credit, one.debit) for one in draws] == [(first.credit.id, document.id)]
    assert better.left == dollars("40")
    assert purse.balance() == "50.00"
    purse.sound()
