"""Payment providers that an organisation connected, and the methods by which its customers pay.

Provider (Kind.PROVIDER, external id is the provider's name):

    provider             "stripe"
    endpoint_token_hash  SHA-256 (hex) of the token in the address of its webhooks

The credentials are a secret of the organisation under the provider's name: `api_key`, `webhook_secret` and, while one
is being replaced, `webhook_secret_previous`.

The address of its webhooks is /v1/hooks/{provider}/{organisation's tail}-{token}: who does not know the token cannot
even ask, and the organisation comes from the address alone.

Payment method (Kind.PAYMENT_METHOD), which the customer's body names under `payment_method`:

    customer, provider   whose it is and where
    provider_customer    the provider's id of the customer
    reference            the provider's id of the method
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import Final

from usance.ports import Body, ControlPlane, Kind, Record

_ENDPOINT: Final = re.compile(r"([0-9A-Za-z_]{1,64})-([0-9A-Za-z_]{16,128})", re.ASCII)
_NO_HASH: Final = "0" * 64


def new_endpoint_token() -> str:
    """A token for the address of webhooks: 128 bits that nobody can guess."""
    return secrets.token_hex(16)


def endpoint_of(organisation: str, token: str) -> str:
    """The last part of the address of an organisation's webhooks."""
    return f"{organisation.removeprefix('org_')}-{token}"


def connection_body(provider: str, token: str) -> Body:
    """The body of a provider's record."""
    return {"provider": provider, "endpoint_token_hash": _hash(token)}


def connected_at(control: ControlPlane, provider: str, endpoint: str) -> str | None:
    """The organisation whose webhooks of a provider arrive at an endpoint; None when it is nobody's."""
    match = _ENDPOINT.fullmatch(endpoint)
    if match is None:
        return None
    organisation, token = f"org_{match[1]}", match[2]
    record = control.get(organisation, Kind.PROVIDER, provider)
    known = _NO_HASH if record is None else str(record.body.get("endpoint_token_hash", _NO_HASH))
    return organisation if hmac.compare_digest(known.encode(), _hash(token).encode()) else None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    """A way to pay that may be charged without its owner being there."""

    customer: str
    provider: str
    provider_customer: str
    reference: str

    def to_json(self) -> Body:
        """The body of the record."""
        return {
            "customer": self.customer,
            "provider": self.provider,
            "provider_customer": self.provider_customer,
            "reference": self.reference,
        }

    @classmethod
    def read(cls, record: Record) -> PaymentMethod:
        """The method in a record; members that are none of its are passed over."""
        body = record.body
        return cls(body["customer"], body["provider"], body["provider_customer"], body["reference"])


def payment_method_of(control: ControlPlane, organisation: str, customer: str) -> PaymentMethod | None:
    """The method by which a customer pays; None when there is none."""
    record = control.get(organisation, Kind.CUSTOMER, customer)
    name = record.body.get("payment_method") if record is not None else None
    method = control.get(organisation, Kind.PAYMENT_METHOD, name) if name else None
    return None if method is None else PaymentMethod.read(method)
