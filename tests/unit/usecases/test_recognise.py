"""Scheduling and recognising revenue over the memory twins."""

from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime
from itertools import count

import pytest

from tests.faults import Killed
from tests.world import World
from usance.ledger.balance import trial_balance
from usance.records.journal import read_entries
from usance.records.schedules import open_documents
from usance.revenue.table import revenue_table
from usance.usecases.bill import Look, bill_contract
from usance.usecases.recognise import recognise_document, recognise_next, schedule

FEE = {"id": "fee", "product": "Platform fee", "prices": {"model": "flat", "amount": "500.00"}}
JULY = datetime(2025, 7, 1, tzinfo=UTC)


def issued(world: World) -> str:
    world.organisation()
    world.customer()
    world.metric()
    world.contract(FEE, ends_on="2025-07-31")
    return bill_contract(world.billing, "org_a", Look("ctr_1"), JULY).documents[0].id


def rows(world: World) -> list[tuple[str, str, str]]:
    entries = list(read_entries(world.tables, "org_a", date(2025, 1, 1), date(2026, 1, 1)))
    assert trial_balance(entries).balanced
    return [(row.month, str(row.recognised), str(row.deferred_balance)) for row in revenue_table(entries)]


def test_day_by_day_until_nothing_is_left():
    world = World()
    document = issued(world)
    assert schedule(world.tables, "org_a", document) == 1
    assert list(open_documents(world.tables, "org_a", after=None, limit=10)) == [document]
    recognise_document(world.tables, "org_a", document, datetime(2025, 7, 11, tzinfo=UTC), "UTC")
    assert rows(world) == [("2025-07", "161.29", "338.71")]  # 500 x 10/31
    recognise_document(world.tables, "org_a", document, datetime(2025, 8, 1, tzinfo=UTC), "UTC")
    assert rows(world) == [("2025-07", "500.00", "0.00")]
    assert list(open_documents(world.tables, "org_a", after=None, limit=10)) == []


def test_repeating_changes_nothing():
    world = World()
    document = issued(world)
    for _ in range(2):
        schedule(world.tables, "org_a", document)
        recognise_document(world.tables, "org_a", document, datetime(2025, 7, 11, tzinfo=UTC), "UTC")
    before = world.dump()
    schedule(world.tables, "org_a", document)
    assert recognise_document(world.tables, "org_a", document, datetime(2025, 7, 11, tzinfo=UTC), "UTC") == 0
    assert world.dump() == before


def test_all_organisations_a_part_at_a_time():
    world = World()
    documents = []
    for name in ("org_a", "org_b"):
        world.organisation(name, test_clock="2025-08-01T00:00:00Z")
        world.customer(name)
        for number in range(3):
            world.contract(FEE, organisation=name, name=f"ctr_{number}", ends_on="2025-07-31")
            made = bill_contract(world.billing, name, Look(f"ctr_{number}"), JULY).documents[0]
            schedule(world.tables, name, made.id)
            documents.append(made.id)
    cursor, steps, posted = None, 0, 0
    while True:
        step = recognise_next(world.control, world.tables, world.clock, cursor=cursor, limit=2)
        cursor, steps, posted = step.cursor, steps + 1, posted + step.entries
        if cursor is None:
            break
    assert posted == len(documents) == 6
    assert steps == 4
    assert recognise_next(world.control, world.tables, world.clock, cursor=None, limit=100).entries == 0


@pytest.mark.parametrize("after", [False, True], ids=["before the call", "after the call"])
def test_a_crash_at_any_call_loses_and_doubles_nothing(after):
    until = datetime(2025, 7, 11, tzinfo=UTC)
    for place in count():
        world = World()
        document = issued(world)
        tables = world.fuse.guard(world.tables)
        world.fuse.arm(place, after=after)
        with contextlib.suppress(Killed):
            schedule(tables, "org_a", document)
            recognise_document(tables, "org_a", document, until, "UTC")
            break
        world.fuse.arm(None)
        schedule(tables, "org_a", document)
        recognise_document(tables, "org_a", document, until, "UTC")
        assert rows(world) == [("2025-07", "161.29", "338.71")]
