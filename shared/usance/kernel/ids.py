"""Prefixed, sortable ids: `inv_` + 26 characters, ten of time (milliseconds) and sixteen of randomness or of a hash.

Crockford's base 32 in lower case, so that ids of one prefix sort by time as text. `derived_id` is for what must get
the same id when the same work is done again: a document, a journal entry, a payment attempt.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_TIME_LENGTH = 10
_TAIL_LENGTH = 16
_TAIL_BITS = 5 * _TAIL_LENGTH


_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]


def _encode(value: int, length: int) -> str:
    # Two characters at a time; all lengths are even.
    return "".join([_PAIRS[value >> shift & 1023] for shift in range(5 * length - 10, -10, -10)])


def _time_part(at: datetime) -> str:
    # Integer arithmetic: a float timestamp loses the last milliseconds of far-away years.
    return _encode(max(0, (at - _EPOCH) // _MILLISECOND), _TIME_LENGTH)


def new_id(prefix: str, at: datetime) -> str:
    """A fresh id. `at` is the present instant of whoever makes it."""
    return f"{prefix}_{_time_part(at)}{_encode(secrets.randbits(_TAIL_BITS), _TAIL_LENGTH)}"


def derived_id(prefix: str, at: datetime, *parts: str) -> str:
    """The id that the same parts always get. `at` must be part of the facts, never the time of the run."""
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()
    return f"{prefix}_{_time_part(at)}{_encode(int.from_bytes(digest[:10], 'big'), _TAIL_LENGTH)}"
