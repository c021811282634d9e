"""Entitlements, grants and balances as answers."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Self

from functions.api.views.records import Recorded
from functions.api.views.shape import Page, View
from usance.catalog.entitlement import Entitlement, ManualGrant
from usance.invoicing.balances import EntitlementBalance
from usance.invoicing.granted import RecordedGrant
from usance.kernel.amount import plain
from usance.kernel.instant import show_instant
from usance.ports import Record
from usance.usecases.entitlements import CustomerEntitlement


class EntitlementView(Recorded, Entitlement):
    """What an entitlement is."""

    @classmethod
    def of(cls, record: Record) -> Self:
        recorded = {
            "id": record.id,
            "external_id": record.external_id,
            "created_at": show_instant(record.created_at),
        }
        return cls.model_validate({**record.body, **recorded})


class Entitlements(Page):
    """Definitions of entitlements."""

    data: list[EntitlementView]


class GrantView(View):
    """A grant that was given by hand."""

    id: str
    contract: str
    recorded_at: str
    grant: ManualGrant
    voided_at: str | None
    """Since when it is withdrawn."""

    @classmethod
    def of(cls, record: Record, given: RecordedGrant) -> Self:
        return cls(
            id=given.id,
            contract=record.id,
            recorded_at=show_instant(given.recorded_at),
            grant=given.grant,
            voided_at=show_instant(given.voided.at) if given.voided else None,
        )


class ContractGrants(Page):
    """The grants that a contract was given by hand, all of them."""

    data: list[GrantView]


# -- balances --------------------------------------------------------------------------------------------------------


class HeldGrantView(View):
    """A grant in force or over."""

    id: str
    effective_at: str
    expires_at: str | None
    """When it ended or will end: expired or withdrawn."""


class CountedGrantView(HeldGrantView):
    """A grant and what is left of it."""

    granted: str
    balance: str
    priority: int


class DrawView(View):
    """What of a grant covered a billing period of an item."""

    grant: str
    item: str
    cycle: str
    """First day of the billing period."""
    amount: str


class AmountsView(View):
    """Units or credits: granted = used + expired + balance."""

    granted: str
    used: str
    expired: str
    balance: str
    overage: str
    """Units that no grant covered."""

    @staticmethod
    def amounts(held: EntitlementBalance) -> dict[str, str]:
        """The amounts of a balance as they are shown."""
        return {
            "granted": plain(held.given),
            "used": plain(held.used),
            "expired": plain(held.expired),
            "balance": plain(held.balance),
            "overage": plain(held.overage),
        }


class BalanceView(AmountsView):
    """What is left of an entitlement, and which grant paid for what."""

    entitlement: str
    type: Literal["quantity", "credits"]
    grants: list[CountedGrantView]
    draws: list[DrawView]


class FeatureView(View):
    """A feature that a contract gives or gave."""

    entitlement: str
    type: Literal["feature"]
    granted: bool
    grants: list[HeldGrantView]


class ContractEntitlementsView(View):
    """What a contract's customer is entitled to by it at a moment."""

    contract: str
    as_of: str
    entitlements: list[BalanceView | FeatureView]

    @classmethod
    def of(cls, record: Record, as_of: datetime, held: list[EntitlementBalance]) -> Self:
        return cls(contract=record.id, as_of=show_instant(as_of), entitlements=[_view(one) for one in held])


def _view(held: EntitlementBalance) -> BalanceView | FeatureView:
    made = held.to_json()
    return FeatureView.model_validate(made) if held.type == "feature" else BalanceView.model_validate(made)


class ContractBalanceView(AmountsView):
    """What is left of an entitlement by one contract."""

    contract: str


class CustomerBalanceView(AmountsView):
    """What is left of an entitlement by all contracts of a customer."""

    entitlement: str
    type: Literal["quantity", "credits"]
    contracts: list[ContractBalanceView]


class CustomerFeatureView(View):
    """A feature that a contract of a customer gives or gave."""

    entitlement: str
    type: Literal["feature"]
    granted: bool
    contracts: list[str]
    """The contracts that give it now."""


class CustomerEntitlementsView(View):
    """What a customer is entitled to at a moment."""

    customer: str
    as_of: str
    entitlements: list[CustomerBalanceView | CustomerFeatureView]

    @classmethod
    def of(cls, customer: Record, as_of: datetime, held: list[CustomerEntitlement]) -> Self:
        return cls(customer=customer.id, as_of=show_instant(as_of), entitlements=[_together(one) for one in held])


def _together(held: CustomerEntitlement) -> CustomerBalanceView | CustomerFeatureView:
    if held.type == "feature":
        giving = [record.id for record, one in held.contracts if one.there]
        return CustomerFeatureView(entitlement=held.name, type="feature", granted=held.there, contracts=giving)
    return CustomerBalanceView.model_validate(
        {
            "entitlement": held.name,
            "type": held.type,
            **AmountsView.amounts(held.total),
            "contracts": [{"contract": record.id, **AmountsView.amounts(one)} for record, one in held.contracts],
        }
    )
