"""Entitlements: what they are, who is granted them by hand, and what is left of them."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body, Path, Query
from pydantic import Field

from functions.api.caller import Asking, Caller
from functions.api.paging import DEFAULT_LIMIT, Cursor, Limit
from functions.api.router import new_router
from functions.api.routes.listing import record, records
from functions.api.views.entitlements import (
    ContractEntitlementsView,
    ContractGrants,
    CustomerEntitlementsView,
    Entitlements,
    EntitlementView,
    GrantView,
)
from usance.catalog.authored import Instant
from usance.catalog.entitlement import Entitlement, ManualGrant
from usance.kernel.errors import Fault, InvalidInput
from usance.kernel.instant import show_instant
from usance.ports import Kind
from usance.records.contracts import recorded_grants
from usance.usecases.definitions import create_entitlement
from usance.usecases.entitlements import contract_entitlements, customer_entitlements
from usance.usecases.grants import VoidOrder, give_grant, void_grant

router = new_router()

Reference = Annotated[str, Path(description="Id or external id.")]
AsOf = Annotated[Instant | None, Query(description="The moment, now or past; now when left out.")]


class NewGrant(ManualGrant):
    """A grant to give by hand."""

    version: Annotated[int | None, Field(ge=1)] = None
    """The contract's version that this was decided on; 409 when it has changed since."""

    def grant(self) -> ManualGrant:
        """The grant without the version."""
        return ManualGrant.model_validate(self.model_dump(exclude={"version"}, exclude_unset=True, by_alias=True))


@router.post("/v1/entitlements", summary="Define an entitlement", tags=["catalogue"], status_code=201)
def create(asking: Asking, new: Annotated[Entitlement, Body()]) -> EntitlementView:
    """Grants that name it have to be of its type from then on. Grants may also name what nobody defined."""
    return EntitlementView.of(create_entitlement(asking.control, asking.organisation, asking.intent, new))


@router.get("/v1/entitlements", summary="List definitions of entitlements", tags=["catalogue"])
def list_entitlements(asking: Asking, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Entitlements:
    """In order of creation."""
    data, next_cursor = records(asking, Kind.ENTITLEMENT, EntitlementView.of, limit, cursor)
    return Entitlements(data=data, next_cursor=next_cursor)


@router.get("/v1/entitlements/<id>", summary="See the definition of an entitlement", tags=["catalogue"])
def see(asking: Asking, id: Annotated[str, Path(description="Id or name.")]) -> EntitlementView:
    """By id or name."""
    return EntitlementView.of(record(asking, Kind.ENTITLEMENT, id))


@router.post("/v1/contracts/<id>/grants", summary="Grant something by hand", tags=["contracts"], status_code=201)
def give(asking: Asking, id: Reference, new: Annotated[NewGrant, Body()]) -> GrantView:
    """Units, credits or a feature besides what the contract grants itself. What was billed already and is covered by
    it now is corrected by the next document."""
    made = give_grant(
        asking.control,
        asking.tables,
        asking.read_organisation(),
        id,
        new.grant(),
        id=asking.intent.id("grt"),
        as_of=asking.present(),
        version=new.version,
    )
    return GrantView.of(*made)


@router.get("/v1/contracts/<id>/grants", summary="List what was granted by hand", tags=["contracts"])
def list_grants(asking: Asking, id: Reference) -> ContractGrants:
    """All of it, in the order in which it was recorded, withdrawn grants included."""
    one = record(asking, Kind.CONTRACT, id)
    return ContractGrants(data=[GrantView.of(one, given) for given in recorded_grants(one)], next_cursor=None)


@router.post("/v1/contracts/<id>/grants/<grant>/void", summary="Withdraw a grant", tags=["contracts"])
def void(
    asking: Asking,
    id: Reference,
    grant: Annotated[str, Path(description="Id of the grant.")],
    order: Annotated[VoidOrder, Body()],
) -> GrantView:
    """From now on, or from a later instant. What it covered before stays covered."""
    organisation = asking.read_organisation()
    return GrantView.of(*void_grant(asking.control, asking.tables, organisation, id, grant, order, asking.present()))


@router.get("/v1/contracts/<id>/entitlements", summary="See what is left of a contract's grants", tags=["contracts"])
def of_contract(asking: Asking, id: Reference, as_of: AsOf = None) -> ContractEntitlementsView:
    """Each entitlement with its grants, and which grant covered which billing period of which item. Every event that
    was acknowledged counts."""
    one, moment = record(asking, Kind.CONTRACT, id), _moment(asking, as_of)
    return ContractEntitlementsView.of(one, moment, contract_entitlements(asking.billing, one, moment))


@router.get("/v1/customers/<id>/entitlements", summary="See what a customer is entitled to", tags=["customers"])
def of_customer(asking: Asking, id: Reference, as_of: AsOf = None) -> CustomerEntitlementsView:
    """Each entitlement over all of its contracts, and by each of them. Every event that was acknowledged counts."""
    moment = _moment(asking, as_of)
    owner, held = customer_entitlements(asking.billing, asking.organisation, id, moment)
    return CustomerEntitlementsView.of(owner, moment, held)


def _moment(asking: Caller, as_of: Instant | None) -> Instant:
    present = asking.present()
    if as_of is not None and as_of > present:
        why = f"lies ahead: it is {show_instant(present)}, and what will be used until then is not known"
        raise InvalidInput("the query has faults", [Fault("/as_of", "in_the_future", why)])
    return as_of or present
