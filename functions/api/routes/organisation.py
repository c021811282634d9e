"""Organisations, their keys, their test clocks, and the health of the function."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body, Path

from functions.api.caller import Asking
from functions.api.paging import DEFAULT_LIMIT, Cursor, Limit
from functions.api.router import new_router
from functions.api.routes.listing import records
from functions.api.views.records import Keys, KeyView, NewKeyView, NewOrganisationView, OrganisationView
from functions.api.views.shape import View
from usance import wiring
from usance.ports import Kind
from usance.usecases.organisations import (
    ClockMove,
    NewKey,
    NewOrganisation,
    create_organisation,
    issue_key,
    move_clock,
    revoke_key,
)

router = new_router()


class Health(View):
    """That the function answers."""

    status: str


@router.get("/health", summary="Say that the function answers", tags=["organisation"])
def health() -> Health:
    """Answers without a key, and touches nothing."""
    return Health(status="ok")


@router.post("/v1/organisations", summary="Create an organisation", tags=["organisation"], status_code=201)
def create(asking: Asking, new: Annotated[NewOrganisation, Body()]) -> NewOrganisationView:
    """Takes the operator's key. The first API key is in the answer, and is shown only there."""
    organisation, key = create_organisation(asking.control, asking.intent, new, asking.root())
    return NewOrganisationView.created(organisation, key)


@router.get("/v1/organisation", summary="See your organisation", tags=["organisation"])
def see(asking: Asking) -> OrganisationView:
    """The organisation that the key belongs to."""
    return OrganisationView.of(asking.read_organisation())


@router.post("/v1/test-clock", summary="Move the test clock forward", tags=["organisation"])
def move(asking: Asking, to: Annotated[ClockMove, Body()]) -> OrganisationView:
    """In test mode only. Everything of the organisation then happens as of that instant; billing runs pass through
    every moment in between at which something fell due."""
    return OrganisationView.of(move_clock(asking.control, wiring.clock(), asking.organisation, to.now))


@router.post("/v1/api-keys", summary="Make an API key", tags=["organisation"], status_code=201)
def make_key(asking: Asking, new: Annotated[NewKey, Body()]) -> NewKeyView:
    """The key is in the answer, and is shown only there."""
    return NewKeyView.issued(issue_key(asking.control, asking.read_organisation(), asking.intent, new, asking.root()))


@router.get("/v1/api-keys", summary="List API keys", tags=["organisation"])
def list_keys(asking: Asking, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Keys:
    """Revoked ones included."""
    data, next_cursor = records(asking, Kind.API_KEY, KeyView.of, limit, cursor)
    return Keys(data=data, next_cursor=next_cursor)


@router.post("/v1/api-keys/<id>/revoke", summary="Revoke an API key", tags=["organisation"])
def revoke(asking: Asking, id: Annotated[str, Path(description="Id of the key.")]) -> KeyView:
    """The key is refused everywhere within a minute."""
    return KeyView.of(revoke_key(asking.control, asking.organisation, id, asking.principal.key, wiring.clock().now()))
