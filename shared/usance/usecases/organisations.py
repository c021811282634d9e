"""Organisations, their API keys and their test clocks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from pydantic import Field, model_validator

from usance.catalog.authored import Authored, CurrencyCode, Instant, ZoneName
from usance.catalog.tax import CountryCode
from usance.kernel.clock import Clock
from usance.kernel.errors import Conflict, Forbidden
from usance.kernel.instant import local_day, show_instant
from usance.ports import Body, ControlPlane, Kind, Record
from usance.records.keys import key_hash, new_api_key
from usance.records.organisations import Organisation, organisation_of, read_organisation
from usance.usecases.registry import Intent, change, find, register

Scope = Literal["admin", "read", "write", "events:write"]
"""What a key may do: read; write; send usage; or everything (admin), keys and credentials included."""

_MARGIN: Final = timedelta(days=2)
"""Contracts in other time zones are at most a day away from the organisation's."""


class NewOrganisation(Authored):
    """A tenant: a company that bills its customers."""

    name: str = Field(min_length=1, max_length=255, examples=["Northwind Compute"])
    currency: CurrencyCode = Field("USD", examples=["USD"])
    """What contracts are billed in that name no other currency."""
    timezone: ZoneName = "UTC"
    """Where days begin for contracts and customers that name no other zone."""
    country: CountryCode | None = Field(None, examples=["DE"])
    """Where it sells from: ISO 3166 code of two capitals. Decides on reverse charge in the European Union."""
    mode: Literal["test", "live"] = "live"
    test_clock: Instant | None = None
    """The instant it is for this organisation, until it is moved forward. In test mode only."""

    @model_validator(mode="after")
    def _clock_in_test_mode(self) -> NewOrganisation:
        if self.test_clock is not None and self.mode != "test":
            raise ValueError("test_clock is for organisations in mode test")
        return self


class NewKey(Authored):
    """An API key to make."""

    label: str = Field("", max_length=255, examples=["ingest, production"])
    scopes: tuple[Scope, ...] = Field(("admin",), min_length=1, max_length=4)


class ClockMove(Authored):
    """Where to move a test clock."""

    now: Instant


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A key's record and its text, which is not kept. None: the key was made by an earlier request, and what its text
    was worked out from has changed since."""

    record: Record
    text: str | None


def create_organisation(
    control: ControlPlane, intent: Intent, new: NewOrganisation, root: str
) -> tuple[Organisation, IssuedKey]:
    """Create an organisation and its first key, which may do everything. `root` is the operator's key."""
    id = intent.id("org")
    opened = local_day(new.test_clock or intent.at, new.timezone) - _MARGIN
    body: dict[str, Any] = {
        "name": new.name,
        "mode": new.mode,
        "currency": new.currency,
        "timezone": new.timezone,
        "country": new.country,
        "test_clock": show_instant(new.test_clock) if new.test_clock else None,
        # Before this day there is nothing in the books, so nobody has to look.
        "opened_on": opened.isoformat(),
    }
    register(control, Record(id, Kind.ORGANISATION, id, body, intent.at))
    organisation = read_organisation(control, id)
    return organisation, issue_key(control, organisation, intent, NewKey(label="first key"), root)


def issue_key(control: ControlPlane, organisation: Organisation, intent: Intent, new: NewKey, root: str) -> IssuedKey:
    """Make an API key. Its text is in the answer and nowhere else; a repeated request works out the same text."""
    id = intent.id("key")
    secret = intent.secret(root, id)
    text, record = new_api_key(
        organisation.id,
        organisation.mode,
        new.scopes,
        new.label,
        intent.at,
        id=id,
        secret=secret.hex() if secret else None,
    )
    kept = register(control, record)
    return IssuedKey(kept, text if kept.body["hash"] == key_hash(text) else None)


def revoke_key(control: ControlPlane, organisation: str, reference: str, used: str, now: datetime) -> Record:
    """Revoke a key; a revoked one stays as it is. `used` is the id of the key that asks.

    Raises NotFound, and Conflict for the key that asks: whoever revokes the last key locks everybody out.
    """
    record = find(control, organisation, Kind.API_KEY, reference)
    if record.id == used:
        raise Conflict("a key cannot revoke itself: use another one")

    def revoked(current: Record) -> Body | None:
        return None if current.body["revoked_at"] else {**current.body, "revoked_at": show_instant(now)}

    return change(control, record, revoked)


def move_clock(control: ControlPlane, clock: Clock, organisation: str, to: datetime) -> Organisation:
    """Move a test organisation's clock forward. Raises Forbidden for a live one, Conflict for a move backwards."""
    known = read_organisation(control, organisation)
    if known.mode != "test":
        raise Forbidden("only organisations in mode test have a clock of their own")

    def moved(current: Record) -> Body:
        present = organisation_of(current).as_of(clock)
        if to < present:
            raise Conflict(f"a test clock only moves forward, and it is {show_instant(present)} already")
        return {**current.body, "test_clock": show_instant(to)}

    return organisation_of(change(control, known.record, moved))
