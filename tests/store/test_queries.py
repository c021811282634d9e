"""What both tables promise about reading a partition in order."""

from __future__ import annotations

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.hooks import count_calls
from usance.ports import Delete, Item, Key, Put, Table
from usance.store.dynamo import DynamoTables
from usance.store.span import span

# By UTF-8 bytes, that is by code point: in UTF-16, the order of other systems, the last two would change places.
ORDERED = ["\x00", " ", "0", "10", "2", "A", "Z", "a", "a#1", "a#2", "a\U0010ffff", "b", "é", "\ufffd", "😀"]


@pytest.fixture
def partition(org):
    return f"{org}#list"


@pytest.fixture
def filled(tables, partition):
    tables.transact([Put(Key(Table.DOCUMENTS, partition, sort), {"sort": sort}) for sort in reversed(ORDERED)])
    tables.transact([Put(Key(Table.DOCUMENTS, partition + "x", "0"), {"sort": "other partition"})])
    tables.transact([Put(Key(Table.LEDGER, partition, "0"), {"sort": "other table"})])
    return lambda **how: [item.body["sort"] for item in tables.query(Table.DOCUMENTS, partition, **how)]


def test_a_partition_comes_in_the_order_of_bytes_and_backwards(filled):
    assert filled() == ORDERED
    assert filled(newest_first=True) == ORDERED[::-1]


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({"prefix": "a"}, ["a", "a#1", "a#2", "a\U0010ffff"]),
        ({"prefix": "a#"}, ["a#1", "a#2"]),
        ({"prefix": "\U0010ffff"}, []),
        ({"prefix": "a", "newest_first": True}, ["a\U0010ffff", "a#2", "a#1", "a"]),
        ({"after": "b"}, ["é", "\ufffd", "😀"]),
        ({"after": "a\U0010ffff"}, ["b", "é", "\ufffd", "😀"]),
        ({"after": "between"}, ["é", "\ufffd", "😀"]),
        ({"after": ""}, ORDERED),
        ({"after": "", "newest_first": True}, []),
        ({"until": ""}, []),
        ({"until": "", "newest_first": True}, ORDERED[::-1]),
        ({"until": "10"}, ["\x00", " ", "0", "10"]),
        ({"until": "1"}, ["\x00", " ", "0"]),
        ({"after": " ", "until": "2"}, ["0", "10", "2"]),
        ({"after": "2", "until": "2"}, []),
        ({"after": "2", "until": "10"}, []),
        ({"after": "b", "until": "\ufffd", "newest_first": True}, []),
        ({"after": "\ufffd", "until": "b", "newest_first": True}, ["é", "b"]),
        ({"after": "10", "newest_first": True}, ["0", " ", "\x00"]),
        ({"until": "é", "newest_first": True}, ["😀", "\ufffd", "é"]),
        ({"prefix": "a", "after": "a"}, ["a#1", "a#2", "a\U0010ffff"]),
        ({"prefix": "a", "after": "a#1", "until": "a#2"}, ["a#2"]),
        ({"prefix": "a", "after": "A", "until": "z"}, ["a", "a#1", "a#2", "a\U0010ffff"]),
        ({"prefix": "a", "after": "b"}, []),
        ({"prefix": "a", "until": "Z"}, []),
        ({"prefix": "a", "until": "a"}, ["a"]),
        ({"prefix": "a", "until": "a#2", "newest_first": True}, ["a\U0010ffff", "a#2"]),
        ({"prefix": "a", "after": "a#2", "newest_first": True}, ["a#1", "a"]),
        ({"prefix": "a", "after": "b", "until": "a#1", "newest_first": True}, ["a\U0010ffff", "a#2", "a#1"]),
        ({"prefix": "a", "after": "A", "newest_first": True}, []),
        ({"limit": 0}, []),
        ({"limit": 1}, ["\x00"]),
        ({"limit": 99}, ORDERED),
        ({"limit": 2, "newest_first": True}, ["😀", "\ufffd"]),
        ({"limit": 2, "after": "Z"}, ["a", "a#1"]),
        ({"limit": 1, "prefix": "a", "after": "a"}, ["a#1"]),
        ({"limit": 3, "prefix": "a", "newest_first": True}, ["a\U0010ffff", "a#2", "a#1"]),
        ({"limit": 2, "after": "é", "until": "a#2", "newest_first": True}, ["b", "a\U0010ffff"]),
    ],
)
def test_bounds(filled, how, expected):
    assert filled(**how) == expected


def test_items_come_whole(tables, partition):
    key = Key(Table.LEDGER, partition, "a")
    tables.transact([Put(key, {"x": 1})])
    tables.transact([Put(key, {"x": 2}, expect=1)])
    assert list(tables.query(Table.LEDGER, partition)) == [Item(key, {"x": 2}, version=2)]


def test_what_was_removed_does_not_come(tables, partition):
    keys = [Key(Table.LEDGER, partition, sort) for sort in "abc"]
    tables.transact([Put(key, {}) for key in keys])
    tables.transact([Delete(keys[1], expect=1)])
    assert [item.key for item in tables.query(Table.LEDGER, partition)] == [keys[0], keys[2]]


def test_items_may_be_changed_while_they_are_read(tables, partition):
    keys = [Key(Table.DOCUMENTS, partition, f"{number:02}") for number in range(30)]
    tables.transact([Put(key, {}) for key in keys])
    seen = []
    for item in tables.query(Table.DOCUMENTS, partition):
        seen.append(item.key)
        tables.transact([Delete(item.key, item.version)])
    assert seen == keys
    assert list(tables.query(Table.DOCUMENTS, partition)) == []


@pytest.mark.parametrize("how", [{"limit": -1}, {"prefix": "x" * 1025}, {"after": "x" * 1025}, {"until": "\ud800"}])
def test_bounds_that_no_key_can_have_are_refused_at_once(tables, partition, how):
    with pytest.raises(ValueError):  # noqa: PT011 - of several kinds
        tables.query(Table.DOCUMENTS, partition, **how)
    with pytest.raises(ValueError, match="key of 1 to"):
        tables.query(Table.DOCUMENTS, "")


def test_pages_are_fetched_as_they_are_needed(aws, partition):
    client = aws.client("dynamodb")
    tables = DynamoTables(client, aws.names)
    keys = [Key(Table.DOCUMENTS, partition, str(number)) for number in range(8)]
    for key in keys:
        tables.transact([Put(key, {"x": "a" * 300_000})])
    calls = count_calls(client)
    found = tables.query(Table.DOCUMENTS, partition)
    assert calls["Query"] == 0
    assert [item.key for item in islice(found, 2)] == keys[:2]
    assert calls["Query"] == 1
    assert [item.key for item in found] == keys[2:]
    # A page ends at 1 MB: four items of 300 KB are over it, so that eight take two or three pages.
    assert 2 <= calls["Query"] <= 3
    assert [item.key for item in tables.query(Table.DOCUMENTS, partition, limit=7, newest_first=True)] == keys[:0:-1]


# -- the interval, without any table ---------------------------------------------------------------------------------

TEXTS = st.text(st.sampled_from(["\x00", "a", "b", "\x7f", "\ud7ff", "\ue000", "\uffff", "\U0010ffff"]), max_size=4)
BOUNDS = st.none() | TEXTS


@given(TEXTS, TEXTS, BOUNDS, BOUNDS, st.booleans())
def test_a_span_is_what_its_definition_says(sort, prefix, after, until, newest_first):
    place = sort.encode()
    past = after is None or (place < after.encode() if newest_first else place > after.encode())
    within = until is None or (place >= until.encode() if newest_first else place <= until.encode())
    wanted = span(prefix, after, until, newest_first=newest_first)
    assert (sort in wanted) == (place.startswith(prefix.encode()) and past and within)
    if wanted.empty:
        assert sort not in wanted
    # Bounds are sent to DynamoDB in UTF-8, which has no surrogates.
    assert wanted.low.encode() <= (wanted.high or "\U0010ffff" * 9).encode() or wanted.empty
