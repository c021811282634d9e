"""Accept usage: check every event, make one durable write, answer.

Good events are accepted and bad ones refused by index; with `atomic`, one bad event refuses all. The write is an
object from about 8 KB on, below that one item, and a single event is an item under its own id, so that its copy is
noticed at once. Nothing else is written and, short of a refused write, nothing is read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from usance.kernel.clock import Clock
from usance.kernel.errors import EventConflict, Fault, InvalidInput, Unavailable
from usance.metering.event import derived_event_id, same_content
from usance.metering.line import Line, encode_line, pack
from usance.metering.schema import Schema
from usance.metering.wire import Batch, Wire, inflate, read_batch
from usance.ports import Objects, Put, Tables, TransactionRefused
from usance.records.usage import arrival, arrival_minute, item_lines, put_batch, put_event, raw_name

MAX_EVENT_BYTES: Final = 65_536
ITEM_BYTES: Final = 6_000
"""Packed bytes up to which a batch is an item: in base64 that is 8 KB, where an item costs what an object does."""

ACKNOWLEDGE_WITHIN: Final = timedelta(minutes=2)
"""An object that could not be written within this of the minute in its name is not acknowledged. The fold relies on
it: once a minute is `fold_usage.SETTLED_AFTER_MINUTES` old, no acknowledged object can still appear in it."""

_ONE_EVENT_BYTES: Final = 1_024
"""Bodies up to this are not worth a first try the short way."""

_MOST_FAULTS: Final = 10_000
"""Faults of one answer; past this, each refused event is given with its first fault only."""
_MOST_FAULTS_OF_ONE: Final = 10


@dataclass(frozen=True, slots=True)
class Refusal:
    """An event that was not accepted, by its place in the request."""

    index: int
    id: str | None
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of the events of a request. Accepted ones, and those that are copies, are kept for good."""

    accepted: int
    duplicates: int
    refused: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class Intake:
    """What accepting usage needs of the outside."""

    tables: Tables
    objects: Objects
    clock: Clock
    """The wall clock, which says when events arrive; never an organisation's test clock."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request with events. `now` is the organisation's present, against which timestamps are checked."""

    organisation: str
    event_type: str
    body: bytes
    now: datetime
    idempotency_key: str = ""
    atomic: bool = False


def accept_usage(intake: Intake, schema: Schema, delivery: Delivery) -> Receipt:
    """Accept the events of a request, and return only when they are kept.

    Raises MalformedBody, BodyTooLarge, InvalidInput when no event is good (or one is bad and `atomic`), EventConflict
    for a single event whose id has another content, and Unavailable when the write took too long.
    """
    arrived = intake.clock.now()
    body = inflate(delivery.body)
    window = schema.window(delivery.now)
    ordinary = schema.express.read(body, window) if len(body) > _ONE_EVENT_BYTES else None
    if ordinary and max(map(len, ordinary)) <= MAX_EVENT_BYTES:
        return _keep_batch(intake, delivery, ordinary, arrived)
    batch = read_batch(body)
    good, refused, copies = _check(batch, schema, window, delivery.idempotency_key)
    if refused and (delivery.atomic or not good):
        raise InvalidInput(_summary(len(refused), len(batch.events)), _all_faults(refused, single=batch.single))
    lines = [encoded for _, encoded in good]
    if len(batch.events) == 1 and len(lines[0]) <= ITEM_BYTES:
        return _keep_event(intake, delivery, good[0][0], arrival(arrived))
    kept = _keep_batch(intake, delivery, lines, arrived)
    return Receipt(kept.accepted, kept.duplicates + copies, tuple(_bounded(refused)))


def _check(
    batch: Batch, schema: Schema, window: tuple[datetime, datetime], idempotency_key: str
) -> tuple[list[tuple[Line, bytes]], list[Refusal], int]:
    good: list[tuple[Line, bytes]] = []
    seen: dict[str, Line] = {}
    refused: list[Refusal] = []
    copies = 0
    for index, wire in enumerate(batch.events):
        line = schema.read(wire, window)
        if batch.faults and index in batch.faults:
            line = [*batch.faults[index], *(line if isinstance(line, list) and wire != Wire() else ())]
        if isinstance(line, list):
            refused.append(_refusal(index, wire.id, line))
            continue
        if not line.id:
            line.id = derived_event_id(line.customer, line.timestamp, line.data, idempotency_key)
        first = seen.setdefault(line.id, line)
        if first is not line:
            if _same(first, line):
                copies += 1
            else:
                refused.append(_refusal(index, line.id, [_CONFLICT]))
            continue
        encoded = encode_line(line)
        if len(encoded) > MAX_EVENT_BYTES:
            refused.append(_refusal(index, line.id, [_TOO_LARGE]))
            continue
        good.append((line, encoded))
    return good, refused, copies


def _keep_event(intake: Intake, delivery: Delivery, line: Line, at: str) -> Receipt:
    put = put_event(delivery.organisation, delivery.event_type, line, at)
    if _write(intake.tables, put):
        return Receipt(1, 0)
    kept = intake.tables.get(put.key)
    if kept is None:
        # Folded and dropped between the two calls. Keeping it again is safe: the fold knows its id.
        _write(intake.tables, put)
        return Receipt(0, 1)
    (first,) = item_lines(kept)
    if _same(first, line):
        return Receipt(0, 1)
    raise EventConflict(_CONFLICT.detail, [Fault("/id", _CONFLICT.code, _CONFLICT.detail)])


def _keep_batch(intake: Intake, delivery: Delivery, lines: list[bytes], arrived: datetime) -> Receipt:
    """Write a batch. When that very batch is there already, all its events are copies."""
    packed = pack(lines)
    if len(packed) <= ITEM_BYTES:
        put = put_batch(delivery.organisation, delivery.event_type, packed, len(lines), arrival(arrived))
        new = _write(intake.tables, put)
    else:
        name = raw_name(delivery.organisation, delivery.event_type, arrival_minute(arrived), packed)
        new = intake.objects.put_new(name, packed, "application/zstd")
        if intake.clock.now() - arrived > ACKNOWLEDGE_WITHIN:
            raise Unavailable("the events could not be kept in time: send them again, copies count once")
    return Receipt(len(lines), 0) if new else Receipt(0, len(lines))


def _write(tables: Tables, put: Put) -> bool:
    try:
        tables.transact([put])
    except TransactionRefused:
        return False
    return True


def _same(one: Line, other: Line) -> bool:
    return same_content((one.customer, one.timestamp, one.data), (other.customer, other.timestamp, other.data))


# -- refusals --------------------------------------------------------------------------------------------------------

_CONFLICT: Final = Fault("/id", "event_conflict", "another event has this id and another content; the first is kept")
_TOO_LARGE: Final = Fault("", "event_too_large", f"has more than {MAX_EVENT_BYTES} bytes")


def _refusal(index: int, id: object, faults: list[Fault]) -> Refusal:
    shown = id if isinstance(id, str) and 0 < len(id) <= 255 else None
    return Refusal(index, shown, tuple(faults[:_MOST_FAULTS_OF_ONE]))


def _bounded(refused: Iterable[Refusal]) -> Iterable[Refusal]:
    given = 0
    for one in refused:
        given += len(one.faults)
        yield one if given <= _MOST_FAULTS else Refusal(one.index, one.id, one.faults[:1])


def _all_faults(refused: list[Refusal], *, single: bool) -> list[Fault]:
    return [fault if single else fault.under(f"/{one.index}") for one in _bounded(refused) for fault in one.faults]


def _summary(refused: int, events: int) -> str:
    return "the event has faults" if events == 1 else f"{refused} of {events} events have faults; nothing was kept"
