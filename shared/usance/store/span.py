"""Which sort keys a query wants: one interval, whatever `prefix`, `after`, `until` and the direction say.

Keys are ordered by their UTF-8 bytes, which is the order of code points, which is how Python compares text. So all
strings with a prefix lie between the prefix and its successor, and one `BETWEEN` says everything.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """An interval of sort keys: from `low` (included unless `low_open`) to `high` (excluded if `high_open`)."""

    low: str = ""
    high: str | None = None
    low_open: bool = False
    high_open: bool = False

    @property
    def empty(self) -> bool:
        if self.high is None:
            return False
        return self.low > self.high or (self.low == self.high and (self.low_open or self.high_open))

    def __contains__(self, sort: str) -> bool:
        if sort < self.low or (self.low_open and sort == self.low):
            return False
        return self.high is None or sort < self.high or (sort == self.high and not self.high_open)

    def at_least(self, low: str, *, is_open: bool = False) -> Span:
        """The part from a key on."""
        if low < self.low or (low == self.low and self.low_open):
            return self
        return Span(low, self.high, is_open, self.high_open)

    def at_most(self, high: str, *, is_open: bool = False) -> Span:
        """The part up to a key."""
        if self.high is not None and (high > self.high or (high == self.high and self.high_open)):
            return self
        return Span(self.low, high, self.low_open, is_open)


def span(prefix: str, after: str | None, until: str | None, *, newest_first: bool) -> Span:
    """The interval a query wants: keys with the prefix, past `after` and not past `until` in its direction."""
    wanted = Span(low=prefix, high=_successor(prefix), high_open=True)
    if newest_first:
        wanted = wanted if after is None else wanted.at_most(after, is_open=True)
        return wanted if until is None else wanted.at_least(until)
    wanted = wanted if after is None else wanted.at_least(after, is_open=True)
    return wanted if until is None else wanted.at_most(until)


def _successor(prefix: str) -> str | None:
    """The least text above everything with the prefix; None when there is none."""
    kept = prefix.rstrip("\U0010ffff")
    if not kept:
        return None
    code = ord(kept[-1]) + 1
    # Surrogates are no characters and have no UTF-8; what follows U+D7FF is U+E000.
    return kept[:-1] + chr(0xE000 if 0xD800 <= code <= 0xDFFF else code)
