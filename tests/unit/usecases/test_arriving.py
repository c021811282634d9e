"""Usage that is charged as it arrives: the fold points runs to its contracts, and each event is billed once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.arriving import NOON, TERMS, Rig
from usance.kernel.instant import parse_instant
from usance.records.documents import documents_of
from usance.records.due import due_pointers


def test_what_arrives_is_charged_by_the_next_run_and_each_event_once():
    rig = Rig()
    rig.agree()
    rig.bill()  # looks at the contract as its start asks for, and finds nothing
    assert rig.due() == []
    rig.send("e1", "2025-07-10T09:00:00Z", "10")
    rig.fold()
    rig.bill()
    rig.bill()
    # 10 x 0.05
    assert rig.charged() == ["0.50"]
    rig.clock.move(NOON + timedelta(hours=1))
    rig.send("e2", "2025-07-10T12:30:00Z", "30")
    rig.send("e1", "2025-07-10T09:00:00Z", "10")  # a copy of what is folded already
    rig.fold()
    rig.bill()
    rig.fold()
    rig.bill()
    # 40 x 0.05 = 2.00, of which 0.50 was billed
    assert rig.charged() == ["0.50", "1.50"]
    assert rig.due() == []


def test_a_run_before_the_fold_charges_what_is_still_in_the_tail_and_the_next_one_nothing():
    rig = Rig()
    rig.agree()
    rig.send("e1", "2025-07-10T09:00:00Z", "10")
    rig.bill()
    assert rig.charged() == ["0.50"]
    rig.fold()
    rig.bill()
    assert rig.charged() == ["0.50"]


def test_folding_again_writes_nothing_new():
    rig = Rig()
    rig.agree()
    rig.send("e1", "2025-07-10T09:00:00Z", "10")
    rig.fold()
    before = rig.dump()
    rig.clock.move(NOON + timedelta(minutes=5))
    rig.fold()
    assert rig.dump() == before


def test_on_a_test_clock_a_run_finds_it_at_the_organisations_own_time():
    rig = Rig(test_clock="2025-07-05T00:00:00Z")
    rig.agree()
    rig.bill()
    rig.send("e1", "2025-07-04T09:00:00Z", "10")
    rig.fold()
    assert rig.due("2025-07-05T00:00:00Z") == ["2025-07-05T00:00:00+00:00"]
    rig.bill()
    assert rig.charged() == ["0.50"]


@pytest.mark.parametrize(
    ("at", "look"),
    [
        ("2025-07-10T12:00:00Z", "2025-07-10T12:00:00+00:00"),
        ("2025-07-10T12:00:01Z", "2025-07-10T13:00:00+00:00"),
        ("2025-07-10T23:59:59Z", "2025-07-11T00:00:00+00:00"),
    ],
)
def test_an_event_ahead_of_its_time_is_looked_at_when_its_time_has_come(at, look):
    rig = Rig()
    rig.agree()
    rig.bill()
    rig.send("e1", at, "10")
    rig.fold()
    assert rig.due() == [look]
    rig.clock.move(parse_instant(look))
    rig.bill()
    assert rig.charged() == ["0.50"]


def test_events_far_ahead_are_looked_at_by_the_day():
    rig = Rig(test_clock="2025-07-05T00:00:00Z")
    rig.agree()
    rig.bill()
    for number, at in enumerate(("2025-07-09T08:00:00Z", "2025-07-09T09:00:00Z", "2025-07-10T01:00:00Z")):
        rig.send(f"e{number}", at, "10")
    rig.fold()
    assert rig.due() == ["2025-07-10T00:00:00+00:00", "2025-07-11T00:00:00+00:00"]


def test_only_contracts_that_charge_it_as_it_arrives_are_looked_at():
    rig = Rig()
    arrears = {**TERMS["items"][0], "billing": {"timing": "arrears"}}
    rig.agree("arrears", items=[arrears])
    theirs = rig.customer(name="cus_zeta", external="zeta")
    other = rig.agree("other", customer=theirs)
    mine = rig.agree("mine")
    rig.bill()
    rig.send("e1", "2025-07-10T09:00:00Z", "10", "zeta")
    rig.fold()
    assert [contract for contract, _at in due_pointers(rig.tables, "org_a", NOON)] == [other]
    rig.send("e2", "2025-07-10T09:00:00Z", "10", "cus_acme")
    rig.fold()
    assert {contract for contract, _at in due_pointers(rig.tables, "org_a", NOON)} == {mine, other}


def calls_of_a_fold(timing: str, events: int) -> int:
    rig = Rig()
    rig.agree(items=[{**TERMS["items"][0], "billing": {"timing": timing}}])
    for number in range(events):
        rig.send(f"e{number}", "2025-07-10T09:00:00Z", "1")
    rig.fuse.arm(None)
    rig.fold()
    return rig.fuse.calls


def test_a_fold_that_found_something_costs_one_query_more_and_little_where_it_is_charged(monkeypatch):
    with_it = [calls_of_a_fold(timing, events) for timing in ("arrears", "advance") for events in (0, 5)]
    monkeypatch.setattr("usance.usecases.fold_all.look_at_arrived", lambda *_: 0)
    without = [calls_of_a_fold(timing, events) for timing in ("arrears", "advance") for events in (0, 5)]
    # Where it is charged the organisation is read, and one pointer is written.
    assert [one - other for one, other in zip(with_it, without, strict=True)] == [0, 1, 0, 3]


def test_documents_of_one_day_are_read_in_the_order_in_which_they_were_issued():
    rig = Rig()
    contract = rig.agree()
    for number in range(12):
        rig.send(f"e{number}", "2025-07-10T09:00:00Z", str(number + 1))
        rig.fold()
        rig.bill()
    # n x 0.05 each
    issued = documents_of(rig.tables, "org_a", contract).lines
    assert [str(line.net) for line in issued] == [f"{5 * n // 100}.{5 * n % 100:02}" for n in range(1, 13)]
