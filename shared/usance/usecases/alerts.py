"""Alerts: create them, and raise an event when a threshold is reached, once, and when it no longer is.

An evaluation reads the state, then the value, and writes only when a threshold turned. Within a window a threshold that
recovered can be reached again; with a new window all begin anew, and nothing has recovered.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from usance.catalog.alert import Alert
from usance.credits.threshold import Crossing, Reached, Thresholds, crossings
from usance.kernel.amount import plain
from usance.kernel.errors import Fault, InvalidInput, Unavailable
from usance.kernel.ids import derived_id
from usance.ports import Body, ControlPlane, Kind, Record, Tables, TransactionRefused
from usance.records.alerts import (
    EVENT,
    AlertEvent,
    AlertState,
    event_place,
    event_puts,
    list_events,
    put_organisation,
    read_state,
)
from usance.records.organisations import Organisation
from usance.usecases.alert_values import Reading, read_value
from usance.usecases.bill import Billing
from usance.usecases.registry import Intent, change, find, register

_TRIES: Final = 8
_MOST_AT_ONCE: Final = 40
"""Events in one transaction: two items each, and the state, of the hundred that it takes."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What an alert saw, the furthest threshold that is reached (None: none is), and the events it raised.

    No reading: it is not active, nothing is left to watch, or somebody looked at a later moment already.
    """

    reading: Reading | None
    level: Decimal | None = None
    raised: tuple[AlertEvent, ...] = ()


def create_alert(control: ControlPlane, tables: Tables, organisation: str, intent: Intent, new: Alert) -> Record:
    """Record an alert. Raises InvalidInput for what it names and is not there, Conflict for a taken external id."""
    body = {
        **new.model_dump(mode="json", exclude={"external_id"}, exclude_none=True),
        **_named(control, organisation, new),
    }
    # The organisation first: an alert is never there and not looked at.
    with contextlib.suppress(TransactionRefused):
        tables.transact([put_organisation(organisation)])
    record = Record(organisation, Kind.ALERT, intent.id(Kind.ALERT), body, intent.at, external_id=new.external_id)
    return register(control, record)


def deactivate_alert(control: ControlPlane, organisation: str, reference: str) -> Record:
    """Look at an alert no longer; its events stay. Raises NotFound."""

    def inactive(current: Record) -> Body | None:
        return None if not alert_of(current).active else {**current.body, "active": False}

    return change(control, find(control, organisation, Kind.ALERT, reference), inactive)


def alert_of(record: Record) -> Alert:
    """The alert in a record."""
    return Alert.model_validate(record.body)


def evaluate_alert(billing: Billing, organisation: Organisation, record: Record, as_of: datetime) -> Evaluation:
    """Compare an alert with its thresholds at a moment and raise what turned, each turn once whoever else looks too.

    Raises what reading the value raises, and Unavailable when others keep changing the state.
    """
    alert, tables = alert_of(record), billing.tables
    if not alert.active:
        return Evaluation(None)
    raised: list[AlertEvent] = []
    for _ in range(_TRIES):
        # The state before the value: who saw an older value than the state that stands is refused.
        state = read_state(tables, organisation.id, record.id)
        if state.at is not None and as_of < state.at:
            return Evaluation(None, state.level, tuple(raised))
        reading = read_value(billing, organisation, alert, as_of)
        if reading is None:
            return Evaluation(None, state.level, tuple(raised))
        if state.window != reading.window:
            state = replace(state, level=None, window=reading.window)
        try:
            for events, successor in _steps(record.id, alert, state, reading, as_of):
                tables.transact(event_puts(organisation.id, record.id, successor, events))
                raised += events
                state = successor
        except TransactionRefused:
            continue
        return Evaluation(reading, state.level, tuple(raised))
    raise Unavailable("others keep looking at this alert; try again")


def page_of_alert_events(
    tables: Tables, organisation: str, *, alert: str | None = None, after: str | None, limit: int
) -> tuple[list[AlertEvent], str | None]:
    """Events of one alert or of all, newest first, and where to go on (None: at the end)."""
    found = list_events(tables, organisation, alert=alert, after=after, limit=limit + 1)
    more = event_place(found[limit - 1], alert) if len(found) > limit else None
    return found[:limit], more


def _named(control: ControlPlane, organisation: str, new: Alert) -> dict[str, Any]:
    """The ids of what an alert names."""
    ids, faults = dict[str, Any](), []
    for member, kind in (("customer", Kind.CUSTOMER), ("contract", Kind.CONTRACT), ("metric", Kind.METRIC)):
        name = getattr(new, member)
        if name is None:
            continue
        record = control.get(organisation, kind, name)
        if record is None:
            faults.append(Fault(f"/{member}", f"unknown_{member}", f"there is no {member} {name!r}"))
        else:
            ids[member] = record.id
    if faults:
        raise InvalidInput("the alert has faults", faults)
    return ids


def _steps(
    id: str, alert: Alert, state: AlertState, reading: Reading, as_of: datetime
) -> Iterator[tuple[list[AlertEvent], AlertState]]:
    """What turned since a state, as many events at a time as one transaction takes, each with the state after it."""
    watched = Thresholds(alert.thresholds, alert.recurring, "falling" if alert.on == "balance" else "rising")
    turned, after = crossings(watched, Reached(state.level), reading.value)
    version = state.version
    for first in range(0, len(turned), _MOST_AT_ONCE):
        some, rest = turned[first : first + _MOST_AT_ONCE], turned[first + _MOST_AT_ONCE :]
        # In between: up to the last one reached, or down to the next one that recovers.
        level = after.level if not rest else some[-1].threshold if some[-1].kind == "reached" else rest[0].threshold
        sequence = state.sequence + first
        events = [_event(id, one, reading, as_of, place) for place, one in enumerate(some, sequence + 1)]
        yield events, AlertState(level, reading.window, sequence + len(some), as_of, version)
        version = (version or 0) + 1


def _event(id: str, crossing: Crossing, reading: Reading, as_of: datetime, sequence: int) -> AlertEvent:
    window = reading.window
    span = f"{window.start}/{window.end}" if window else ""
    return AlertEvent(
        id=derived_id(EVENT, as_of, id, plain(crossing.threshold), span, str(sequence)),
        alert=id,
        turn=crossing.kind,
        threshold=crossing.threshold,
        value=crossing.value,
        currency=reading.currency,
        window=window,
        customer=reading.customer,
        contract=reading.contract,
        sequence=sequence,
        at=as_of,
    )
