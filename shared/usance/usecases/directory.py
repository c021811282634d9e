"""Control-plane records that a warm function remembers for a minute, so that its hot path reads nothing.

What does not exist is not remembered: a new event type or key works at once. What changed, a revoked key above all,
is seen within `SECONDS`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from usance.kernel.clock import Clock
from usance.kernel.errors import NotFound
from usance.kernel.instant import parse_instant
from usance.metering.schema import Schema
from usance.ports import ControlPlane, Kind, Record

SECONDS: Final = 60
_TEST_SECONDS: Final = 1
_MOST: Final = 2_000


class Directory:
    """Remembers records, and what was compiled from them. One for a process."""

    def __init__(self, control: ControlPlane, clock: Clock) -> None:
        self._control, self._clock = control, clock
        self._records: dict[tuple[str, Kind, str], tuple[datetime, Record]] = {}
        self._schemas: dict[tuple[str, str], tuple[int, Schema]] = {}

    def record(self, organisation: str, kind: Kind, reference: str, seconds: int = SECONDS) -> Record | None:
        """A record as it is, or was at most so many seconds ago."""
        now, place = self._clock.now(), (organisation, kind, reference)
        known = self._records.get(place)
        if known is not None and now - known[0] < timedelta(seconds=seconds):
            return known[1]
        record = self._control.get(organisation, kind, reference)
        if record is None:
            self._records.pop(place, None)
            return None
        if len(self._records) >= _MOST:
            self._records.clear()
        self._records[place] = (now, record)
        return record

    def schema(self, organisation: str, event_type: str) -> Schema:
        """The compiled form of an event type, by name. Raises NotFound."""
        record = self.record(organisation, Kind.EVENT_TYPE, event_type)
        if record is None or record.body["name"] != event_type:
            raise NotFound(f"there is no event type {event_type[:63]!r}: create it with POST /v1/event-types")
        known = self._schemas.get((organisation, event_type))
        if known is None or known[0] != record.version:
            if len(self._schemas) >= _MOST:
                self._schemas.clear()
            known = self._schemas[organisation, event_type] = (record.version, Schema(record.body))
        return known[1]

    def now(self, organisation: str, mode: str) -> datetime:
        """The present instant of an organisation: its test clock's, when it has one, else the wall clock's."""
        if mode != "test":
            return self._clock.now()
        # A test clock jumps by months; what was true a minute ago would refuse the events of the new month.
        record = self.record(organisation, Kind.ORGANISATION, organisation, _TEST_SECONDS)
        test_clock = record.body.get("test_clock") if record else None
        return parse_instant(test_clock) if test_clock else self._clock.now()
