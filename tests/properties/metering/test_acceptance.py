"""Laws of acceptance: the short way takes nothing that the careful way would not, and no event gets lost between."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from hypothesis import example, given
from hypothesis import strategies as st

from usance.catalog.event_type import EventType
from usance.kernel.clock import FixedClock
from usance.kernel.errors import InvalidInput
from usance.kernel.instant import parse_instant
from usance.metering.event import same_content
from usance.metering.line import pack, unpack
from usance.metering.schema import Schema
from usance.metering.wire import read_batch
from usance.store.memory import MemoryObjects, MemoryTables
from usance.usecases.accept_usage import Delivery, Intake, accept_usage

NOW = datetime(2025, 8, 1, tzinfo=UTC)
FIRST, LAST = datetime(2025, 1, 1), datetime(2025, 7, 31)  # noqa: DTZ001 - the zone is part of their text
SCHEMA = Schema(
    EventType.model_validate(
        {
            "name": "e",
            "fields": {
                "n": "Decimal",
                "s": {"type": "String", "required": False},
                "i": {"type": "Int64", "required": False},
                "b": {"type": "Bool", "required": False},
                "f": {"type": "Float64", "required": False},
                "d": {"type": "Date", "required": False},
                "t": {"type": "DateTime", "required": False},
                "u": {"type": "UUID", "required": False},
                "class": {"type": "String", "required": False},
            },
        }
    ).to_json()
)

names = st.one_of(st.sampled_from(["a", "b", "", "x" * 255, "x" * 256]), st.text(max_size=5))
NOT_PLAIN = ["", '"NaN"', '"1,5"', '" 1"', '"0x1"', "null", "true", '"-"', '"1_0"']
digits = st.text("0123456789", min_size=1, max_size=20)
numbers = st.one_of(
    st.builds(
        lambda sign, whole, fraction, power, quote: f"{quote}{sign}{whole}{fraction}{power}{quote}",
        st.sampled_from(["", "", "-"]),
        digits.map(lambda text: text.lstrip("0") or "0"),
        st.one_of(st.just(""), digits.map(lambda text: f".{text}")),
        st.sampled_from(["", "", "", "e5", "E-3", "e400"]),
        st.sampled_from(["", '"']),
    ),
    st.sampled_from(NOT_PLAIN[1:]),
)
timestamps = st.one_of(
    st.datetimes(FIRST, LAST).map(lambda at: at.isoformat() + "Z"),
    st.builds(
        lambda day, between, hour, ending: f"2025-{day}{between}{hour}{ending}",
        st.sampled_from(["07-03", "02-29", "02-30", "13-01", "W27-4", "00-10", "07-3"]),
        st.sampled_from(["T", "T", " ", "t", ""]),
        st.sampled_from(["10:00:00", "24:00:00", "10:60:00", "10:00:60", "10.00.00", "1000"]),
        st.sampled_from(["Z", "Z", "", "+00:00", "-05:30", ".5Z", ".1234567Z"]),
    ),
    st.sampled_from(["20250703T100000.000Z", "2025-07-03T10:00Z", "2025-07-03T1000-0500", "\uff12025-07-03T10:00:00Z"]),
).map(json.dumps)
ordinary = st.fixed_dictionaries(
    {
        "id": st.uuids().map(str).map(json.dumps),
        "customer": st.sampled_from(["acme", "zeta"]).map(json.dumps),
        "timestamp": st.datetimes(FIRST, LAST).map(lambda at: json.dumps(at.replace(microsecond=0).isoformat() + "Z")),
    }
)
hostile = st.fixed_dictionaries(
    {},
    optional={
        "id": names.map(json.dumps),
        "customer": names.map(json.dumps),
        "customer_id": names.map(json.dumps),
        "timestamp": st.one_of(timestamps, st.integers(0, 10**13).map(str), st.just("null")),
        "surplus": st.just("1"),
    },
)
data = st.fixed_dictionaries(
    {},
    optional={
        "n": numbers,
        "s": st.text(max_size=8).map(json.dumps),
        "i": st.one_of(st.integers(-(2**64), 2**64).map(str), st.sampled_from(["1.0", "1e2", "true", '"5"'])),
        "b": st.sampled_from(["true", "false", "null", "0", '"true"']),
        "f": numbers,
        "d": st.sampled_from(['"2025-02-28"', '"2025-02-30"', "20250228"]),
        "t": timestamps,
        "u": st.sampled_from(['"6F1E2A9C-0D4B-4C57-9A51-3D2C8B7E1F00"', '"6f1e"']),
        "class": st.text(max_size=3).map(json.dumps),
        "more": st.sampled_from(["1", "[1.5]", '{"a":null}']),
    },
)
simple_data = st.fixed_dictionaries(
    {"n": st.decimals(min_value=0, max_value=10**6, places=4).map(str)},
    optional={
        "s": st.just('"us-east"'),
        "i": st.integers(0, 99).map(str),
        "b": st.just("true"),
        "class": st.just('"x"'),
    },
)


def _object(members: dict[str, str]) -> str:
    return "{" + ",".join(f"{json.dumps(name)}:{value}" for name, value in members.items()) + "}"


def _event(members: dict[str, str], inner: dict[str, str]) -> str:
    return _object({**members, "data": _object(inner)})


events = st.one_of(
    st.builds(_event, ordinary, simple_data),
    st.builds(_event, ordinary, data),
    st.builds(_event, hostile, data),
    st.sampled_from(["null", "7", "[]", "{}"]),
)
GOOD = '{"id":"a","customer":"b","timestamp":"2025-07-01T00:00:00Z","data":{"n":%s}}'


def body_of(texts: list[str], *, as_lines: bool) -> bytes:
    return "\n".join(texts).encode() if as_lines else f"[{','.join(texts)}]".encode()


@given(st.lists(events, min_size=2, max_size=6), st.booleans())
@example([GOOD % "0.1"], False)
@example([GOOD % '"0.1"'], False)
@example([GOOD % "1e5"], False)
@example([GOOD % "null"], False)
@example([(GOOD % "1").replace("2025-07-01T", "2025-W27-4T")], True)
@example([(GOOD % "1").replace("2025-07-01T00:00:00Z", "20250701T000000.000Z")], True)
@example([(GOOD % "1").replace("2025-07-01T00:00:00Z", "2025-07-01T1000-0500")], True)
@example([(GOOD % "1").replace("2025-07-01T", "2025-02-29T")], True)
def test_the_short_way_takes_nothing_that_the_careful_way_would_not(texts, as_lines):
    body = body_of(texts, as_lines=as_lines)
    window = SCHEMA.window(NOW)
    lines = SCHEMA.express.read(body, window)
    if lines is None:
        return
    short = unpack(pack(lines))
    careful = [SCHEMA.read(wire, window) for wire in read_batch(body).events]
    assert len(short) == len(careful)
    for one, other in zip(short, careful, strict=True):
        assert not isinstance(other, list), other
        assert one.id == other.id
        assert same_content((one.customer, one.timestamp, one.data), (other.customer, other.timestamp, other.data))


@given(st.lists(st.builds(_event, ordinary, simple_data), min_size=1, max_size=5), st.booleans())
def test_the_short_way_takes_what_is_ordinary(texts, as_lines):
    lines = SCHEMA.express.read(body_of(texts, as_lines=as_lines), SCHEMA.window(NOW))
    assert lines is not None
    assert len(lines) == len(texts)


@given(st.lists(events, min_size=2, max_size=8))
def test_accepted_copies_and_refused_are_all_the_events_of_a_request(texts):
    tables, objects = MemoryTables(), MemoryObjects()
    intake = Intake(tables, objects, FixedClock(NOW))
    delivery = Delivery("org_a", "e", body_of(texts, as_lines=False), NOW)
    try:
        receipt = accept_usage(intake, SCHEMA, delivery)
        faults = None
    except InvalidInput as error:
        receipt, faults = None, error.faults
    if receipt is None or faults is not None:
        # Nothing good in it: every event has a fault of its own, and nothing was written.
        assert {fault.pointer.split("/")[1] for fault in faults or ()} == {str(place) for place in range(len(texts))}
        assert not list(tables.scan())
        assert not list(objects.list(""))
        return
    indexes = [one.index for one in receipt.refused]
    assert indexes == sorted(set(indexes))
    assert all(one.faults for one in receipt.refused)
    assert receipt.accepted + receipt.duplicates + len(indexes) == len(texts)
    assert len(list(tables.scan())) + len(list(objects.list(""))) == 1


@given(timestamps)
def test_a_timestamp_is_the_instant_that_the_kernel_reads(text):
    body = f'{{"customer":"a","timestamp":{text},"data":{{"n":1}}}}'.encode()
    (wire,) = read_batch(body).events
    found = SCHEMA.read(wire, (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)))
    try:
        expected = parse_instant(json.loads(text))
    except ValueError:
        assert isinstance(found, list)
        return
    assert not isinstance(found, list)
    assert found.timestamp == expected
