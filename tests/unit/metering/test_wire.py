"""Reading bodies: the shapes that are taken, and what refuses a body or an event of it."""

from __future__ import annotations

import gzip
import time
import zlib

import pytest

from usance.kernel.errors import BodyTooLarge, InvalidInput, MalformedBody
from usance.metering.wire import MAX_BODY_BYTES, MAX_EVENTS, MAX_INFLATED_BYTES, Number, inflate, read_batch

EVENT = b'{"id":"e","customer":"a","timestamp":1751529600,"data":{"x":0.10}}'


def test_one_event_an_array_and_lines_are_the_same_events():
    (single,) = read_batch(EVENT).events
    assert read_batch(EVENT).single
    assert single.data == {"x": "0.10"}
    assert type(single.data["x"]) is Number
    for body in (
        b"[" + EVENT + b"]",
        b" [\n" + EVENT + b"\n] ",
        EVENT + b"\n" + EVENT,
        EVENT + b"\r\n\r\n" + EVENT + b"\n",
    ):
        batch = read_batch(body)
        assert set(map(repr, batch.events)) == {repr(single)}
        assert not batch.single
    assert read_batch(b"\xef\xbb\xbf" + EVENT).events == [single]
    pretty = EVENT.replace(b",", b",\n").replace(b"{", b"{\n")
    assert read_batch(pretty).events == [single]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  \n ",
        b"7",
        b'"text"',
        b"null",
        b"<xml/>",
        b"a=b&c=d",
        b'{"id":',
        b'{"id":"e",\n"customer":',
        b"[" + EVENT,
        b"[" + EVENT + b",]",
        b'{"data":{"x":NaN}}',
        b'{"data":{"x":-Infinity}}',
        b'{"data":{"x":01}}',
        b'{"id":"\\ud800"}',
        b'{"id":"\xff"}',
        b"\x00" + EVENT,
        b'{"data":' + b"[" * 1_000 + b"]" * 1_000 + b"}",
        b'{"data":' + b"[" * 100_000,
        b"[" * 100_000,
    ],
)
def test_what_is_no_json_refuses_the_body(body):
    with pytest.raises(MalformedBody):
        read_batch(body)


@pytest.mark.parametrize(
    "member", [b"null", b"7", b"[]", b'"e"', b'{"unknown":1}', b'{"data":{"x":' + b"9" * 5_000 + b"}}"]
)
def test_what_is_no_event_refuses_that_event_alone(member):
    batch = read_batch(b"[" + EVENT + b"," + member + b"," + EVENT + b"]")
    assert list(batch.faults) == [1]
    assert len(batch.events) == 3


def test_unknown_members_are_all_named():
    batch = read_batch(b'{"customer":"a","Timestamp":1,"a/b":2}')
    assert batch.single
    assert [(fault.pointer, fault.code) for fault in batch.faults[0]] == [
        ("/Timestamp", "unknown_member"),
        ("/a~1b", "unknown_member"),
    ]
    assert batch.events[0].customer == "a"


def test_a_bad_line_among_lines_refuses_that_line_alone():
    batch = read_batch(EVENT + b"\n{broken\n" + EVENT)
    assert {index: [fault.code for fault in faults] for index, faults in batch.faults.items()} == {
        1: ["malformed_json"]
    }


def test_the_number_of_events_is_bounded():
    assert len(read_batch(b"[" + b",".join([EVENT] * MAX_EVENTS) + b"]").events) == MAX_EVENTS
    for body in (
        b"[" + b",".join([EVENT] * (MAX_EVENTS + 1)) + b"]",
        b"\n".join([EVENT] * (MAX_EVENTS + 1)),
        b"[" + b"1," * MAX_EVENTS + b"1]",
        b"[" + b"1," * 15_000_000 + b"1]",
    ):
        with pytest.raises(BodyTooLarge):
            read_batch(body)


def test_an_empty_batch_is_a_fault():
    with pytest.raises(InvalidInput) as refused:
        read_batch(b"[]")
    assert [fault.code for fault in refused.value.faults] == ["empty_batch"]


def test_gzip_is_inflated_and_a_bomb_is_not():
    assert inflate(gzip.compress(EVENT)) == EVENT
    assert inflate(EVENT) == EVENT
    bomb = gzip.compress(bytes(100 * 1024 * 1024), 9)
    assert len(bomb) < 200_000
    began = time.process_time()
    with pytest.raises(BodyTooLarge):
        inflate(bomb)
    assert time.process_time() - began < 1
    whole = zlib.compressobj(9, zlib.DEFLATED, 31)
    full = whole.compress(bytes(MAX_INFLATED_BYTES)) + whole.flush()
    assert len(inflate(full)) == MAX_INFLATED_BYTES


@pytest.mark.parametrize(
    "body", [gzip.compress(EVENT)[:-5], gzip.compress(EVENT) + b"more", b"\x1f\x8b plain text", b"\x1f\x8b"]
)
def test_broken_gzip_refuses_the_body(body):
    with pytest.raises(MalformedBody):
        inflate(body)


def test_gzip_within_gzip_is_not_unpacked_twice():
    with pytest.raises(MalformedBody):
        read_batch(inflate(gzip.compress(gzip.compress(EVENT))))


def test_a_body_over_the_limit_is_refused():
    assert inflate(bytes(MAX_BODY_BYTES))
    with pytest.raises(BodyTooLarge):
        inflate(bytes(MAX_BODY_BYTES + 1))
