"""What both tables promise about writing and reading by key."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from usance.ports import Delete, Item, Key, Put, Require, Table, TransactionRefused
from usance.store.memory import MemoryTables

INSTANT = datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC)


@pytest.fixture
def key(org):
    return lambda sort="a", table=Table.DOCUMENTS: Key(table, f"{org}#things", sort)


def refused(tables, *changes):
    with pytest.raises(TransactionRefused) as caught:
        tables.transact(changes)
    return set(caught.value.keys)


def contents(tables, *keys):
    return {name: (item.version, dict(item.body)) for name, item in tables.get_many(keys).items()}


def test_what_is_not_there_is_none(tables, key):
    assert tables.get(key()) is None


def test_a_first_write_is_version_1(tables, key):
    tables.transact([Put(key(), {"x": 1})])
    assert tables.get(key()) == Item(key(), {"x": 1}, version=1, expires_at=None)


def test_each_write_counts_one_up_and_replaces_the_whole_body(tables, key):
    tables.transact([Put(key(), {"x": 1, "y": 1})])
    tables.transact([Put(key(), {"x": 2}, expect=1)])
    tables.transact([Put(key(), {"x": 3}, expect=2, expires_at=INSTANT)])
    assert tables.get(key()) == Item(key(), {"x": 3}, version=3, expires_at=INSTANT)
    tables.transact([Put(key(), {"x": 4}, expect=3)])
    assert tables.get(key()) == Item(key(), {"x": 4}, version=4, expires_at=None)


def test_the_same_sort_key_in_another_partition_or_table_is_another_item(tables, key, org):
    others = [Key(Table.DOCUMENTS, f"{org}#others", "a"), key(table=Table.LEDGER), key(table=Table.USAGE)]
    tables.transact([Put(key(), {"x": 1})])
    assert tables.get_many(others) == {}
    tables.transact([Put(other, {"x": 2}) for other in others])
    assert contents(tables, key(), *others) == {key(): (1, {"x": 1}), **dict.fromkeys(others, (1, {"x": 2}))}


@pytest.mark.parametrize("expect", [None, 1, 3])
def test_a_put_over_anything_but_the_expected_version_changes_nothing(tables, key, expect):
    tables.transact([Put(key(), {"x": 1})])
    tables.transact([Put(key(), {"x": 2}, expect=1)])
    assert refused(tables, Put(key(), {"x": 9}, expect=expect)) == {key()}
    assert tables.get(key()) == Item(key(), {"x": 2}, version=2)


def test_a_put_over_what_is_gone_is_refused(tables, key):
    assert refused(tables, Put(key(), {"x": 1}, expect=1)) == {key()}
    assert tables.get(key()) is None


def test_a_delete_removes_its_version_and_what_is_gone_is_gone(tables, key):
    tables.transact([Put(key(), {"x": 1})])
    assert refused(tables, Delete(key(), expect=2)) == {key()}
    tables.transact([Delete(key(), expect=1)])
    assert tables.get(key()) is None
    tables.transact([Delete(key(), expect=1)])
    tables.transact([Put(key(), {"x": 2})])
    assert tables.get(key()) == Item(key(), {"x": 2}, version=1)


@pytest.mark.parametrize("company", [False, True])
def test_a_requirement_holds_for_the_version_named_and_writes_nothing(tables, key, company):
    # By itself and beside another change: the two take different calls on AWS.
    def with_company(requirement, sort):
        return [requirement, Put(key(sort), {})] if company else [requirement]

    tables.transact([Put(key(), {"x": 1})])
    tables.transact(with_company(Require(key(), expect=1), "b"))
    tables.transact(with_company(Require(key("absent"), expect=None), "c"))
    assert refused(tables, *with_company(Require(key(), expect=2), "d")) == {key()}
    assert refused(tables, *with_company(Require(key(), expect=None), "d")) == {key()}
    assert refused(tables, *with_company(Require(key("absent"), expect=1), "d")) == {key("absent")}
    assert tables.get_many([key(), key("absent"), key("d")]) == {key(): Item(key(), {"x": 1})}


def test_all_changes_are_made_or_none_and_the_refusal_names_the_failures(tables, key):
    tables.transact([Put(key("old"), {"x": 1}), Put(key("gone"), {"x": 1}), Put(key("seen"), {"x": 1})])
    before = contents(tables, key("old"), key("gone"), key("seen"))
    changes = {
        "new": Put(key("new"), {"x": 2}),
        "old": Put(key("old"), {"x": 2}, expect=1),
        "gone": Delete(key("gone"), expect=1),
        "seen": Require(key("seen"), expect=1),
    }
    wrong = {
        "new": Put(key("new"), {"x": 2}, expect=1),
        "old": Put(key("old"), {"x": 2}),
        "gone": Delete(key("gone"), expect=7),
        "seen": Require(key("seen"), expect=2),
    }
    for name in changes:
        assert refused(tables, *{**changes, name: wrong[name]}.values()) == {key(name)}
        assert contents(tables, *map(key, changes)) == before
    for one, other in pairwise(changes):
        assert refused(tables, *{**changes, one: wrong[one], other: wrong[other]}.values()) == {key(one), key(other)}
        assert contents(tables, *map(key, changes)) == before
    tables.transact(list(changes.values()))
    assert contents(tables, *map(key, changes)) == {
        key("new"): (1, {"x": 2}),
        key("old"): (2, {"x": 2}),
        key("seen"): (1, {"x": 1}),
    }


def test_one_transaction_reaches_over_tables(tables, key):
    both = [key("x", Table.DOCUMENTS), key("x", Table.LEDGER)]
    tables.transact([Put(both[0], {"n": 1}), Put(both[1], {"n": 2})])
    assert refused(tables, Put(both[0], {"n": 3}, expect=1), Put(both[1], {"n": 3})) == {both[1]}
    assert contents(tables, *both) == {both[0]: (1, {"n": 1}), both[1]: (1, {"n": 2})}


@pytest.mark.parametrize("company", [False, True])
def test_the_same_change_by_somebody_else_is_refused_though_the_bodies_are_equal(tables, key, company):
    # Two workers that take the same number wrote equal bodies; only one of them has the number.
    tables.transact([Put(key(), {"last": 5})])
    change = [Put(key(), {"last": 6}, expect=1), *([Put(key("b"), {"x": 1})] if company else [])]
    tables.transact(change)
    assert key() in refused(tables, *change)


def test_what_was_removed_can_be_written_again_at_once(tables, key):
    writes = [Put(key("a"), {"x": 1}), Put(key("b"), {"x": 1})]
    removes = [Delete(key("a"), expect=1), Delete(key("b"), expect=1)]
    for _ in range(3):
        tables.transact(writes)
        assert contents(tables, key("a"), key("b")) == {key("a"): (1, {"x": 1}), key("b"): (1, {"x": 1})}
        tables.transact(removes)
        assert tables.get_many([key("a"), key("b")]) == {}


def test_of_many_at_once_one_wins_each_time(tables, key):
    tables.transact([Put(key(), {"n": 0})])

    def take(version):
        try:
            tables.transact([Put(key(), {"n": version}, expect=version)])
        except TransactionRefused:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        for version in range(1, 11):
            assert sum(pool.map(take, [version] * 8)) == 1
    assert tables.get(key()) == Item(key(), {"n": 10}, version=11)


# -- many keys -------------------------------------------------------------------------------------------------------


def test_any_number_of_keys_are_read_at_once(tables, key):
    written = [key(f"{number:03}", table) for number in range(80) for table in Table]
    for start in range(0, len(written), 100):
        tables.transact([Put(one, {"sort": one.sort}) for one in written[start : start + 100]])
    asked = [*written, key("absent"), written[0], written[7]]
    found = tables.get_many(asked)
    assert list(found) == written
    assert all(item == Item(one, {"sort": one.sort}) for one, item in found.items())
    assert tables.get_many([]) == {}
    assert tables.get_many([key("absent")]) == {}


def test_a_dump_has_every_item_in_order(org):
    tables = MemoryTables()
    keys = [Key(table, f"{org}#{name}", sort) for table in Table for name in "ba" for sort in "21"]
    tables.transact([Put(key, {"sort": key.sort}) for key in keys])
    in_order = sorted(keys, key=lambda key: (key.table, key.partition, key.sort))
    assert [item.key for item in tables.scan()] == in_order
    assert all(item == Item(item.key, {"sort": item.key.sort}) for item in tables.scan())
