"""Definitions of entitlements: recorded, and held to by what grants them.

A grant may name an entitlement that nobody defined. Where one is defined, grants are of its type, and its unit is that
of credits which name none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from usance.catalog.entitlement import Entitlement
from usance.catalog.modifiers import GrantType
from usance.contract.contract import Contract
from usance.kernel.errors import Fault
from usance.ports import ControlPlane, Kind, Record
from usance.usecases.registry import Intent, register


def create_entitlement(control: ControlPlane, organisation: str, intent: Intent, new: Entitlement) -> Record:
    """Record a definition. Raises Conflict for a taken name."""
    body = new.model_dump(mode="json", exclude_none=True)
    id = intent.id(Kind.ENTITLEMENT)
    return register(control, Record(organisation, Kind.ENTITLEMENT, id, body, intent.at, external_id=new.name))


def definition_of(control: ControlPlane, organisation: str, name: str) -> Entitlement | None:
    """The definition of an entitlement, if there is one."""
    record = control.get(organisation, Kind.ENTITLEMENT, name)
    return None if record is None or record.body["name"] != name else Entitlement.model_validate(record.body)


def grant_faults(
    definition: Entitlement | None, type_: GrantType, unit: str | None, units: Mapping[str, Any]
) -> Iterator[Fault]:
    """What of a grant its entitlement's definition, or the pricing units of its contract, do not allow."""
    if definition is not None and definition.type != type_:
        why = f"is {type_}, and {definition.name!r} is defined as {definition.type}"
        yield Fault("/type", "other_type", why)
    held = unit or unit_of(definition, type_)
    if held is not None and held not in units:
        known = ", ".join(units) or "none"
        why = f"is none of the contract's pricing_units, which are: {known}"
        whose = "" if unit else f"{held!r}, in which {definition.name if definition else ''!r} is defined, "
        yield Fault("/unit" if unit else "/entitlement", "unknown_unit", whose + why)


def unit_of(definition: Entitlement | None, type_: GrantType) -> str | None:
    """The pricing unit of credits that name none themselves."""
    return definition.unit if definition is not None and definition.type == type_ == "credits" else None


def definitions_for(control: ControlPlane, organisation: str, contract: Contract) -> dict[str, Entitlement]:
    """The definitions of what a contract grants, by name, those that there are."""
    names = dict.fromkeys(terms.entitlement for _where, terms in contract.placed_grants())
    found = {name: definition_of(control, organisation, name) for name in names}
    return {name: definition for name, definition in found.items() if definition is not None}


def definition_faults(contract: Contract, definitions: Mapping[str, Entitlement]) -> Iterator[Fault]:
    """What of a contract's grants is not as their entitlements are defined."""
    for where, terms in contract.placed_grants():
        found = grant_faults(definitions.get(terms.entitlement), terms.type, terms.unit, contract.pricing_units)
        yield from (fault.under(where) for fault in found)


def with_units(contract: Contract, definitions: Mapping[str, Entitlement]) -> Contract:
    """A contract whose grants of credits name the units that their entitlements are defined in."""
    units = {
        where: unit_of(definitions.get(terms.entitlement), terms.type)
        for where, terms in contract.placed_grants()
        if terms.unit is None
    }
    if not any(units.values()):
        return contract
    written: Any = contract.to_json()
    for where, unit in units.items():
        if unit is not None:
            _at(written, where)["unit"] = unit
    return Contract.model_validate(written)


def _at(document: Any, where: str) -> Any:  # noqa: ANN401 - JSON values
    for part in where.split("/")[1:]:
        document = document[int(part)] if isinstance(document, list) else document[part]
    return document
