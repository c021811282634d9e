"""What can be compared by size: numbers with numbers, and days and instants with each other.

Numbers may be whole numbers or decimal text, since decimals travel as text; days are `YYYY-MM-DD`, instants any text
that a timestamp may be.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from usance.kernel.amount import exact
from usance.kernel.instant import parse_instant

Ordered = Decimal | date | datetime
"""A number, a day, or an instant in UTC."""

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII).fullmatch


def ordered(value: object) -> Ordered | None:
    """The number, day or instant that a value is; None for booleans and for anything that has no order here."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    for read in _READERS:
        try:
            return read(value)
        except ValueError:
            continue
    return None


def compare(one: Ordered, other: Ordered) -> int | None:
    """-1, 0 or 1 as one is less than, equal to or more than the other; None when they are not of one kind.

    A day is compared with an instant by the instant's day in UTC.
    """
    if isinstance(one, Decimal) or isinstance(other, Decimal):
        if not (isinstance(one, Decimal) and isinstance(other, Decimal)):
            return None
        return (one > other) - (one < other)
    if not (isinstance(one, datetime) and isinstance(other, datetime)):
        one, other = _day_of(one), _day_of(other)
    return (one > other) - (one < other)


def _day(text: str | int) -> date:
    if not isinstance(text, str) or not _DAY(text):
        raise ValueError("is not a day such as 2025-07-31")
    return date.fromisoformat(text)


def _day_of(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


_READERS: Final[tuple[Callable[[str | int], Ordered], ...]] = (exact, _day, parse_instant)
"""In this order: a whole number is itself, not the seconds of an instant."""
