"""Usage that is charged as it arrives: the fold points runs to its contracts, and each event is billed once."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.faults import Killed
from tests.world import World
from usance.catalog.event_type import EventType
from usance.contract.contract import Contract
from usance.kernel.instant import parse_instant
from usance.metering.schema import Schema
from usance.ports import Kind, Queue
from usance.records.contract_lists import contracts_arriving
from usance.records.due import due_pointers
from usance.records.organisations import read_organisation
from usance.usecases.accept_usage import Delivery, Intake, accept_usage
from usance.usecases.bill import Billing
from usance.usecases.billing_run import RunRequest, bill_chunk, dispatch
from usance.usecases.contracts import record_contract
from usance.usecases.fold_all import fold_all
from usance.usecases.read_usage import UsageReader
from usance.usecases.registry import Intent

EVENT_TYPE = {"name": "compute", "fields": {"hours": "Decimal"}}
SCHEMA = Schema(EventType.model_validate(EVENT_TYPE).to_json())
NOON = parse_instant("2025-07-10T12:00:00Z")
TERMS: dict[str, Any] = {
    "customer": "acme",
    "starts_on": "2025-07-01",
    "items": [
        {
            "id": "compute",
            "quantity": {"metric": "cpu"},
            "billing": {"every": "P1M", "timing": "advance"},
            "prices": {"model": "per_unit", "unit_amount": "0.05"},
        }
    ],
}


class Rig(World):
    """An organisation whose usage goes the whole way: accepted, folded, read."""

    def __init__(self, test_clock: str | None = None) -> None:
        super().__init__()
        self.organisation(test_clock=test_clock)
        self.record("org_a", Kind.EVENT_TYPE, "evt_1", dict(EventType.model_validate(EVENT_TYPE).to_json()), "compute")
        self.customer()
        self.metric()
        self.clock.move(NOON)
        self.runs = 0

    @property
    def billing(self) -> Billing:
        control, tables, objects = (self.fuse.guard(one) for one in (self.control, self.tables, self.objects))
        return Billing(control, tables, objects, UsageReader(tables, objects))

    def agree(self, name: str = "a", **terms) -> str:
        contract = Contract.model_validate({**TERMS, "id": name, **terms})
        organisation = read_organisation(self.control, "org_a")
        tables, control = self.fuse.guard(self.tables), self.fuse.guard(self.control)
        return record_contract(control, tables, organisation, Intent(self.clock.now(), (name,)), contract).id

    def send(self, id: str, at: str, hours: str, customer: str = "acme") -> None:
        event = {"id": id, "customer": customer, "timestamp": at, "data": {"hours": hours}}
        intake = Intake(self.tables, self.objects, self.clock)
        delivery = Delivery("org_a", "compute", json.dumps(event).encode(), self.clock.now())
        assert accept_usage(intake, SCHEMA, delivery).accepted == 1

    def fold(self) -> None:
        control, tables, objects = (self.fuse.guard(one) for one in (self.control, self.tables, self.objects))
        run = fold_all(control, tables, objects, self.clock, lambda: False)
        assert not run.failed

    def bill(self) -> None:
        """A run as the schedule starts one."""
        self.runs += 1
        dispatch(self.control, self.tables, self.queues, self.clock, f"run-{self.runs}", RunRequest())
        for message in self.queues.take(Queue.BILL):
            assert not bill_chunk(self.billing, self.clock, message).failed

    def charged(self) -> list[str]:
        """Amounts of the lines of all documents, in the order of their numbers."""
        bodies = [body for body in self.bodies("org_a#doc#") if "lines" in body]
        return [line["amount"] for body in sorted(bodies, key=lambda one: one["number"]) for line in body["lines"]]

    def due(self, until: str = "2025-07-31T23:00:00Z") -> list[str]:
        return [at.isoformat() for _contract, at in due_pointers(self.tables, "org_a", parse_instant(until))]


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
