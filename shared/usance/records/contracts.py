"""Contracts as records of the control plane: the first terms and the log of amendments.

The body of a contract's record:

    terms        the contract as first written
    customer     id of the customer; `references` are the names under which usage may name it
    currency, timezone       what holds for it, decided when it was recorded
    amendments   [{"recorded_at", "amendment"}] in the order they were recorded
    grants       [{"id", "recorded_at", "grant", "voided"?}] that were given by hand; `voided` is {"recorded_at", "at"}
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from usance.catalog.entitlement import ManualGrant
from usance.catalog.metric import Metric
from usance.contract.amendment import Amendment
from usance.contract.contract import Contract
from usance.contract.timeline import RecordedAmendment
from usance.invoicing.granted import RecordedGrant, Voided
from usance.kernel.errors import CannotBill, NotFound
from usance.kernel.instant import parse_instant, show_instant
from usance.pipeline import ContractFacts
from usance.ports import Body, ControlPlane, Kind, Record
from usance.records.documents import ContractDocuments


def contract_body(
    contract: Contract, *, customer: str, currency: str, zone: str, amendments: list[dict[str, Any]] | None = None
) -> Body:
    """The body of a contract's record."""
    return {
        "terms": contract.to_json(),
        "customer": customer,
        "currency": currency,
        "timezone": zone,
        "amendments": amendments or [],
    }


def amendment_entry(amendment: Amendment, recorded_at: datetime) -> dict[str, Any]:
    """An entry of the log of amendments."""
    return {"recorded_at": show_instant(recorded_at), "amendment": amendment.to_json()}


def read_contract(control: ControlPlane, organisation: str, contract: str) -> Record:
    """A contract's record by id or external id. Raises NotFound."""
    record = control.get(organisation, Kind.CONTRACT, contract)
    if record is None:
        raise NotFound(f"there is no contract {contract!r}")
    return record


def contract_facts(control: ControlPlane, record: Record, documents: ContractDocuments) -> ContractFacts:
    """All that is recorded about a contract. Raises CannotBill when a metric that it names is none."""
    body = record.body
    contract = Contract.model_validate(body["terms"])
    return ContractFacts(
        organisation=record.organisation,
        id=record.id,
        customer=body["customer"],
        currency=body["currency"],
        zone=body["timezone"],
        contract=contract,
        metrics=read_metrics(control, record.organisation, contract),
        amendments=tuple(
            RecordedAmendment(parse_instant(entry["recorded_at"]), Amendment.model_validate(entry["amendment"]))
            for entry in body["amendments"]
        ),
        issued=documents.lines,
        documents_on=documents.documents_on,
        grants=recorded_grants(record),
    )


def recorded_grants(record: Record) -> tuple[RecordedGrant, ...]:
    """The grants that people gave a contract by hand, in the order in which they were recorded."""
    return tuple(
        RecordedGrant(
            entry["id"],
            parse_instant(entry["recorded_at"]),
            ManualGrant.model_validate(entry["grant"]),
            _voided(entry.get("voided")),
        )
        for entry in record.body.get("grants", ())
    )


def grant_entry(given: RecordedGrant) -> dict[str, Any]:
    """An entry of the grants that were given by hand."""
    entry = {"id": given.id, "recorded_at": show_instant(given.recorded_at), "grant": given.grant.to_json()}
    if given.voided is not None:
        entry["voided"] = {"recorded_at": show_instant(given.voided.recorded_at), "at": show_instant(given.voided.at)}
    return entry


def _voided(body: Body | None) -> Voided | None:
    return None if body is None else Voided(parse_instant(body["recorded_at"]), parse_instant(body["at"]))


def read_metrics(control: ControlPlane, organisation: str, contract: Contract) -> dict[str, Metric]:
    """The metrics that a contract's items name, by the name they use. Raises CannotBill for one that is none."""
    metrics = {}
    for name in sorted({metric for item in contract.all_items for metric in item.meters}):
        record = control.get(organisation, Kind.METRIC, name)
        if record is None:
            raise CannotBill(f"the contract uses metric {name!r}, and there is none of that name: create it")
        metrics[name] = Metric.model_validate(record.body)
    return metrics


def customer_references(control: ControlPlane, organisation: str, customer: str) -> frozenset[str]:
    """The names under which events may name a customer: its id and its external id."""
    record = control.get(organisation, Kind.CUSTOMER, customer)
    if record is None:
        raise NotFound(f"there is no customer {customer!r}")
    return frozenset(name for name in (record.id, record.external_id) if name)
