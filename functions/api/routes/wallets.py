"""Wallets: money of customers with the seller, by currency."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body, Path, Query

from functions.api.caller import Asking
from functions.api.router import new_router
from functions.api.views.wallets import CreditView, SettingsView, Wallets, WalletView
from usance.catalog.authored import Instant
from usance.catalog.wallet import WalletSettings
from usance.usecases.wallets import NewCredit, add_credit, change_settings, see_wallet, see_wallets, void_credit

router = new_router()

Reference = Annotated[str, Path(description="Id or external id of the customer.")]
Currency = Annotated[str, Path(description="ISO 4217 code.")]


@router.get("/v1/customers/<id>/wallets", summary="List a customer's wallets", tags=["customers"])
def list_wallets(asking: Asking, id: Reference) -> Wallets:
    """By currency, as they are now."""
    found = see_wallets(asking.control, asking.tables, asking.organisation, id, asking.present())
    return Wallets(data=[WalletView.of(one) for one in found], next_cursor=None)


@router.get("/v1/customers/<id>/wallets/<currency>", summary="See a wallet", tags=["customers"])
def see(
    asking: Asking,
    id: Reference,
    currency: Currency,
    as_of: Annotated[Instant | None, Query(description="The moment; now when left out.")] = None,
) -> WalletView:
    """What is there, and what each credit paid for, now or at any moment of the past. Empty where nothing ever came
    in."""
    at = as_of or asking.present()
    return WalletView.of(see_wallet(asking.control, asking.tables, asking.organisation, id, currency, at))


@router.post(
    "/v1/customers/<id>/wallets/<currency>/credits",
    summary="Put money into a wallet",
    tags=["customers"],
    status_code=201,
)
def credit(asking: Asking, id: Reference, currency: Currency, new: Annotated[NewCredit, Body()]) -> CreditView:
    """Bought by the customer, or given to it. It pays for invoices as they are issued from now on."""
    organisation, present = asking.read_organisation(), asking.present()
    wallet = (id, currency)
    return CreditView.of(add_credit(asking.control, asking.tables, organisation, asking.intent, wallet, new, present))


@router.post(
    "/v1/customers/<id>/wallets/<currency>/credits/<credit>/void", summary="Withdraw a credit", tags=["customers"]
)
def void(
    asking: Asking,
    id: Reference,
    currency: Currency,
    credit: Annotated[str, Path(description="Id of the credit.")],
) -> CreditView:
    """What is left of it is gone: of purchased credit it is money paid back to the customer. What it paid for before
    stays paid."""
    organisation, present = asking.read_organisation(), asking.present()
    return CreditView.of(void_credit(asking.control, asking.tables, organisation, (id, currency), credit, present))


@router.put(
    "/v1/customers/<id>/wallets/<currency>/settings", summary="Say how a wallet is topped up", tags=["customers"]
)
def settings(asking: Asking, id: Reference, currency: Currency, new: Annotated[WalletSettings, Body()]) -> SettingsView:
    """When an invoice leaves the balance at the threshold or below, an invoice over the amount, or over what is missing
    to the target, is issued and collected; the money is in the wallet when it is paid. One is open at most."""
    return SettingsView.of(change_settings(asking.control, asking.tables, asking.organisation, (id, currency), new))
