"""Memory and DynamoDB under the same random work: whatever one says, the other says."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run_test

from usance.ports import Change, Delete, Key, Put, Require, Table, TransactionRefused
from usance.store.dynamo import DynamoTables
from usance.store.memory import MemoryTables

SORTS = ["a", "a#", "a#1", "b", "é", "\ufffd", "😀"]
PARTITIONS = ["things", "others"]
TABLES = [Table.DOCUMENTS, Table.LEDGER]

run: Any = run_test
"""Takes a function that makes the machine, too, though its type does not say so."""

JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abé", max_size=3), inner, max_size=3),
    max_leaves=6,
)
BODIES = st.dictionaries(st.text("xyz", max_size=2), JSON, max_size=3)
PLACES = st.tuples(st.sampled_from(TABLES), st.sampled_from(PARTITIONS), st.sampled_from(SORTS))
BOUNDS = st.none() | st.sampled_from(["", *SORTS, "A", "aa", "\U0010ffff"])
EXPECTED = st.sampled_from(["right", "right", "right", "right", "nothing", 1, 2, 3])
"""What a change expects: mostly what is there, sometimes not."""
CHANGES = st.lists(
    st.tuples(PLACES, EXPECTED, st.sampled_from([Put, Put, Delete, Require]), BODIES),
    min_size=1,
    max_size=5,
    unique_by=lambda change: change[0],
)


class Agreement(RuleBasedStateMachine):
    """The same changes to both, and the same questions to both."""

    def __init__(self, dynamo: DynamoTables) -> None:
        super().__init__()
        self.org = f"org_{uuid4().hex}"
        self.memory = MemoryTables()
        self.dynamo = dynamo
        self.keys = [self.key(table, name, sort) for table in TABLES for name in PARTITIONS for sort in SORTS]

    def key(self, table: Table, partition: str, sort: str) -> Key:
        return Key(table, f"{self.org}#{partition}", sort)

    def change(self, place: Any, expected: Any, kind: Any, body: Any) -> Change:
        key = self.key(*place)
        stored = self.memory.get(key)
        there = None if stored is None else stored.version
        expect = {"right": there, "nothing": None}.get(expected, expected)
        if kind is Put:
            return Put(key, body, expect)
        return Require(key, expect) if kind is Require else Delete(key, expect or 1)

    @rule(planned=CHANGES)
    def transact(self, planned: Any) -> None:
        changes = [self.change(*one) for one in planned]
        answers = []
        for tables in (self.memory, self.dynamo):
            try:
                tables.transact(changes)
            except TransactionRefused as refusal:
                answers.append(refusal.keys)
            else:
                answers.append(())
        assert answers[0] == answers[1]

    @rule(places=st.lists(PLACES, max_size=6))
    def get(self, places: Any) -> None:
        keys = [self.key(*place) for place in places]
        assert self.memory.get_many(keys) == self.dynamo.get_many(keys)
        for key in keys[:2]:
            assert self.memory.get(key) == self.dynamo.get(key)

    @rule(
        table=st.sampled_from(TABLES),
        partition=st.sampled_from(PARTITIONS),
        prefix=st.sampled_from(["", "", "a", "a#", "é", "\ufffd"]),
        after=BOUNDS,
        until=BOUNDS,
        limit=st.none() | st.integers(0, 4),
        newest_first=st.booleans(),
    )
    def query(self, table: Table, partition: str, **how: Any) -> None:
        where = (table, f"{self.org}#{partition}")
        assert list(self.memory.query(*where, **how)) == list(self.dynamo.query(*where, **how))

    @invariant()
    def same(self) -> None:
        assert self.memory.get_many(self.keys) == self.dynamo.get_many(self.keys)


def test_memory_and_dynamodb_agree(dynamo_tables):
    how = settings(max_examples=12, stateful_step_count=25, deadline=None)
    run(lambda: Agreement(dynamo_tables), settings=how)


@pytest.mark.nightly
@pytest.mark.slow
def test_memory_and_dynamodb_agree_for_long(dynamo_tables):
    how = settings(max_examples=500, stateful_step_count=60, deadline=None)
    run(lambda: Agreement(dynamo_tables), settings=how)
