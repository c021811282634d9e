"""Alerts: create them, and raise an event when a threshold is reached, once, and when it no longer is.

An evaluation reads the state, then the value, and writes only when a threshold turned. Within a window a threshold that
recovered can be reached again; with a new window all begin anew, and nothing has recovered.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from usance.catalog.alert import Alert, reached
from usance.kernel.amount import plain
from usance.kernel.errors import Fault, InvalidInput, Unavailable
from usance.kernel.ids import derived_id
from usance.ports import Body, ControlPlane, Kind, Record, Tables, TransactionRefused
from usance.records.alerts import (
    EVENT,
    AlertEvent,
    AlertState,
    Turn,
    event_place,
    event_puts,
    list_events,
    put_organisation,
    read_state,
)
from usance.records.organisations import Organisation
from usance.usecases.alert_values import Alerting, Reading, read_value
from usance.usecases.registry import Intent, change, find, register

_TRIES: Final = 8


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What an alert saw, and the events it raised. No reading: it is not active, nothing is left to watch, or
    somebody looked at a later moment already."""

    reading: Reading | None
    reached: tuple[Decimal, ...] = ()
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


def evaluate_alert(alerting: Alerting, organisation: Organisation, record: Record, as_of: datetime) -> Evaluation:
    """Compare an alert with its thresholds at a moment and raise what turned, each turn once whoever else looks too.

    Raises what reading the value raises, and Unavailable when others keep changing the state.
    """
    alert, tables = alert_of(record), alerting.billing.tables
    if not alert.active:
        return Evaluation(None)
    for _ in range(_TRIES):
        # The state before the value: who saw an older value than the state that stands is refused.
        state = read_state(tables, organisation.id, record.id)
        if state.at is not None and as_of < state.at:
            return Evaluation(None, state.reached)
        reading = read_value(alerting, organisation, alert, as_of)
        if reading is None:
            return Evaluation(None, state.reached)
        now = tuple(reached(alert, reading.value))
        raised = tuple(_turned(record.id, alert, state, reading, now, as_of))
        if not raised:
            return Evaluation(reading, now)
        successor = AlertState(now, reading.window, raised[-1].sequence, as_of, state.version)
        with contextlib.suppress(TransactionRefused):
            tables.transact(event_puts(organisation.id, record.id, successor, raised))
            return Evaluation(reading, now, raised)
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


def _turned(
    id: str, alert: Alert, state: AlertState, reading: Reading, now: tuple[Decimal, ...], as_of: datetime
) -> Iterator[AlertEvent]:
    """The events of what is reached now and was not, and the other way round, in that order."""
    before = state.reached if state.window == reading.window else ()
    turns = [(Turn.REACHED, threshold) for threshold in now if threshold not in before]
    turns += [(Turn.RECOVERED, threshold) for threshold in before if threshold not in now]
    for sequence, (turn, threshold) in enumerate(_passing_over(alert, turns), state.sequence + 1):
        window = reading.window
        span = f"{window.start}/{window.end}" if window else ""
        yield AlertEvent(
            id=derived_id(EVENT, as_of, id, plain(threshold), span, str(sequence)),
            alert=id,
            turn=turn,
            threshold=threshold,
            value=reading.value,
            currency=reading.currency,
            window=window,
            customer=reading.customer,
            contract=reading.contract,
            sequence=sequence,
            at=as_of,
        )


def _passing_over(alert: Alert, turns: list[tuple[Turn, Decimal]]) -> list[tuple[Turn, Decimal]]:
    """The turns without the recurring threshold that another one took the place of: it went on, or back, to that."""
    recurring = [turn for turn in turns if turn[1] not in alert.thresholds]
    if len(recurring) < 2:
        return turns
    (_, there), (_, here) = recurring
    dropped = (Turn.RECOVERED, here) if there > here else (Turn.REACHED, there)
    return [turn for turn in turns if turn != dropped]
