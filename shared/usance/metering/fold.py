"""Folding: from what arrived, in any order and any number of copies, to distinct events.

Which of two events with one id counts: one that is in the bucket already, else the one that arrived first, else (in
one minute) the one whose content sorts first. So what has been read or billed never changes under anybody's feet, and
a reader who folds for itself decides as the fold will.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from usance.metering.event import same_content
from usance.metering.line import Line, encode_line


@dataclass(frozen=True, slots=True)
class Conflict:
    """An event that does not count, because another one of its id, with other content, does."""

    id: str
    kept_at: str
    refused_at: str


@dataclass(frozen=True, slots=True)
class Folded:
    """Distinct events by customer, time and id, and the conflicts met."""

    lines: tuple[Line, ...]
    conflicts: tuple[Conflict, ...]


def fold(present: Iterable[Line], arrived: Iterable[Line]) -> Folded:
    """Merge what arrived into the distinct events that are present. Folding the same again changes nothing."""
    settled = {line.id: line for line in present}
    new: dict[str, Line] = {}
    conflicts: dict[tuple[str, str], Conflict] = {}
    for line in sorted(arrived, key=lambda one: one.at):
        first = settled.get(line.id) or new.setdefault(line.id, line)
        if first is line or same_line(first, line):
            continue
        loser = line
        if first.at == line.at and line.id in new and encode_line(line) < encode_line(first):
            new[line.id], first, loser = line, line, first
        conflicts[line.id, loser.at] = Conflict(line.id, first.at, loser.at)
    lines = sorted((*settled.values(), *new.values()), key=_order)
    return Folded(tuple(lines), tuple(conflicts[key] for key in sorted(conflicts)))


def same_line(one: Line, other: Line) -> bool:
    """Whether two lines are copies of one event, whenever they arrived."""
    return same_content((one.customer, one.timestamp, one.data), (other.customer, other.timestamp, other.data))


def _order(line: Line) -> tuple[object, ...]:
    return (line.customer, line.timestamp, line.id)
