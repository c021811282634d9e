"""Grants that people give a contract by hand, and take back. They are facts of the contract, appended to its record.

What a grant covers is worked out from what was given and used, so that giving one corrects what was billed already, by
the next document. Taking one back ends it from an instant on that is never past: what it covered before stays covered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from usance.catalog.authored import Authored, Instant
from usance.catalog.entitlement import ManualGrant
from usance.contract.contract import Contract
from usance.invoicing.granted import RecordedGrant, Voided
from usance.kernel.errors import Conflict, Fault, InvalidInput, NotFound
from usance.kernel.instant import show_instant
from usance.ports import Body, ControlPlane, Record, Tables
from usance.records.contracts import grant_entry, read_contract, recorded_grants
from usance.records.organisations import Organisation
from usance.usecases.contract_checks import day_faults
from usance.usecases.contracts import look_at
from usance.usecases.definitions import definition_of, grant_faults, unit_of
from usance.usecases.registry import change

MOST_GRANTS: Final = 500
_DAYS: Final = ("effective_on", "effective_at", "expires_on", "expires_at")


class VoidOrder(Authored):
    """Since when a grant is withdrawn."""

    voided_at: Instant | None = None
    """Now, when left out; never earlier: what was used until then stays covered."""


def give_grant(
    control: ControlPlane,
    tables: Tables,
    organisation: Organisation,
    reference: str,
    grant: ManualGrant,
    *,
    id: str,
    as_of: datetime,
    version: int | None,
) -> tuple[Record, RecordedGrant]:
    """Append a grant to a contract, as recorded at `as_of`, and have a run look at the contract.

    With `version` only onto that version of the contract. Raises NotFound, InvalidInput, and Conflict. A grant of this
    id that is there already is success.
    """
    record = read_contract(control, organisation.id, reference)
    given = RecordedGrant(id, as_of, _checked(control, record, grant))
    look_at(tables, organisation.id, record.id, as_of)

    def appended(current: Record) -> Body | None:
        known = recorded_grants(current)
        if any(one.id == id for one in known):
            return None
        if version is not None and current.version != version:
            raise Conflict(f"the contract is at version {current.version} by now: read it again and decide again")
        if len(known) >= MOST_GRANTS:
            raise Conflict(f"a contract takes {MOST_GRANTS} grants by hand: write those that recur with `every`")
        return _with(current, (*known, given))

    record = change(control, record, appended)
    return record, find_grant(record, id)


def void_grant(
    control: ControlPlane,
    tables: Tables,
    organisation: Organisation,
    reference: str,
    id: str,
    order: VoidOrder,
    as_of: datetime,
) -> tuple[Record, RecordedGrant]:
    """Withdraw a grant that was given by hand, from an instant on, and have a run look at its contract.

    Raises NotFound, InvalidInput for an instant that is past, and Conflict for a grant that is withdrawn from another
    instant on. The same again is success.
    """
    record = read_contract(control, organisation.id, reference)
    voided = Voided(as_of, order.voided_at or as_of)
    edit = _voiding(id, voided, asked=order.voided_at)
    # Before anything is written: what is refused leaves no trace.
    if edit(record) is None:
        return record, find_grant(record, id)
    look_at(tables, organisation.id, record.id, as_of)
    record = change(control, record, edit)
    return record, find_grant(record, id)


def find_grant(record: Record, id: str) -> RecordedGrant:
    """A grant that was given by hand. Raises NotFound."""
    found = next((one for one in recorded_grants(record) if one.id == id), None)
    if found is None:
        raise NotFound(f"the contract has no grant {id[:100]!r} that was given by hand")
    return found


def _voiding(id: str, voided: Voided, *, asked: datetime | None) -> Callable[[Record], Body | None]:
    def edit(current: Record) -> Body | None:
        given = find_grant(current, id)
        if given.voided is not None:
            if asked in (None, given.voided.at):
                return None
            raise Conflict(f"the grant is withdrawn from {show_instant(given.voided.at)} on already")
        if voided.at < voided.recorded_at:
            why = f"is past: it is {show_instant(voided.recorded_at)}, and what was used until now stays covered"
            raise InvalidInput("the request has faults", [Fault("/voided_at", "in_the_past", why)])
        if faults := list(day_faults({"voided_at": voided.at})):
            raise InvalidInput("the request has faults", faults)
        ended = replace(given, voided=voided)
        return _with(current, [ended if one.id == id else one for one in recorded_grants(current)])

    return edit


def _with(record: Record, grants: Sequence[RecordedGrant]) -> Body:
    return {**record.body, "grants": [grant_entry(one) for one in grants]}


def _checked(control: ControlPlane, record: Record, grant: ManualGrant) -> ManualGrant:
    contract = Contract.model_validate(record.body["terms"])
    definition = definition_of(control, record.organisation, grant.entitlement)
    faults = [
        *day_faults({name: getattr(grant, name) for name in _DAYS}),
        *grant_faults(definition, grant.type, grant.unit, contract.pricing_units),
    ]
    if faults:
        raise InvalidInput("the grant has faults", faults)
    unit = grant.unit or unit_of(definition, grant.type)
    return grant if unit == grant.unit else grant.model_copy(update={"unit": unit})
