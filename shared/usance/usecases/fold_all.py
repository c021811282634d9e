"""Fold every organisation's usage: what a schedule does every few minutes.

The work is found in the data: organisations and event types from the control plane, and for each a look at what has
arrived. An event type that had nothing for an hour is looked at once an hour, so that what is idle costs next to
nothing; until then readers find its new events in the tail, where they are in every answer anyway.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from usance.kernel.clock import Clock
from usance.metering.line import Line
from usance.ports import ControlPlane, Kind, Objects, Tables
from usance.records.buckets import read_manifest
from usance.records.usage import arrival_minute
from usance.usecases.arriving import look_at_arrived
from usance.usecases.fold_usage import FoldReport, fold_until, fold_usage

_IDLE_AFTER: Final = timedelta(hours=1)
_SLOT_MINUTES: Final = 5
_SLOTS: Final = 12
"""An idle event type is looked at in one of the hour's twelve slots."""


@dataclass(slots=True)
class FoldRun:
    """What a run did. `failed` names the event types that could not be folded, each with its error."""

    event_types: int = 0
    events: int = 0
    conflicts: int = 0
    unfinished: list[str] = field(default_factory=list)
    failed: list[tuple[str, Exception]] = field(default_factory=list)


def fold_all(
    control: ControlPlane, tables: Tables, objects: Objects, clock: Clock, out_of_time: Callable[[], bool]
) -> FoldRun:
    """Fold what arrived everywhere until time is up. One event type's failure does not stop the others."""
    run = FoldRun()
    for organisation, event_type in _in_turn(list(_event_types(control)), clock.now()):
        name = f"{organisation}/{event_type}"
        if out_of_time():
            run.unfinished.append(name)
            continue
        try:
            if not _due(tables, organisation, event_type, clock.now()):
                continue
            report = _fold(control, tables, objects, clock, organisation, event_type, out_of_time)
        except Exception as error:  # noqa: BLE001 - reported with the run; the others go on
            run.failed.append((name, error))
            continue
        run.event_types += 1
        run.events += report.events
        run.conflicts += report.conflicts
        if report.more:
            run.unfinished.append(name)
    return run


def _fold(
    control: ControlPlane,
    tables: Tables,
    objects: Objects,
    clock: Clock,
    organisation: str,
    event_type: str,
    out_of_time: Callable[[], bool],
) -> FoldReport:
    def arrived(lines: Sequence[Line]) -> int:
        return look_at_arrived(control, tables, clock, organisation, event_type, lines)

    return fold_until(
        out_of_time, lambda: fold_usage(tables, objects, clock, organisation, event_type, arrived=arrived)
    )


def _event_types(control: ControlPlane) -> Iterator[tuple[str, str]]:
    for organisation in control.organisations():
        after: str | None = None
        while True:
            page = control.list(organisation, Kind.EVENT_TYPE, after=after)
            for record in page.records:
                yield organisation, record.body["name"]
            after = page.next_after
            if after is None:
                break


def _in_turn(work: list[tuple[str, str]], now: datetime) -> list[tuple[str, str]]:
    """Begin elsewhere each minute, so that a run that is cut short does not always leave the same ones."""
    first = (now.hour * 60 + now.minute) % len(work) if work else 0
    return work[first:] + work[:first]


def _due(tables: Tables, organisation: str, event_type: str, now: datetime) -> bool:
    manifest = read_manifest(tables, organisation, event_type)
    if manifest.version is None or manifest.active_at >= arrival_minute(now - _IDLE_AFTER):
        return True
    slot = hashlib.sha256(f"{organisation}/{event_type}".encode()).digest()[0] % _SLOTS
    return now.minute // _SLOT_MINUTES == slot
