"""Records of the control plane as answers: organisations, keys, catalogue, customers, payment methods."""

from __future__ import annotations

from typing import Any, Self

from pydantic import Field

from functions.api.views.shape import Page, View
from usance.catalog.event_type import EventType
from usance.catalog.metric import Metric
from usance.catalog.product import Product
from usance.kernel.instant import show_instant
from usance.ports import Record
from usance.records.organisations import Organisation
from usance.records.providers import PaymentMethod
from usance.usecases.customers import Customer
from usance.usecases.organisations import IssuedKey


def _members(record: Record) -> dict[str, Any]:
    return {"id": record.id, "external_id": record.external_id, "created_at": show_instant(record.created_at)}


class OrganisationView(View):
    """A tenant."""

    id: str
    name: str
    mode: str
    currency: str
    timezone: str
    country: str | None
    test_clock: str | None
    created_at: str

    @classmethod
    def of(cls, organisation: Organisation) -> Self:
        return cls(
            id=organisation.id,
            name=organisation.name,
            mode=organisation.mode,
            currency=organisation.currency,
            timezone=organisation.zone,
            country=organisation.country,
            test_clock=show_instant(organisation.test_clock) if organisation.test_clock else None,
            created_at=show_instant(organisation.record.created_at),
        )


class KeyView(View):
    """An API key without its text."""

    id: str
    label: str
    mode: str
    scopes: list[str]
    revoked_at: str | None
    created_at: str

    @classmethod
    def of(cls, record: Record) -> Self:
        body = record.body
        return cls(
            id=record.id,
            label=body.get("label", ""),
            mode=body["mode"],
            scopes=list(body["scopes"]),
            revoked_at=body["revoked_at"],
            created_at=show_instant(record.created_at),
        )


class Keys(Page):
    """API keys."""

    data: list[KeyView]


class NewKeyView(KeyView):
    """An API key that was just made."""

    key: str | None = Field(examples=["usk_test_01jz…"])
    """The key itself. It is shown here and never again."""

    @classmethod
    def issued(cls, made: IssuedKey) -> Self:
        """The view of a key that was just made."""
        return cls(**KeyView.of(made.record).model_dump(), key=made.text)


class NewOrganisationView(OrganisationView):
    """An organisation that was just created, with its first key."""

    api_key: NewKeyView

    @classmethod
    def created(cls, organisation: Organisation, made: IssuedKey) -> Self:
        """The view of an organisation that was just created."""
        return cls(**OrganisationView.of(organisation).model_dump(), api_key=NewKeyView.issued(made))


class Recorded(View):
    """What all records have."""

    id: str
    external_id: str | None
    """Your own id."""
    created_at: str


class EventTypeView(Recorded, EventType):
    """An event type."""

    @classmethod
    def of(cls, record: Record) -> Self:
        return cls.model_validate({**record.body, **_members(record)})


class EventTypes(Page):
    """Event types."""

    data: list[EventTypeView]


class MetricView(Recorded, Metric):
    """A metric."""

    @classmethod
    def of(cls, record: Record) -> Self:
        return cls.model_validate({**record.body, **_members(record)})


class Metrics(Page):
    """Metrics."""

    data: list[MetricView]


class ProductView(Recorded, Product):
    """A product."""

    @classmethod
    def of(cls, record: Record) -> Self:
        return cls.model_validate({**record.body, **_members(record)})


class Products(Page):
    """Products."""

    data: list[ProductView]


class CustomerView(Recorded, Customer):
    """A customer."""

    payment_method: str | None = None
    """Id of the method that invoices are charged to."""

    @classmethod
    def of(cls, record: Record) -> Self:
        body = {name: value for name, value in record.body.items() if name != "payment_methods"}
        return cls.model_validate({**body, **_members(record)})


class Customers(Page):
    """Customers."""

    data: list[CustomerView]


class PaymentMethodView(View):
    """A way in which a customer pays."""

    id: str
    customer: str
    provider: str
    provider_customer: str
    reference: str
    default: bool
    created_at: str

    @classmethod
    def of(cls, record: Record, owner: Record) -> Self:
        method = PaymentMethod.read(record)
        return cls(
            id=record.id,
            customer=method.customer,
            provider=method.provider,
            provider_customer=method.provider_customer,
            reference=method.reference,
            default=owner.body.get("payment_method") == record.id,
            created_at=show_instant(record.created_at),
        )


class PaymentMethods(Page):
    """A customer's payment methods, all of them."""

    data: list[PaymentMethodView]


class ProviderView(View):
    """A connected payment provider. Its credentials cannot be read back."""

    provider: str
    webhook_path: str = Field(examples=["/v1/hooks/stripe/01jz…-5f2c…"])
    """Where the provider has to send its webhooks, below the address of the hooks API."""
