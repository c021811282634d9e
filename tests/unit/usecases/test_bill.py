"""Billing over the memory twins: what is recorded, that repeating changes nothing, that no crash loses or doubles."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from itertools import count

import pytest

from tests.faults import Killed
from tests.world import World
from usance.kernel.errors import NotFound
from usance.ports import Machine, Queue, Table
from usance.records.contracts import read_contract
from usance.usecases.bill import Look, bill_contract
from usance.usecases.billing_run import RunRequest, bill_chunk, dispatch, progress
from usance.usecases.facts import read_facts
from usance.usecases.preview import preview
from usance.usecases.relay import relay

SEATS = {"id": "seats", "product": "Seats", "quantity": 10, "prices": {"model": "per_unit", "unit_amount": "10.00"}}
COMPUTE = {
    "id": "compute",
    "product": "Compute",
    "quantity": {"metric": "cpu"},
    "prices": {"model": "per_unit", "unit_amount": "0.05"},
}
AUGUST = datetime(2025, 8, 1, tzinfo=UTC)
OCTOBER = datetime(2025, 10, 1, tzinfo=UTC)


@pytest.fixture
def world() -> World:
    made = World()
    made.organisation()
    made.customer()
    made.metric()
    return made


def bill(world: World, at: datetime, contract: str = "ctr_1", **options):
    return bill_contract(world.billing, "org_a", Look(contract), at, **options)


def totals(world: World) -> list[tuple[str, str, str]]:
    return sorted(
        (body["number"], body["issued_on"], body["total"])
        for (_table, partition, sort), body in world.dump().items()
        if partition.startswith("org_a#doc#") and sort == "document"
    )


def test_issuing_records_document_number_state_journal_and_message_together(world):
    world.contract(SEATS, COMPUTE)
    world.use("2025-07-03T10:00:00Z", "12.5")
    made = bill(world, AUGUST)
    assert [str(one.total) for one in made.documents] == ["200.63"]  # 100 + 100 + 12.5 x 0.05 = 0.625
    document = made.documents[0].id
    stored = world.dump()
    assert stored[Table.DOCUMENTS, f"org_a#doc#{document}", "document"]["number"] == "INV-000001"
    assert stored[Table.DOCUMENTS, f"org_a#doc#{document}", "state"]["status"] == "approved"
    assert [body["event"] for body in world.bodies("org_a#journal", Table.LEDGER)] == ["invoice_issued"]
    assert [body["payload"]["invoice"] for body in world.bodies("org_a#outbox")] == [document]
    assert world.objects.get(made.documents[0].evidence or "") is not None


def test_running_again_changes_nothing(world):
    world.contract(SEATS, COMPUTE)
    bill(world, AUGUST)
    before = world.dump()
    assert bill(world, AUGUST).documents == ()
    assert world.dump() == before


def test_a_test_clock_passes_through_every_month(world):
    world.contract(SEATS)
    bill(world, OCTOBER, pass_through_months=True)
    assert totals(world) == [
        ("INV-000001", "2025-07-01", "100.00"),
        ("INV-000002", "2025-08-01", "100.00"),
        ("INV-000003", "2025-09-01", "100.00"),
        ("INV-000004", "2025-10-01", "100.00"),
    ]


def test_a_late_run_bills_what_was_missed_on_one_invoice(world):
    world.contract(SEATS)
    bill(world, OCTOBER)
    assert totals(world) == [("INV-000001", "2025-10-01", "400.00")]


def test_a_retroactive_amendment_becomes_an_adjustment(world):
    world.contract(SEATS)
    bill(world, AUGUST)
    change = {"model": "per_unit", "unit_amount": "9.00"}
    world.amend("2025-08-20T09:00:00Z", effective_on="2025-08-01", item="seats", prices=change)
    bill(world, datetime(2025, 9, 1, tzinfo=UTC))
    assert [total for _number, _day, total in totals(world)] == ["200.00", "80.00"]  # 90 for September, -10 for August


def test_what_cannot_be_billed_is_parked_and_released_by_a_run_that_succeeds(world):
    world.contract({**COMPUTE, "quantity": {"metric": "gpu"}})
    assert "gpu" in (bill(world, AUGUST).parked or "")
    assert [body["reason"] for body in world.bodies("org_a#parked")] == [bill(world, AUGUST).parked]
    world.metric(name="gpu")
    assert bill(world, AUGUST).parked is None
    assert world.bodies("org_a#parked") == []


def test_what_mends_a_parked_contract_on_a_test_clock_holds_though_it_fell_due_before(world):
    world.contract({"id": "odd", "quantity": 0, "prices": {"model": "formula", "expression": "1 / quantity"}})
    assert "zero" in (bill(world, OCTOBER, pass_through_months=True).parked or "")
    mended = {"model": "flat", "amount": "10.00"}
    world.amend("2025-09-30T09:00:00Z", effective_on="2025-07-01", item="odd", prices=mended)
    record = read_contract(world.control, "org_a", "ctr_1")
    facts, _documents = read_facts(world.control, world.tables, world.objects, record)
    told = preview(world.billing, facts, OCTOBER, OCTOBER, pass_through_months=True)
    made = bill(world, OCTOBER, pass_through_months=True)
    # July to October, which is billed in advance, on one invoice: nothing was billed while it was parked.
    assert [(str(one.issued_on), str(one.total)) for one in made.documents] == [("2025-10-01", "40.00")]
    assert [one.lines for one in told] == [one.lines for one in made.documents]
    assert world.bodies("org_a#parked") == []


def test_a_contract_that_is_none(world):
    with pytest.raises(NotFound):
        bill(world, AUGUST, "ctr_none")


class TestRun:
    def start(self, world: World, run: str = "run-1", **request) -> int:
        return dispatch(world.control, world.tables, world.queues, world.clock, run, RunRequest.read(request))

    def work(self, world: World) -> list[dict]:
        return world.queues.take(Queue.BILL)

    def test_a_run_bills_what_is_due_and_counts_its_chunks(self, world):
        for number in range(120):
            world.contract(SEATS, name=f"ctr_{number:03}")
        world.clock.move(AUGUST)
        assert self.start(world) == 3
        assert not progress(world.tables, "run-1").complete
        messages = self.work(world)
        for message in messages:
            bill_chunk(world.billing, world.clock, message)
        done = progress(world.tables, "run-1")
        assert (done.complete, done.chunks, done.issued, done.parked) == (True, 3, 120, 0)
        assert len({number for number, _day, _total in totals(world)}) == 120
        before = world.dump()
        for message in messages * 2:
            bill_chunk(world.billing, world.clock, message)
        assert world.dump() == before
        assert progress(world.tables, "run-1") == done

    def test_nothing_due_is_a_complete_run_without_chunks(self, world):
        assert self.start(world) == 0
        assert progress(world.tables, "run-1").complete

    def test_after_a_run_the_pointers_stand_at_the_next_due_day(self, world):
        world.contract(SEATS)
        world.clock.move(AUGUST)
        self.start(world)
        for message in self.work(world):
            bill_chunk(world.billing, world.clock, message)
        assert [key[2] for key in world.dump() if key[1] == "org_a#due"] == ["2025-09-01T00:00:00Z#ctr_1"]

    def test_one_bad_contract_does_not_stop_the_others(self, world):
        world.contract({**COMPUTE, "quantity": {"metric": "gpu"}}, name="ctr_bad")
        world.contract(SEATS, name="ctr_good")
        world.clock.move(AUGUST)
        self.start(world)
        for message in self.work(world):
            result = bill_chunk(world.billing, world.clock, message)
        assert (result.issued, result.parked, result.failed) == (1, 1, ())


def test_relaying_starts_each_workflow_once(world):
    world.contract(SEATS)
    document = bill(world, AUGUST).documents[0].id
    assert relay(world.tables, world.workflows, "org_a") == 1
    assert relay(world.tables, world.workflows, "org_a") == 0
    payload = {"organisation": "org_a", "invoice": document}
    assert world.workflows.started(Machine.COLLECT_PAYMENT) == {document: payload}
    assert world.workflows.started(Machine.SCHEDULE_REVENUE) == {document: payload}


@pytest.mark.parametrize("after", [False, True], ids=["before the call", "after the call"])
def test_a_crash_at_any_call_and_another_run_end_as_if_there_had_been_none(after):
    def fresh() -> World:
        made = World()
        made.organisation()
        made.customer()
        made.metric()
        made.contract(SEATS, COMPUTE)
        made.use("2025-07-03T10:00:00Z", "20")
        return made

    clean = fresh()
    bill(clean, OCTOBER, pass_through_months=True)
    expected = totals(clean)
    assert [total for _number, _day, total in expected] == ["100.00", "101.00", "100.00", "100.00"]
    for place in count():
        world = fresh()
        world.fuse.arm(place, after=after)
        with contextlib.suppress(Killed):
            bill(world, OCTOBER, pass_through_months=True)
            assert place >= world.fuse.calls, "the fuse was armed within the run and did not burn"
            break
        world.fuse.arm(None)
        bill(world, OCTOBER, pass_through_months=True)
        assert totals(world) == expected
        assert len(world.bodies("org_a#journal", Table.LEDGER)) == 4
        assert len(world.bodies("org_a#outbox")) == 4
