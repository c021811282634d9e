"""What became of alerts, in the documents table. The alerts themselves are records of the control plane.

    {org}#alert#{alert}         state                      the furthest threshold reached, and how many events there are
    {org}#alert#{alert}#events  {sequence}                 an event
    {org}#alert-events          {time}#{alert}#{sequence}  the same event among all of the organisation
    ~alerts                     {org}                      organisations with alerts: others are never looked at

State and events are one transaction over the version of the state that was read: of two evaluations that see the same
threshold reached, one raises the event.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Literal

from usance.kernel.amount import plain
from usance.kernel.instant import parse_instant, show_instant
from usance.ports import Item, Key, Put, Table, Tables

EVENT: Final = "ale"
"""Prefix of the ids of events."""
_TIME_ENDS: Final = len(EVENT) + 11
"""Where in the id of an event its time ends: ids of one instant are in no order."""
_ORGANISATIONS: Final = "~alerts"


@dataclass(frozen=True, slots=True)
class Window:
    """What a value adds up over: days from `start` (None: not told) up to, not including, `end`."""

    start: date | None
    end: date


@dataclass(frozen=True, slots=True)
class AlertState:
    """The furthest threshold that is reached, of which window, since when, and how many events were raised in all."""

    level: Decimal | None = None
    window: Window | None = None
    sequence: int = 0
    at: datetime | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class AlertEvent:
    """A threshold that was reached, or that no longer is. `sequence` counts the alert's events from 1."""

    id: str
    alert: str
    turn: Literal["reached", "recovered"]
    threshold: Decimal
    value: Decimal
    currency: str | None
    window: Window | None
    customer: str
    contract: str | None
    sequence: int
    at: datetime


def event_puts(organisation: str, alert: str, state: AlertState, events: Sequence[AlertEvent]) -> list[Put]:
    """The changes that raise events: them, each in both lists, and the state over the version it was read at."""
    puts = [Put(_state_key(organisation, alert), _state_body(state), expect=state.version)]
    for event in events:
        places = [Key(Table.DOCUMENTS, _events(organisation, of), event_place(event, of)) for of in (alert, None)]
        puts += [Put(place, _event_body(event)) for place in places]
    return puts


def read_state(tables: Tables, organisation: str, alert: str) -> AlertState:
    """The state of an alert; an empty one when nothing was ever reached."""
    item = tables.get(_state_key(organisation, alert))
    if item is None:
        return AlertState()
    body = item.body
    return AlertState(
        level=None if body["level"] is None else Decimal(body["level"]),
        window=_window(body["window"]),
        sequence=body["sequence"],
        at=parse_instant(body["at"]),
        version=item.version,
    )


def list_events(
    tables: Tables, organisation: str, *, alert: str | None = None, after: str | None, limit: int
) -> list[AlertEvent]:
    """Events of one alert or of all, newest first, past the place of one."""
    partition = _events(organisation, alert)
    found = tables.query(Table.DOCUMENTS, partition, after=after, limit=limit, newest_first=True)
    return [_event(item) for item in found]


def event_place(event: AlertEvent, alert: str | None) -> str:
    """Where an event stands in the list of its alert, or (None) of all."""
    place = f"{event.sequence:010}"
    return f"{event.id[:_TIME_ENDS]}#{event.alert}#{place}" if alert is None else place


def put_organisation(organisation: str) -> Put:
    """Have an organisation's alerts looked at from now on; refused when they are, which callers take for success."""
    return Put(Key(Table.DOCUMENTS, _ORGANISATIONS, organisation), {})


def organisations_with_alerts(tables: Tables) -> Iterator[str]:
    """Ids of all organisations that have alerts; for scheduled functions only."""
    for item in tables.query(Table.DOCUMENTS, _ORGANISATIONS):
        yield item.key.sort


def _events(organisation: str, alert: str | None) -> str:
    return f"{organisation}#alert-events" if alert is None else f"{organisation}#alert#{alert}#events"


def _state_key(organisation: str, alert: str) -> Key:
    return Key(Table.DOCUMENTS, f"{organisation}#alert#{alert}", "state")


def _state_body(state: AlertState) -> dict[str, Any]:
    return {
        "level": None if state.level is None else plain(state.level),
        "window": _window_body(state.window),
        "sequence": state.sequence,
        "at": show_instant(state.at) if state.at else None,
    }


def _event_body(event: AlertEvent) -> dict[str, Any]:
    return {
        "id": event.id,
        "alert": event.alert,
        "turn": event.turn,
        "threshold": plain(event.threshold),
        "value": plain(event.value),
        "currency": event.currency,
        "window": _window_body(event.window),
        "customer": event.customer,
        "contract": event.contract,
        "sequence": event.sequence,
        "at": show_instant(event.at),
    }


def _event(item: Item) -> AlertEvent:
    body = item.body
    return AlertEvent(
        id=body["id"],
        alert=body["alert"],
        turn=body["turn"],
        threshold=Decimal(body["threshold"]),
        value=Decimal(body["value"]),
        currency=body["currency"],
        window=_window(body["window"]),
        customer=body["customer"],
        contract=body["contract"],
        sequence=body["sequence"],
        at=parse_instant(body["at"]),
    )


def _window_body(window: Window | None) -> list[str | None] | None:
    return None if window is None else [window.start.isoformat() if window.start else None, window.end.isoformat()]


def _window(body: list[str | None] | None) -> Window | None:
    if body is None or body[1] is None:
        return None
    return Window(date.fromisoformat(body[0]) if body[0] else None, date.fromisoformat(body[1]))
