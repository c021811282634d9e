"""Alerts, and the events they raised, as answers."""

from __future__ import annotations

from datetime import date
from typing import Self

from functions.api.views.records import Recorded
from functions.api.views.shape import Page, View
from usance.catalog.alert import Alert
from usance.kernel.amount import plain
from usance.kernel.instant import show_instant
from usance.ports import Record
from usance.records.alerts import AlertEvent, Window
from usance.usecases.alerts import Evaluation


class AlertView(Recorded, Alert):
    """An alert. What it names is told by id."""

    @classmethod
    def of(cls, record: Record) -> Self:
        recorded = {"id": record.id, "external_id": record.external_id, "created_at": show_instant(record.created_at)}
        return cls.model_validate({**record.body, **recorded})


class Alerts(Page):
    """Alerts."""

    data: list[AlertView]


class WindowView(View):
    """Days over which a value adds up."""

    start: date | None
    """First day; null for an invoice to come."""
    end: date
    """The day after the last; the day of an invoice to come."""

    @classmethod
    def of(cls, window: Window | None) -> Self | None:
        return None if window is None else cls(start=window.start, end=window.end)


class AlertEventView(View):
    """A threshold that was reached, or that no longer is."""

    id: str
    alert: str
    type: str
    """`reached` or `recovered`."""
    threshold: str
    value: str
    """What the value was then, in the same unit."""
    currency: str | None
    window: WindowView | None
    customer: str
    contract: str | None
    sequence: int
    """Counts the alert's events from 1."""
    at: str

    @classmethod
    def of(cls, event: AlertEvent) -> Self:
        return cls(
            id=event.id,
            alert=event.alert,
            type=event.turn,
            threshold=plain(event.threshold),
            value=plain(event.value),
            currency=event.currency,
            window=WindowView.of(event.window),
            customer=event.customer,
            contract=event.contract,
            sequence=event.sequence,
            at=show_instant(event.at),
        )


class AlertEvents(Page):
    """Events of alerts, newest first."""

    data: list[AlertEventView]


class EvaluationView(View):
    """What an alert saw just now."""

    value: str | None
    """Null when the alert is not active or nothing is left to watch."""
    currency: str | None
    window: WindowView | None
    level: str | None
    """The furthest threshold that is reached; null when none is."""
    raised: list[AlertEventView]
    """The events that this raised."""

    @classmethod
    def of(cls, evaluation: Evaluation) -> Self:
        reading = evaluation.reading
        return cls(
            value=plain(reading.value) if reading else None,
            currency=reading.currency if reading else None,
            window=WindowView.of(reading.window) if reading else None,
            level=None if evaluation.level is None else plain(evaluation.level),
            raised=[AlertEventView.of(event) for event in evaluation.raised],
        )
