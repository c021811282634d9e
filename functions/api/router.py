"""A router for the routes of one resource."""

from __future__ import annotations

from aws_lambda_powertools.event_handler.api_gateway import Router


def new_router() -> Router:
    """A router without routes."""
    return Router()  # type: ignore[no-untyped-call]  # the library's constructor has no annotations
