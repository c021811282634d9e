"""What the tables can take, checked before any call, and alike in memory: a scenario must not hold what AWS refuses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from usance.kernel.errors import BodyTooLarge
from usance.ports import Change, Key, Put
from usance.store.body import encode

MAX_CHANGES = 100
MAX_PARTITION_BYTES = 2048
MAX_SORT_BYTES = 1024
MAX_ITEM_BYTES = 400 * 1024
MAX_TRANSACTION_BYTES = 4 * 1024 * 1024
MAX_MESSAGE_BYTES = 256 * 1024
"""Of a queue's message and of a workflow's input."""

_OTHER_ATTRIBUTES_BYTES = 256
"""Names of all attributes, version, expiry, stamp and time of creation, generously."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A change that was found possible. `text`, `version` and `expires_at` (epoch seconds) are what a Put stores."""

    change: Change
    text: bytes = b""
    version: int = 0
    expires_at: int | None = None


def prepare(changes: Sequence[Change]) -> list[Prepared]:
    """Check changes and encode their bodies.

    Raises ValueError for none or more than 100 of them, a key that occurs twice or cannot be stored, or an expiry
    without a time zone; TypeError for a body that JSON cannot say exactly; BodyTooLarge over 400 KB for one item or
    4 MB for all.
    """
    if not 1 <= len(changes) <= MAX_CHANGES:
        raise ValueError(f"a transaction has 1 to {MAX_CHANGES} changes, not {len(changes)}")
    if len({(change.key.table, change.key.partition, change.key.sort) for change in changes}) != len(changes):
        raise ValueError("a transaction changes each key once")
    prepared = [_prepare(change) for change in changes]
    total = sum(len(one.text) for one in prepared) + _OTHER_ATTRIBUTES_BYTES * len(prepared)
    if total > MAX_TRANSACTION_BYTES:
        raise BodyTooLarge(f"a transaction of {total} bytes is over the limit of {MAX_TRANSACTION_BYTES}")
    return prepared


def _prepare(change: Change) -> Prepared:
    key_bytes = check_key(change.key)
    if not isinstance(change, Put):
        return Prepared(change)
    text = encode(change.body)
    check_size(f"{change.key.partition}/{change.key.sort}", key_bytes + len(text))
    expires_at = None if change.expires_at is None else whole_seconds(change.expires_at)
    return Prepared(change, text, (change.expect or 0) + 1, expires_at)


def check_key(key: Key) -> int:
    """The bytes of a key. Raises ValueError for a part that is empty, too long or not Unicode."""
    return check_name(key.partition, MAX_PARTITION_BYTES) + check_name(key.sort, MAX_SORT_BYTES)


def check_name(name: str, most: int) -> int:
    """The bytes of a part of a key. Raises ValueError when it has none, more than `most`, or is not Unicode."""
    size = len(name.encode())
    if not 1 <= size <= most:
        raise ValueError(f"a key of 1 to {most} bytes is needed, not {size}: {name[:80]!r}")
    return size


def check_query(partition: str, limit: int | None, *bounds: str | None) -> None:
    """Raise ValueError for a partition or a bound that no key can have, or a negative limit."""
    check_name(partition, MAX_PARTITION_BYTES)
    for bound in bounds:
        if bound:
            check_name(bound, MAX_SORT_BYTES)
    if limit is not None and limit < 0:
        raise ValueError(f"a limit is not negative: {limit}")


def check_size(what: str, size: int) -> None:
    """Raise BodyTooLarge when an item of `size` bytes (key and body) would be over 400 KB."""
    if size + _OTHER_ATTRIBUTES_BYTES > MAX_ITEM_BYTES:
        raise BodyTooLarge(f"{what} has {size} bytes; an item has room for {MAX_ITEM_BYTES - _OTHER_ATTRIBUTES_BYTES}")


def whole_seconds(instant: datetime) -> int:
    """Epoch seconds, rounded up so that nothing is dropped early. Raises ValueError without a time zone."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return -((_EPOCH - instant) // _SECOND)


def from_seconds(seconds: int) -> datetime:
    """The instant of epoch seconds."""
    return _EPOCH + seconds * _SECOND
