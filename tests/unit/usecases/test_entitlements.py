"""Grants by hand and balances over the memory twins: crashes, races, bounds, and reading what was just acknowledged."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.faults import Killed
from tests.world import EARLY, World
from usance.catalog.entitlement import Entitlement, ManualGrant
from usance.catalog.event_type import EventType
from usance.contract.contract import Contract
from usance.kernel.errors import Conflict
from usance.kernel.instant import parse_instant
from usance.metering.schema import Schema
from usance.records.contract_lists import contracts_of
from usance.records.contracts import read_contract, recorded_grants
from usance.records.due import due_pointers
from usance.records.organisations import read_organisation
from usance.usecases import grants
from usance.usecases.accept_usage import Delivery, Intake, accept_usage
from usance.usecases.bill import Billing, Look, bill_contract
from usance.usecases.contracts import agree, record_contract
from usance.usecases.definitions import create_entitlement
from usance.usecases.entitlements import contract_entitlements, customer_entitlements
from usance.usecases.fold_usage import fold_usage
from usance.usecases.grants import VoidOrder, give_grant, void_grant
from usance.usecases.read_usage import UsageReader
from usance.usecases.registry import Intent

CALLS = ManualGrant.model_validate({"entitlement": "calls", "type": "quantity", "amount": 100})
CPU = {"id": "cpu", "quantity": {"metric": "cpu"}, "prices": {"model": "per_unit", "unit_amount": "0.05"}}


@pytest.fixture
def world() -> World:
    return made()


def made(**terms: Any) -> World:
    world = World()
    world.organisation()
    world.customer()
    world.metric()
    record(world, "c", **terms)
    return world


def record(world: World, name: str, **terms: Any) -> str:
    written = {"id": name, "customer": "acme", "starts_on": "2025-07-01", "items": [CPU], **terms}
    control, tables = world.fuse.guard(world.control), world.fuse.guard(world.tables)
    organisation = read_organisation(world.control, "org_a")
    contract = Contract.model_validate(written)
    return record_contract(control, tables, organisation, Intent(EARLY, (name,)), contract).id


def give(world: World, grant: ManualGrant = CALLS, *, id: str = "grt_1", at: str = "2025-07-01T00:00:00Z") -> None:
    control, tables = world.fuse.guard(world.control), world.fuse.guard(world.tables)
    organisation = read_organisation(world.control, "org_a")
    give_grant(control, tables, organisation, "c", grant, id=id, as_of=parse_instant(at), version=None)


def void(world: World, at: str) -> None:
    control, tables = world.fuse.guard(world.control), world.fuse.guard(world.tables)
    organisation = read_organisation(world.control, "org_a")
    void_grant(control, tables, organisation, "c", "grt_1", VoidOrder(), parse_instant(at))


def balance(world: World, at: str) -> Decimal | None:
    record = read_contract(world.control, "org_a", "c")
    held = contract_entitlements(world.billing, record, parse_instant(at))
    return held[0].balance if held else None


def test_a_grant_whose_recording_was_killed_is_there_once_and_a_run_looks_at_it() -> None:
    killed = 0
    for call in range(10):
        for after in (False, True):
            world = made()
            world.fuse.arm(call, after=after)
            try:
                give(world)
            except Killed:
                killed += 1
            world.fuse.arm(None)
            known = recorded_grants(read_contract(world.control, "org_a", "c"))
            pointers = {at for _contract, at in due_pointers(world.tables, "org_a", EARLY)}
            # Never a grant that no run looks for.
            assert pointers >= ({EARLY} if known else set())
            give(world, at="2025-07-02T00:00:00Z")
            [given] = recorded_grants(read_contract(world.control, "org_a", "c"))
            assert given.grant == CALLS
    assert killed >= 8


def test_a_withdrawal_that_was_killed_is_completed() -> None:
    killed = 0
    for call in range(10):
        for after in (False, True):
            world = made()
            give(world)
            world.fuse.arm(call, after=after)
            try:
                void(world, "2025-07-05T00:00:00Z")
            except Killed:
                killed += 1
            world.fuse.arm(None)
            void(world, "2025-07-05T00:00:00Z")
            assert balance(world, "2025-07-05T00:00:00Z") == 0
            assert balance(world, "2025-07-04T00:00:00Z") == 100
    assert killed >= 6


def test_grants_of_two_people_at_once_are_both_kept(world: World) -> None:
    stale = read_contract(world.control, "org_a", "c")
    give(world, id="grt_2")

    class Stale:
        """A control plane that answers the first read with what was there before."""

        def __init__(self) -> None:
            self.first = True

        def __getattr__(self, name: str) -> Any:
            return getattr(world.control, name)

        def get(self, *arguments: Any) -> Any:
            answer, self.first = (stale if self.first else world.control.get(*arguments)), False
            return answer

    organisation = read_organisation(world.control, "org_a")
    give_grant(Stale(), world.tables, organisation, "c", CALLS, id="grt_1", as_of=EARLY, version=None)
    assert [one.id for one in recorded_grants(read_contract(world.control, "org_a", "c"))] == ["grt_2", "grt_1"]


def test_a_contract_takes_so_many_grants_and_no_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grants, "MOST_GRANTS", 2)
    give(world, id="grt_1")
    give(world, id="grt_2")
    with pytest.raises(Conflict):
        give(world, id="grt_3")
    give(world, id="grt_2")
    assert balance(world, "2025-07-01T00:00:00Z") == 200


def test_a_balance_counts_every_acknowledged_event_at_once_and_folding_changes_nothing(world: World) -> None:
    fields = {"name": "compute", "fields": {"hours": "Decimal"}}
    schema = Schema(EventType.model_validate(fields).to_json())
    reader = UsageReader(world.tables, world.objects)
    billing = Billing(world.control, world.tables, world.objects, reader)
    give(world)
    held = read_contract(world.control, "org_a", "c")
    now = parse_instant("2025-07-10T00:00:00Z")
    for number, left in enumerate((90, 80, 70)):
        event = {"id": f"e{number}", "customer": "acme", "timestamp": "2025-07-09T23:59:59Z", "data": {"hours": "10"}}
        intake = Intake(world.tables, world.objects, world.clock)
        world.clock.move(now)
        accept_usage(intake, schema, Delivery("org_a", "compute", json.dumps(event).encode(), now))
        assert contract_entitlements(billing, held, now)[0].balance == left
        fold_usage(world.tables, world.objects, world.clock, "org_a", "compute")
        assert contract_entitlements(billing, held, now)[0].balance == left


def test_use_counts_by_when_it_happened_and_grants_by_when_they_were_recorded(world: World) -> None:
    give(world, at="2025-07-01T00:00:00Z")
    world.use("2025-07-05T00:00:00Z", "40")
    later = ManualGrant.model_validate(
        {"entitlement": "calls", "type": "quantity", "amount": 7, "effective_on": "2025-07-01"}
    )
    give(world, later, id="grt_2", at="2025-07-20T00:00:00Z")
    # A balance at an instant has what was given and what was used at it.
    assert balance(world, "2025-07-04T23:59:59Z") == 100
    assert balance(world, "2025-07-05T00:00:00Z") == 60
    assert balance(world, "2025-07-19T23:59:59Z") == 60
    assert balance(world, "2025-07-20T00:00:00Z") == 67


def test_credits_of_a_grant_to_come_have_paid_nothing_yet() -> None:
    plan = {"id": "plan", "billing": {"timing": "advance"}, "prices": {"model": "flat", "amount": "30"}}
    world = made(items=[plan])
    terms = {"entitlement": "money", "type": "credits", "amount": 100}
    give(world, ManualGrant.model_validate({**terms, "effective_on": "2025-07-01"}))
    late = ManualGrant.model_validate({**terms, "effective_at": "2025-07-10T12:00:00Z"})
    give(world, late, id="grt_2", at="2025-07-01T00:00:00Z")
    assert balance(world, "2025-07-10T11:59:59Z") == 70
    assert balance(world, "2025-07-10T12:00:00Z") == 170


def test_what_is_left_is_what_the_invoice_did_not_take(world: World) -> None:
    give(world)
    world.use("2025-07-05T00:00:00Z", "130")
    billed = bill_contract(
        world.billing,
        "org_a",
        Look(read_contract(world.control, "org_a", "c").id),
        parse_instant("2025-08-01T00:00:00Z"),
    )
    # 130 - 100 = 30 x 0.05
    assert [str(one.total) for one in billed.documents] == ["1.50"]
    assert balance(world, "2025-08-01T00:00:00Z") == 0


def test_a_customers_contracts_are_found_however_their_recording_was_cut_short() -> None:
    for call in range(12):
        world = made()
        world.fuse.arm(call)
        try:
            record(world, "second", grants={"entitlement": "calls", "type": "quantity", "amount": 5})
        except Killed:
            world.fuse.arm(None)
            _owner, held = customer_entitlements(world.billing, "org_a", "acme", EARLY)
            assert not held
            record(world, "second", grants={"entitlement": "calls", "type": "quantity", "amount": 5})
        world.fuse.arm(None)
        owner, [held_now] = customer_entitlements(world.billing, "org_a", "acme", EARLY)
        assert (owner.id, held_now.total.balance, len(held_now.contracts)) == ("cus_acme", 5, 1)
        assert len(list(contracts_of(world.tables, "org_a", "cus_acme"))) == 2


def test_a_contract_without_grants_reads_no_usage(world: World) -> None:
    def refuse(*_: Any) -> Any:
        raise AssertionError("usage was read")

    billing = Billing(world.control, world.tables, world.objects, refuse)
    record = read_contract(world.control, "org_a", "c")
    assert contract_entitlements(billing, record, EARLY) == []


def test_a_definitions_unit_is_written_into_the_grants_that_name_none(world: World) -> None:
    definition = Entitlement.model_validate({"name": "money", "type": "credits", "unit": "tokens"})
    create_entitlement(world.control, "org_a", Intent(EARLY), definition)
    money = {"entitlement": "money", "type": "credits", "amount": 10}
    written = {
        "customer": "acme",
        "starts_on": "2025-07-01",
        "pricing_units": {"tokens": "0.5", "coins": "2"},
        "grants": [money, {**money, "unit": "coins"}],
        "phases": [{"id": "p", "grants": [money], "items": [{**CPU, "id": "x", "grants": [money]}]}],
        "items": [CPU],
    }
    organisation = read_organisation(world.control, "org_a")
    contract = agree(world.control, organisation, Contract.model_validate(written)).contract
    assert [(where, terms.unit) for where, terms in contract.placed_grants()] == [
        ("/grants/0", "tokens"),
        ("/grants/1", "coins"),
        ("/phases/0/grants/0", "tokens"),
        ("/phases/0/items/0/grants/0", "tokens"),
    ]
