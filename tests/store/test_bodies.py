"""What both tables take and what they refuse: bodies, sizes, keys, expiries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from http import HTTPStatus
from typing import Any

import pytest

from usance.kernel.errors import BodyTooLarge
from usance.ports import Item, Key, Put, Require, Table

INSTANT = datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC)


@pytest.fixture
def key(org):
    return lambda sort="a", table=Table.DOCUMENTS: Key(table, f"{org}#things", sort)


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
