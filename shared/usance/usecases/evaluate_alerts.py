"""Evaluate the alerts of every organisation that has any: what a schedule does every few minutes.

An installation without alerts costs a run one query. One alert's failure does not stop the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from usance.kernel.clock import Clock
from usance.kernel.errors import UsanceError
from usance.ports import ControlPlane, Kind, Record
from usance.records.alerts import organisations_with_alerts
from usance.records.organisations import read_organisation
from usance.usecases.alerts import evaluate_alert
from usance.usecases.bill import Billing


@dataclass(slots=True)
class AlertRun:
    """What a run did. `refused` names alerts that cannot be evaluated as things are, each with the reason; `failed`
    those that should have been."""

    alerts: int = 0
    events: int = 0
    unfinished: int = 0
    refused: list[tuple[str, UsanceError]] = field(default_factory=list)
    failed: list[tuple[str, Exception]] = field(default_factory=list)


def evaluate_all(billing: Billing, clock: Clock, out_of_time: Callable[[], bool]) -> AlertRun:
    """Evaluate every active alert at its organisation's present until time is up."""
    run, control = AlertRun(), billing.control
    work = [
        (organisation, record)
        for organisation in organisations_with_alerts(billing.tables)
        for record in _alerts(control, organisation)
        if record.body.get("active", True)
    ]
    for organisation, record in _in_turn(work, clock.now()):
        if out_of_time():
            run.unfinished += 1
            continue
        try:
            tenant = read_organisation(control, organisation)
            found = evaluate_alert(billing, tenant, record, tenant.as_of(clock))
        except Exception as error:  # noqa: BLE001 - reported with the run; the others go on
            _report(run, f"{organisation}/{record.id}", error)
            continue
        run.alerts += 1
        run.events += len(found.raised)
    return run


def _report(run: AlertRun, name: str, error: Exception) -> None:
    if isinstance(error, UsanceError) and error.status < UsanceError.status:
        run.refused.append((name, error))
    else:
        run.failed.append((name, error))


def _alerts(control: ControlPlane, organisation: str) -> Iterator[Record]:
    after: str | None = None
    while True:
        page = control.list(organisation, Kind.ALERT, after=after)
        yield from page.records
        after = page.next_after
        if after is None:
            return


def _in_turn(work: list[tuple[str, Record]], now: datetime) -> list[tuple[str, Record]]:
    """Begin elsewhere each minute, so that a run that is cut short does not always leave the same ones."""
    first = (now.hour * 60 + now.minute) % len(work) if work else 0
    return work[first:] + work[:first]
