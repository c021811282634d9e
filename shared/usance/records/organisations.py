"""Organisations as records of the control plane, and what time it is for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from usance.kernel.clock import Clock
from usance.kernel.errors import NotFound
from usance.kernel.instant import parse_instant
from usance.ports import ControlPlane, Kind, Record


@dataclass(frozen=True, slots=True)
class Organisation:
    """The tenant. A test organisation may have a clock of its own, which only moves forward."""

    id: str
    name: str
    mode: Literal["test", "live"]
    currency: str
    zone: str
    test_clock: datetime | None
    record: Record
    country: str | None = None
    """Where it sells from."""

    def as_of(self, clock: Clock) -> datetime:
        """The present instant for this organisation."""
        return self.test_clock or clock.now()


def read_organisation(control: ControlPlane, organisation: str) -> Organisation:
    """An organisation by id. Raises NotFound."""
    record = control.get(organisation, Kind.ORGANISATION, organisation)
    if record is None:
        raise NotFound(f"there is no organisation {organisation!r}")
    return organisation_of(record)


def organisation_of(record: Record) -> Organisation:
    """The organisation in a record."""
    body = record.body
    test_clock = body.get("test_clock")
    return Organisation(
        id=record.id,
        name=body["name"],
        mode=body["mode"],
        currency=body["currency"],
        zone=body["timezone"],
        test_clock=parse_instant(test_clock) if test_clock else None,
        record=record,
        country=body.get("country"),
    )
