"""What both tables promise about writing and reading by key."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from http import HTTPStatus
from itertools import pairwise
from typing import Any

import pytest

from usance.kernel.errors import BodyTooLarge
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


# -- bodies ----------------------------------------------------------------------------------------------------------


def test_bodies_are_copied_on_the_way_in_and_out(tables, key):
    body: Any = {"list": [1, {"deep": "yes"}]}
    tables.transact([Put(key(), body)])
    body["list"][1]["deep"] = "no"
    first = tables.get(key()).body
    first["list"].append(2)
    next(tables.query(Table.DOCUMENTS, key().partition)).body["list"].append(3)
    tables.get_many([key()])[key()].body["more"] = True
    assert tables.get(key()).body == {"list": [1, {"deep": "yes"}]}


@pytest.mark.parametrize(
    "value",
    [
        *("", "text", "ünï \u2028 😀 \x00", "0.10"),
        *(0, -1, 2**63, -(2**63) - 1, 10**40),
        *(True, False, None, [], {}, [[], {"": None}], {"b": 1, "a": [1, "x", None, True]}),
    ],
)
def test_bodies_come_back_exactly(tables, key, value):
    tables.transact([Put(key(), {"value": value})])
    found = tables.get(key()).body["value"]
    assert found == value
    assert type(found) is type(value)


def test_what_is_like_a_text_number_or_list_becomes_one(tables, key):
    tables.transact([Put(key(), {"value": (1, (Table.USAGE, HTTPStatus.OK)), Table.LEDGER: 1})])
    found = tables.get(key()).body
    assert found == {"value": [1, ["usage", 200]], "ledger": 1}
    assert type(found["value"][1][1]) is int
    assert type(found["value"][1][0]) is str


@pytest.mark.parametrize(
    "value",
    [
        *(1.0, 0.1, -0.0, float("nan"), float("inf"), [1, [2.0]], {"deep": [{"er": 1e3}]}),
        *(Decimal(1), INSTANT, INSTANT.date(), b"bytes", {1, 2}, object(), {1: "names are text"}),
    ],
)
def test_what_json_cannot_say_exactly_is_refused_and_nothing_written(tables, key, value):
    for changes in ([Put(key(), {"value": value})], [Put(key("b"), {}), Put(key(), {"value": value})]):
        with pytest.raises(TypeError, match="value"):
            tables.transact(changes)
    assert tables.get_many([key(), key("b")]) == {}


def test_the_place_of_the_fault_is_named(tables, key):
    with pytest.raises(TypeError, match=r"^/lines/1/price is a float: "):
        tables.transact([Put(key(), {"lines": [{"price": "1.5"}, {"price": 1.5}]})])
    with pytest.raises(TypeError, match=r"^/lines has a member named 7: "):
        tables.transact([Put(key(), {"lines": {7: "x"}})])


def test_a_body_is_an_object_of_unicode(tables, key):
    with pytest.raises(TypeError, match="object"):
        tables.transact([Put(key(), [1])])  # type: ignore[arg-type]  # that is the point
    with pytest.raises(ValueError, match="surrogates"):
        tables.transact([Put(key(), {"x": "\ud800"})])


# -- bounds ----------------------------------------------------------------------------------------------------------


def test_1_to_100_changes_of_distinct_keys(tables, key):
    hundred = [Put(key(f"{number:03}"), {"n": number}) for number in range(100)]
    for changes in ([], [*hundred, Put(key("more"), {})]):
        with pytest.raises(ValueError, match="1 to 100"):
            tables.transact(changes)
    with pytest.raises(ValueError, match="once"):
        tables.transact([Put(key(), {}), Require(key(), expect=None)])
    assert list(tables.query(Table.DOCUMENTS, key().partition)) == []
    tables.transact(hundred)
    assert [item.body["n"] for item in tables.query(Table.DOCUMENTS, key().partition)] == list(range(100))


def test_an_item_over_400_kb_is_refused_before_any_call(tables, key):
    # 400 KB are 409,600 bytes; 256 of them are kept for the attributes beside key and body. {"x":""} has 8.
    room = 409_600 - 256 - len(key().partition) - len(key().sort) - 8
    for changes in (
        [Put(key(), {"x": "a" * (room + 1)})],
        [Put(key("b"), {}), Put(key(), {"x": "é" * (room // 2 + 1)})],
    ):
        with pytest.raises(BodyTooLarge, match="things/a"):
            tables.transact(changes)
    assert tables.get_many([key(), key("b")]) == {}
    tables.transact([Put(key(), {"x": "a" * room})])
    assert len(tables.get(key()).body["x"]) == room


def test_a_transaction_over_4_mb_is_refused_before_any_call(tables, key):
    changes = [Put(key(f"{number:02}"), {"x": "a" * 400_000}) for number in range(11)]
    with pytest.raises(BodyTooLarge, match="transaction"):
        tables.transact(changes)
    assert tables.get_many([change.key for change in changes]) == {}


@pytest.mark.parametrize(
    ("partition", "sort"), [("", "a"), ("p", ""), ("p" * 2049, "a"), ("p", "s" * 1025), ("p", "é" * 513)]
)
def test_keys_that_no_table_takes_are_refused(tables, partition, sort):
    key = Key(Table.USAGE, partition, sort)
    for attempt in (lambda: tables.get(key), lambda: tables.get_many([key]), lambda: tables.transact([Put(key, {})])):
        with pytest.raises(ValueError, match="key of 1 to"):
            attempt()


def test_keys_as_long_as_they_may_be(tables, org):
    key = Key(Table.USAGE, org + "p" * (2048 - len(org)), "é" * 512)
    tables.transact([Put(key, {"x": 1})])
    assert tables.get(key) == Item(key, {"x": 1})


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (INSTANT, INSTANT),
        (INSTANT - timedelta(microseconds=1), INSTANT),
        (INSTANT - timedelta(microseconds=999_999), INSTANT),
        (datetime(2026, 2, 1, 5, 29, 59, tzinfo=timezone(timedelta(hours=5, minutes=30))), INSTANT),
    ],
)
def test_an_expiry_is_kept_in_whole_seconds_and_never_earlier(tables, key, given, kept):
    tables.transact([Put(key(), {}, expires_at=given)])
    assert tables.get(key()).expires_at == kept
    assert tables.get(key()).expires_at.utcoffset() == timedelta()


def test_an_expiry_needs_a_time_zone(tables, key):
    with pytest.raises(ValueError, match="time zone"):
        tables.transact([Put(key(), {}, expires_at=datetime(2026, 1, 1))])  # noqa: DTZ001 - that is the point


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
