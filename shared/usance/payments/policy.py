"""When to try again and when to ask, as data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class CollectionPolicy:
    """Days and waits of collection.

    `retries` are counted from the first soft decline when every try is on time; a late try moves those after it, so
    that tries never bunch. The `*_asks` are counted from when the attempt was recorded.
    """

    retries: tuple[timedelta, ...] = (1 * _DAY, 3 * _DAY, 5 * _DAY, 7 * _DAY)
    unmade_retries: tuple[timedelta, ...] = tuple(5 * _MINUTE * 2**n for n in range(8))
    unknown_asks: tuple[timedelta, ...] = (5 * _MINUTE, _HOUR, *(n * _DAY for n in range(1, 6)))
    pending_asks: tuple[timedelta, ...] = (_HOUR, *(n * _DAY for n in range(1, 22)))
    authentication_asks: tuple[timedelta, ...] = tuple(n * _DAY for n in range(1, 8))
    settle_after: timedelta = timedelta(seconds=30)

    @property
    def retry_gaps(self) -> tuple[timedelta, ...]:
        """From each soft decline to the next try."""
        return self.retries[:1] + tuple(later - earlier for earlier, later in pairwise(self.retries))
