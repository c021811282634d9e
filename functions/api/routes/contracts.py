"""Contracts: record, amend, look at, preview."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body, Path, Query

from functions.api.caller import Asking, Caller
from functions.api.paging import DEFAULT_LIMIT, Cursor, Limit
from functions.api.router import new_router
from functions.api.routes.listing import record, records
from functions.api.views.contracts import (
    Contracts,
    ContractSummary,
    ContractView,
    NewAmendment,
    PreviewView,
    TimelineView,
)
from functions.api.views.invoices import InvoiceView
from usance import wiring
from usance.catalog.authored import Instant
from usance.contract.contract import Contract
from usance.kernel.instant import show_instant
from usance.pipeline import ContractFacts
from usance.ports import Kind, Record
from usance.records.contracts import read_contract
from usance.records.organisations import Organisation
from usance.usecases.contracts import agree, amend_contract, facts_of, next_dues, record_contract
from usance.usecases.facts import complete, read_facts
from usance.usecases.preview import preview, unsaved, upcoming

router = new_router()

Reference = Annotated[str, Path(description="Id or external id.")]
AsOf = Annotated[Instant | None, Query(description="The moment; the next due one when left out.")]


def _shown(asking: Caller, one: Record) -> ContractView:
    return ContractView.of(one, next_dues(facts_of(asking.control, one), asking.present()))


@router.post("/v1/contracts", summary="Record a contract", tags=["contracts"], status_code=201)
def create(asking: Asking, new: Annotated[Contract, Body()]) -> ContractView:
    """`id` is your own id. Its customer and its metrics have to be there. From then on it is billed when it is due."""
    made = record_contract(asking.control, asking.tables, asking.read_organisation(), asking.intent, new)
    return _shown(asking, made)


@router.get("/v1/contracts", summary="List contracts", tags=["contracts"])
def list_contracts(asking: Asking, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Contracts:
    """In order of creation."""
    data, next_cursor = records(asking, Kind.CONTRACT, ContractSummary.of, limit, cursor)
    return Contracts(data=data, next_cursor=next_cursor)


@router.post("/v1/contracts/preview", summary="Preview a contract that is not recorded", tags=["contracts"])
def preview_unsaved(asking: Asking, new: Annotated[Contract, Body()], as_of: AsOf = None) -> PreviewView:
    """What it would be billed, by the code that bills, with the customer's real usage. Nothing is written."""
    organisation = asking.read_organisation()
    facts = unsaved(asking.control, organisation.id, agree(asking.control, organisation, new))
    return _preview(asking, organisation, complete(asking.control, asking.tables, facts), as_of)


@router.get("/v1/contracts/<id>", summary="See a contract", tags=["contracts"])
def see(asking: Asking, id: Reference) -> ContractView:
    """Its first terms and every amendment since."""
    return _shown(asking, record(asking, Kind.CONTRACT, id))


@router.get("/v1/contracts/<id>/preview", summary="Preview what a contract will be billed", tags=["contracts"])
def preview_saved(asking: Asking, id: Reference, as_of: AsOf = None) -> PreviewView:
    """What is still to be issued up to a moment, adjustments included. Nothing is written."""
    one = read_contract(asking.control, asking.organisation, id)
    facts, _documents = read_facts(asking.control, asking.tables, asking.billing.objects, one)
    return _preview(asking, asking.read_organisation(), facts, as_of)


def _preview(asking: Caller, organisation: Organisation, facts: ContractFacts, as_of: Instant | None) -> PreviewView:
    now = organisation.as_of(wiring.clock())
    moment = as_of or upcoming(facts, now)
    on_test_clock = organisation.test_clock is not None
    documents = preview(asking.billing, facts, now, moment, pass_through_months=on_test_clock)
    return PreviewView(
        as_of=show_instant(moment),
        next_dues=next_dues(facts, now),
        invoices=[InvoiceView.upcoming(one) for one in documents],
    )


@router.post("/v1/contracts/<id>/amendments", summary="Amend a contract", tags=["contracts"], status_code=201)
def amend(asking: Asking, id: Reference, new: Annotated[NewAmendment, Body()]) -> ContractView:
    """Nothing is edited: the change is appended to the contract's log, and what was billed already is corrected by the
    next document."""
    made = amend_contract(
        asking.control,
        asking.tables,
        asking.read_organisation(),
        id,
        new.amendment(),
        id=asking.intent.id("amd"),
        as_of=asking.present(),
        version=new.version,
    )
    return _shown(asking, made)


@router.get("/v1/contracts/<id>/timeline", summary="See what a contract says at a moment", tags=["contracts"])
def timeline(asking: Asking, id: Reference, as_of: AsOf = None) -> TimelineView:
    """The amendments known by then, folded over the first terms; now when `as_of` is left out."""
    one = read_contract(asking.control, asking.organisation, id)
    moment = as_of or asking.present()
    return TimelineView.of(one.id, moment, facts_of(asking.control, one).at(moment))
