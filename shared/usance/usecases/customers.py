"""Customers, the ways they pay, and the providers that take the money."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from usance.catalog.authored import Authored, CurrencyCode, ZoneName
from usance.catalog.tax import CountryCode, TaxId
from usance.kernel.errors import Fault, InvalidInput
from usance.ports import Body, ControlPlane, Kind, Record, Secrets
from usance.records.providers import PaymentMethod, connection_body, endpoint_of, new_endpoint_token
from usance.tax.ids import tax_id_faults
from usance.usecases.registry import Intent, change, find, register

Text = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Credential = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,255}$")]
"""Printable ASCII without spaces."""

MOST_METHODS = 20


class Address(Authored):
    """A postal address."""

    line1: Text | None = None
    line2: Text | None = None
    city: Text | None = None
    state: Text | None = None
    zip: Text | None = None
    country: CountryCode | None = Field(None, examples=["US"])
    """ISO 3166 code of two capitals."""


class Customer(Authored):
    """Somebody who is billed. Usage may name a customer by our id or by the external id."""

    external_id: Text | None = Field(None, examples=["acme"])
    """The caller's own id; unique among customers."""
    name: Text = Field(examples=["ACME Inc."])
    email: Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$", max_length=255)] | None = None
    address: Address | None = None
    timezone: ZoneName | None = None
    currency: CurrencyCode | None = None
    tax_exempt: bool | Text = False
    """True, or the certificate that says so: nothing that the customer buys is taxed by the table of rates."""
    tax_ids: tuple[TaxId, ...] = Field((), max_length=20)
    """Numbers under which it is registered for tax; a VAT number of another member state makes it a reverse charge."""


class NewPaymentMethod(Authored):
    """A way to pay that a provider keeps and that may be charged without the customer being there."""

    provider: Literal["stripe"] = "stripe"
    provider_customer: Credential = Field(examples=["cus_NffrFeUfNV2Hib"])
    """The provider's id of the customer."""
    reference: Credential = Field(examples=["pm_1MqLiJLkdIwHu7ixUEgbFdYF"])
    """The provider's id of the method."""
    default: bool = True
    """Whether invoices are charged to it from now on. A customer's first method always is the default."""


class StripeCredentials(Authored):
    """What Usance needs of a Stripe account."""

    api_key: Credential
    webhook_secret: Credential


def create_customer(control: ControlPlane, organisation: str, intent: Intent, new: Customer) -> Record:
    """Record a customer. Raises InvalidInput for tax numbers that cannot be real, Conflict for a taken external id."""
    faults = [fault.under("/tax_ids") for fault in tax_id_faults(new.tax_ids)]
    if faults:
        raise InvalidInput("the customer has faults", faults)
    body = new.model_dump(mode="json", exclude={"external_id"}, exclude_none=True)
    return register(
        control, Record(organisation, Kind.CUSTOMER, intent.id("cus"), body, intent.at, external_id=new.external_id)
    )


def add_payment_method(
    control: ControlPlane, organisation: str, intent: Intent, customer: str, new: NewPaymentMethod
) -> Record:
    """Record a way in which a customer pays. Raises NotFound, and InvalidInput for more than `MOST_METHODS`."""
    owner = find(control, organisation, Kind.CUSTOMER, customer)
    method = PaymentMethod(owner.id, new.provider, new.provider_customer, new.reference)
    id = intent.id("pm")
    _refuse_too_many(owner.body, id)
    record = register(control, Record(organisation, Kind.PAYMENT_METHOD, id, method.to_json(), intent.at))

    # The method first: a customer never names one that does not exist.
    def named(current: Record) -> Body | None:
        known = current.body.get("payment_methods", [])
        if id in known:
            return None
        _refuse_too_many(current.body, id)
        default = id if new.default or not known else current.body["payment_method"]
        return {**current.body, "payment_methods": [*known, id], "payment_method": default}

    change(control, owner, named)
    return record


def _refuse_too_many(body: Body, id: str) -> None:
    known = body.get("payment_methods", [])
    if id not in known and len(known) >= MOST_METHODS:
        fault = Fault("", "too_many", f"the customer has {MOST_METHODS} payment methods already")
        raise InvalidInput("the request has faults", [fault])


def payment_methods(control: ControlPlane, organisation: str, customer: str) -> tuple[Record, list[Record]]:
    """A customer and its payment methods in the order in which they were added. Raises NotFound."""
    owner = find(control, organisation, Kind.CUSTOMER, customer)
    names = owner.body.get("payment_methods", [])
    found = (control.get(organisation, Kind.PAYMENT_METHOD, name) for name in names)
    return owner, [record for record in found if record is not None]


def connect_stripe(
    control: ControlPlane, secrets: Secrets, organisation: str, intent: Intent, new: StripeCredentials
) -> str:
    """Keep an organisation's Stripe credentials. Returns the path that Stripe's webhooks have to be sent to, which
    stays the same when credentials are replaced; the webhook secret before it is still accepted."""
    known = secrets.read(organisation, "stripe") or {}
    token = known.get("endpoint_token") or new_endpoint_token()
    values = {"api_key": new.api_key, "webhook_secret": new.webhook_secret, "endpoint_token": token}
    previous = known.get("webhook_secret")
    if previous and previous != new.webhook_secret:
        values["webhook_secret_previous"] = previous
    elif "webhook_secret_previous" in known:
        values["webhook_secret_previous"] = known["webhook_secret_previous"]
    # The secret first: once the record leads webhooks here, they can be verified.
    secrets.write(organisation, "stripe", values)
    body = connection_body("stripe", token)
    record = register_provider(control, organisation, intent, dict(body))
    if record.body != body:
        change(control, record, lambda _current: body)
    return f"/v1/hooks/stripe/{endpoint_of(organisation, token)}"


def register_provider(control: ControlPlane, organisation: str, intent: Intent, body: dict[str, Any]) -> Record:
    """The record of an organisation's connection to a provider, made when there is none."""
    known = control.get(organisation, Kind.PROVIDER, body["provider"])
    if known is not None:
        return known
    new = Record(organisation, Kind.PROVIDER, intent.id("prv"), body, intent.at, external_id=body["provider"])
    return register(control, new)
