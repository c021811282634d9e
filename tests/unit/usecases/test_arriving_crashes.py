"""Usage that is charged as it arrives, when folds, runs and recordings die or overtake each other."""

from __future__ import annotations

from datetime import timedelta

from tests.arriving import NOON, TERMS, Rig
from tests.faults import Killed
from usance.ports import Queue
from usance.records.contract_lists import contracts_arriving
from usance.usecases.billing_run import RunRequest, bill_chunk, dispatch


def test_a_fold_killed_anywhere_leaves_nothing_that_no_run_ever_charges():
    after_call = [(call, after) for call in range(40) for after in (False, True)]
    killed = 0
    for call, after in after_call:
        rig = Rig()
        rig.agree()
        rig.bill()
        rig.send("e1", "2025-07-10T09:00:00Z", "10")
        rig.fuse.arm(call, after=after)
        try:
            rig.fold()
        except Killed:
            killed += 1
        rig.fuse.arm(None)
        rig.clock.move(NOON + timedelta(minutes=5))
        rig.fold()
        rig.bill()
        rig.bill()
        assert rig.charged() == ["0.50"], (call, after)
        assert rig.due() == []
    assert killed > 10


def test_a_contract_whose_recording_was_killed_is_charged_once_it_is_recorded():
    killed = 0
    for call in range(20):
        for after in (False, True):
            rig = Rig()
            rig.fuse.arm(call, after=after)
            try:
                rig.agree()
            except Killed:
                killed += 1
            rig.fuse.arm(None)
            rig.send("e1", "2025-07-10T09:00:00Z", "10")
            rig.fold()
            rig.bill()
            contract = rig.agree()
            assert dict(contracts_arriving(rig.tables, "org_a", "compute")) == {contract: {"acme", "cus_acme"}}
            rig.clock.move(NOON + timedelta(minutes=5))
            rig.bill()
            assert rig.charged() == ["0.50"], (call, after)
    assert killed > 4


def test_two_runs_at_once_bill_each_event_once():
    for call in range(60):
        rig = Rig()
        rig.agree()
        rig.bill()
        rig.send("e1", "2025-07-10T09:00:00Z", "10")
        rig.fold()
        dispatch(rig.control, rig.tables, rig.queues, rig.clock, "one", RunRequest())
        dispatch(rig.control, rig.tables, rig.queues, rig.clock, "two", RunRequest())
        messages = rig.queues.take(Queue.BILL)
        assert len(messages) == 2
        rig.fuse.arm(call)
        try:
            bill_chunk(rig.billing, rig.clock, messages[0])
        except Killed:
            rig.fuse.arm(None)
            rig.send("e2", "2025-07-10T11:00:00Z", "2")
            rig.fold()
            bill_chunk(rig.billing, rig.clock, messages[1])
            bill_chunk(rig.billing, rig.clock, messages[0])
            rig.bill()
            # 12 x 0.05, in one document or two.
            assert sum(int(text.replace(".", "")) for text in rig.charged()) == 60, call
            continue
        break
    else:
        raise AssertionError("no call was left out")


def test_a_run_that_comes_late_takes_nothing_back_of_what_a_later_one_charged():
    rig = Rig()
    flat = {"id": "fee", "billing": {"every": "P1D", "timing": "advance"}, "prices": {"model": "flat", "amount": "1"}}
    rig.agree(starts_on="2025-07-10", items=[TERMS["items"][0], flat], adjustments="immediate")
    dispatch(rig.control, rig.tables, rig.queues, rig.clock, "slow", RunRequest())
    [slow] = rig.queues.take(Queue.BILL)
    rig.clock.move(NOON + timedelta(days=1))
    rig.send("e1", "2025-07-10T12:30:00Z", "10")
    rig.fold()
    rig.bill()
    # 10 x 0.05, and two days of the fee
    assert sorted(rig.charged()) == ["0.50", "1.00", "1.00"]
    assert not bill_chunk(rig.billing, rig.clock, slow).failed
    assert sorted(rig.charged()) == ["0.50", "1.00", "1.00"]
    rig.bill()
    assert sorted(rig.charged()) == ["0.50", "1.00", "1.00"]
