"""Who asks, and what answering takes: handed to every route as a dependency."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, Any, Final

from aws_lambda_powertools.event_handler import Depends
from aws_lambda_powertools.event_handler.request import Request

from usance import wiring
from usance.kernel.errors import Unauthenticated
from usance.ports import ControlPlane, Objects, Secrets, Tables, Workflows
from usance.records.organisations import Organisation, read_organisation
from usance.settings import ApiSettings
from usance.usecases.authenticate import Principal, authenticate, presented_key
from usance.usecases.bill import Billing
from usance.usecases.registry import Intent

OPERATOR: Final = "~operator"
"""Stands for the operator where others have their organisation; no organisation can have this id."""

_ADMIN: Final = ("/v1/api-keys", "/v1/payment-providers", "/v1/test-clock")
_OPERATOR_PATH: Final = "/v1/organisations"


@dataclass(frozen=True, slots=True)
class Caller:
    """The holder of a key, and the outside, each part of it made when it is first used."""

    settings: ApiSettings
    principal: Principal
    intent: Intent = field(default_factory=lambda: Intent(wiring.clock().now()))

    @property
    def organisation(self) -> str:
        """The organisation's id: from the key, and from nowhere else."""
        return self.principal.organisation

    def read_organisation(self) -> Organisation:
        """The organisation as it is now."""
        return read_organisation(self.control, self.organisation)

    def present(self) -> datetime:
        """The organisation's present instant."""
        return self.read_organisation().as_of(wiring.clock())

    def with_intent(self, intent: Intent) -> Caller:
        """The same caller with a request that can be repeated."""
        return replace(self, intent=intent)

    @property
    def control(self) -> ControlPlane:
        return wiring.control_plane(self.settings)

    @property
    def tables(self) -> Tables:
        return wiring.tables(self.settings)

    @property
    def objects(self) -> Objects:
        return wiring.objects(self.settings)

    @property
    def billing(self) -> Billing:
        return wiring.billing(self.settings)

    @property
    def secrets(self) -> Secrets:
        return wiring.secrets()

    @property
    def workflows(self) -> Workflows:
        return wiring.workflows(billing_run=self.settings.billing_run_arn)

    def root(self) -> str:
        """What API keys of repeatable requests are worked out from. Raises Unauthenticated when there is none."""
        return _operator_key(self.settings)


def admit(settings: ApiSettings, method: str, path: str, headers: Mapping[str, str]) -> Caller:
    """The caller of a request with a key that may do what it asks. Names of headers are in lower case.

    Raises Unauthenticated and Forbidden.
    """
    if path == _OPERATOR_PATH:
        presented = presented_key(headers) or ""
        if not hmac.compare_digest(presented.encode(), _operator_key(settings).encode()):
            raise Unauthenticated("creating organisations takes the operator's key")
        return Caller(settings, Principal(OPERATOR, "operator", "live", frozenset()))
    return Caller(settings, authenticate(wiring.directory(settings), headers, _scope(method, path)))


def anonymous(settings: ApiSettings) -> Caller:
    """The caller of a public address: nobody, in no organisation."""
    return Caller(settings, Principal("~nobody", "none", "live", frozenset()))


def _scope(method: str, path: str) -> str:
    if any(path == start or path.startswith(start + "/") for start in _ADMIN):
        return "admin"
    return "read" if method == "GET" else "write"


def _operator_key(settings: ApiSettings) -> str:
    key = wiring.operator_key(settings.operator_secret)
    if not key:
        raise Unauthenticated("this installation has no operator's key")
    return key


def caller_of(request: Request) -> Caller:
    """The caller that the door let in."""
    found: Any = request.context["caller"]
    assert isinstance(found, Caller)  # noqa: S101 - put there by functions.api.door, and by nothing else
    return found


Asking = Annotated[Caller, Depends(caller_of)]
"""The type of a route's parameter that takes the caller."""
