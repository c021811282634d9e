"""Customers, their payment methods, and the providers that take the money."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body, Path

from functions.api.caller import Asking
from functions.api.paging import DEFAULT_LIMIT, Cursor, Limit
from functions.api.router import new_router
from functions.api.routes.listing import record, records
from functions.api.views.records import (
    Customers,
    CustomerView,
    PaymentMethods,
    PaymentMethodView,
    ProviderView,
)
from usance.ports import Kind
from usance.usecases.customers import (
    Customer,
    NewPaymentMethod,
    StripeCredentials,
    add_payment_method,
    connect_stripe,
    create_customer,
    payment_methods,
)

router = new_router()

Reference = Annotated[str, Path(description="Id or external id.")]


@router.post("/v1/customers", summary="Create a customer", tags=["customers"], status_code=201)
def create(asking: Asking, new: Annotated[Customer, Body()]) -> CustomerView:
    """Usage may arrive before its customer: it is kept under the reference that it names."""
    return CustomerView.of(create_customer(asking.control, asking.organisation, asking.intent, new))


@router.get("/v1/customers", summary="List customers", tags=["customers"])
def list_customers(asking: Asking, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Customers:
    """In order of creation."""
    data, next_cursor = records(asking, Kind.CUSTOMER, CustomerView.of, limit, cursor)
    return Customers(data=data, next_cursor=next_cursor)


@router.get("/v1/customers/<id>", summary="See a customer", tags=["customers"])
def see(asking: Asking, id: Reference) -> CustomerView:
    """By id or external id."""
    return CustomerView.of(record(asking, Kind.CUSTOMER, id))


@router.post("/v1/customers/<id>/payment-methods", summary="Add a payment method", tags=["customers"], status_code=201)
def add_method(asking: Asking, id: Reference, new: Annotated[NewPaymentMethod, Body()]) -> PaymentMethodView:
    """A method that the provider keeps and that may be charged without the customer being there."""
    made = add_payment_method(asking.control, asking.organisation, asking.intent, id, new)
    return PaymentMethodView.of(made, record(asking, Kind.CUSTOMER, id))


@router.get("/v1/customers/<id>/payment-methods", summary="List payment methods", tags=["customers"])
def list_methods(asking: Asking, id: Reference) -> PaymentMethods:
    """All of a customer's methods, in the order in which they were added."""
    owner, methods = payment_methods(asking.control, asking.organisation, id)
    return PaymentMethods(data=[PaymentMethodView.of(method, owner) for method in methods], next_cursor=None)


@router.put("/v1/payment-providers/stripe", summary="Connect Stripe", tags=["customers"])
def connect(asking: Asking, credentials: Annotated[StripeCredentials, Body()]) -> ProviderView:
    """Keeps the credentials as a secret and says where Stripe's webhooks have to go. Sending new credentials replaces
    the old ones; the address stays, and the webhook secret before it is still accepted."""
    path = connect_stripe(asking.control, asking.secrets, asking.organisation, asking.intent, credentials)
    return ProviderView(provider="stripe", webhook_path=path)
