"""Usage that is charged as it arrives: have a run look at the contracts whose events came in.

Whoever folds usage calls this before the events leave the tail. A crash afterwards leaves a pointer that is followed in
vain, or is put once more by the next fold, which finds the same events; the other way round, events would be folded
and no run would know of them until their billing period ends.

An event may lie ahead of the present, and is charged when its time has come: a run looks again in the hour after it, or
where that is more than two days off, on the day after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from usance.kernel.clock import Clock
from usance.metering.line import Line
from usance.ports import ControlPlane, Tables
from usance.records.contract_lists import contracts_arriving
from usance.records.organisations import read_organisation
from usance.usecases.contracts import look_at

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_BY_THE_HOUR: Final = 2 * _DAY


def look_at_arrived(
    control: ControlPlane, tables: Tables, clock: Clock, organisation: str, event_type: str, lines: Sequence[Line]
) -> int:
    """Put a due pointer for each contract that charges some of the events as they arrive; the number of contracts.

    One query where there is none. The same again changes nothing.
    """
    charging = list(contracts_arriving(tables, organisation, event_type)) if lines else []
    if not charging:
        return 0
    now = read_organisation(control, organisation).as_of(clock)
    looks: dict[str, set[datetime]] = {}
    for line in lines:
        looks.setdefault(line.customer, set()).add(_look(line.timestamp, now))
    found = 0
    for contract, names in charging:
        moments = set[datetime]().union(*_of(looks, names))
        found += bool(moments)
        for at in sorted(moments):
            look_at(tables, organisation, contract, at)
    return found


def _of(looks: dict[str, set[datetime]], names: Iterable[str]) -> Iterator[set[datetime]]:
    return (looks[name] for name in names if name in looks)


def _look(at: datetime, now: datetime) -> datetime:
    """When a run finds an event's time past."""
    if at <= now:
        return now
    if at - now <= _BY_THE_HOUR:
        return at.replace(minute=0, second=0, microsecond=0) + _HOUR
    return at.replace(hour=0, minute=0, second=0, microsecond=0) + _DAY
