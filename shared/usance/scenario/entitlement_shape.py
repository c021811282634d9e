"""The shape of entitlements in results: balances of what is counted, and features."""

from __future__ import annotations

from typing import Literal

from pydantic import with_config

# Of typing_extensions, because pydantic reads no other before Python 3.12.
from typing_extensions import TypedDict

from usance.scenario.texts import CLOSED, DayText, DecimalText, InstantText


@with_config(CLOSED)
class FeatureGrantShape(TypedDict):
    """A grant of a feature."""

    id: str
    effective_at: InstantText
    expires_at: InstantText | None
    """When it ended or will end: expired or withdrawn."""


@with_config(CLOSED)
class GrantShape(FeatureGrantShape):
    """A grant and what is left of it."""

    granted: DecimalText
    balance: DecimalText
    priority: int


@with_config(CLOSED)
class DrawShape(TypedDict):
    """What of a grant covered a billing period of an item."""

    grant: str
    item: str
    cycle: DayText
    amount: DecimalText


@with_config(CLOSED)
class EntitlementShape(TypedDict):
    """An entitlement at the end: granted = used + expired + balance."""

    entitlement: str
    type: Literal["quantity", "credits"]
    granted: DecimalText
    used: DecimalText
    expired: DecimalText
    balance: DecimalText
    overage: DecimalText
    """Units that no grant covered."""
    grants: list[GrantShape]
    draws: list[DrawShape]


@with_config(CLOSED)
class FeatureShape(TypedDict):
    """A feature at the end: whether the customer has it."""

    entitlement: str
    type: Literal["feature"]
    granted: bool
    grants: list[FeatureGrantShape]
