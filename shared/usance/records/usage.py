"""Where usage is kept as it arrives. The buckets that it is folded into are in `buckets`.

Table usage:

    {org}#tail#{event type}#{shard}   e#{event id}       a single event, until it is folded
                                      b#{sha256}         a small batch, until it is folded: {"at", "events", "packed"}
    {org}#fold#{event type}           manifest           {"from": minute, "names": [...], "active_at"}
                                      day#{yyyy-mm-dd}   a bucket: {"object", "events", "conflicts": [...]}

Bucket:

    raw/{org}/{event type}/{shard}/{minute}/{sha256}.jsonl.zst     a batch as it was accepted, never changed
    folded/{org}/{event type}/{shard}/{day}/{sha256}.jsonl.zst     a bucket: distinct, by customer, time and id

Minutes are of arrival, days of the events' timestamps, all in UTC. Arrivals are compact text (`arrival`) that sorts
by time; a minute sorts before every arrival inside it.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime
from typing import Final

from usance.metering.line import Line, from_body, to_body, unpack
from usance.ports import Item, Key, Put, Table

TAIL_SHARDS: Final = 4
"""Each takes about a thousand single events a second; every reader asks each."""
OBJECT_SHARD: Final = "00"
"""One shard of objects for each event type. The place for more is in every name."""

_MINUTE: Final = "%Y%m%dT%H%M"


def arrival(at: datetime) -> str:
    """An arrival to the microsecond, as text that sorts by time."""
    return at.strftime("%Y%m%dT%H%M%S%f")


def arrival_minute(at: datetime) -> str:
    """The minute of an arrival."""
    return at.strftime(_MINUTE)


def tail_partition(organisation: str, event_type: str, shard: int) -> str:
    """The partition of one shard of unfolded items."""
    return f"{organisation}#tail#{event_type}#{shard:02}"


def put_event(organisation: str, event_type: str, line: Line, at: str) -> Put:
    """Keep a single event under its id; refused when an event of that id is there."""
    shard = hashlib.sha256(line.id.encode()).digest()[0] % TAIL_SHARDS
    key = Key(Table.USAGE, tail_partition(organisation, event_type, shard), f"e#{line.id}")
    return Put(key, {**to_body(line), "at": at})


def put_batch(organisation: str, event_type: str, packed: bytes, events: int, at: str) -> Put:
    """Keep a small batch under the hash of its content; refused when that very batch is there."""
    digest = hashlib.sha256(packed)
    shard = digest.digest()[0] % TAIL_SHARDS
    key = Key(Table.USAGE, tail_partition(organisation, event_type, shard), f"b#{digest.hexdigest()}")
    return Put(key, {"at": at, "events": events, "packed": base64.b64encode(packed).decode()})


def item_lines(item: Item) -> list[Line]:
    """The events of an item of the tail, each with its arrival. Raises ValueError for what cannot be read."""
    if item.key.sort.startswith("e#"):
        return [from_body(item.body)]
    return _arrived(unpack(base64.b64decode(item.body["packed"])), item.body["at"])


def raw_prefix(organisation: str, event_type: str) -> str:
    """What the names of all batches of an event type begin with."""
    return f"raw/{organisation}/{event_type}/{OBJECT_SHARD}/"


def raw_name(organisation: str, event_type: str, minute: str, packed: bytes) -> str:
    """The name of a batch that arrives in a minute."""
    digest = hashlib.sha256(packed).hexdigest()
    return f"{raw_prefix(organisation, event_type)}{minute}/{digest}.jsonl.zst"


def object_lines(short: str, content: bytes) -> list[Line]:
    """The events of a batch, by its name after the prefix, each with its minute of arrival."""
    return _arrived(unpack(content), short.partition("/")[0])


def _arrived(lines: list[Line], at: str) -> list[Line]:
    for line in lines:
        line.at = at
    return lines
