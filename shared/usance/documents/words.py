"""Money, days, states and derivations in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from usance.invoicing.document import Status
from usance.kernel.amount import plain
from usance.kernel.derivation import Derivation
from usance.kernel.money import Money
from usance.kernel.period import Period

_STATES: Final = {
    Status.UPCOMING: "Upcoming",
    Status.DRAFT: "Draft",
    Status.APPROVED: "To be paid",
    Status.PARTIALLY_PAID: "Partly paid",
    Status.PAID: "Paid",
    Status.VOID: "Void",
    Status.DISCARDED: "Discarded",
}
_OPERATIONS: Final = {
    "given": "",
    "sum": "the sum of:",
    "product": "multiplied:",
    "difference": "the first less the rest:",
    "negative": "the negative of:",
    "quotient": "the first divided by the second:",
    "share": "the first times the second, divided by the third:",
    "minimum": "the smallest of:",
    "maximum": "the largest of:",
    "ceiling": "rounded up to whole units:",
    "floor": "rounded down to whole units:",
    "nearest": "rounded to whole units:",
    "rounded": "once, half away from zero, to {places} decimals:",
}
_SHOWN_DECIMALS: Final = 12


def money(amount: Money) -> str:
    """An amount with its currency and grouped thousands: USD 1,234.50."""
    return f"{amount.currency} {amount.amount:,}"


def number(value: Decimal) -> str:
    """A plain number with grouped thousands. One with very many decimals is cut, and says so."""
    whole, point, decimals = plain(value).partition(".")
    cut = "…" if len(decimals) > _SHOWN_DECIMALS else ""
    sign = "-" if whole.startswith("-") else ""
    return f"{sign}{int(whole.lstrip('-')):,}{point}{decimals[:_SHOWN_DECIMALS]}{cut}"


def day(value: date) -> str:
    """A calendar day: 1 July 2025."""
    return f"{value.day} {value:%B} {value.year}"


def days(period: Period) -> str:
    """The first and the last day of a period, in short."""
    first, last = period.start, period.last_day
    if first == last:
        return f"{first.day} {first:%b} {first.year}"
    year = "" if first.year == last.year else f" {first.year}"
    return f"{first.day} {first:%b}{year} – {last.day} {last:%b} {last.year}"


def state(status: Status) -> str:
    """A state for people."""
    return _STATES[status]


@dataclass(frozen=True, slots=True)
class Step:
    """A node of a derivation: what it is, how it comes about, and from what."""

    value: str
    label: str
    how: str
    sources: tuple[str, ...]
    parts: tuple[Step, ...]


def steps(node: Derivation) -> Step:
    """A derivation in words. A sum of one part adds nothing and is passed over."""
    while node.operation == "sum" and len(node.parts) == 1 and not node.refs:
        node = node.parts[0]
    how, parts = _OPERATIONS[node.operation], node.parts
    if node.operation == "rounded":
        # The number of decimals is part of the sentence.
        how, parts = how.format(places=number(parts[1].value)), parts[:1]
    elif len(parts) == 1 and node.operation == "sum":
        how = ""
    return Step(number(node.value), node.label, how, tuple(_sources(node.refs)), tuple(steps(part) for part in parts))


def _sources(refs: Mapping[str, Any]) -> Iterator[str]:
    left = dict(refs)
    if {"from", "to"} <= refs.keys():
        start, end = (date.fromisoformat(left.pop(name)) for name in ("from", "to"))
        yield days(Period(start, end))
    for name, value in left.items():
        yield f"{name} {value}".replace("_", " ") if name == "price_model" else f"{name.replace('_', ' ')} {value}"
