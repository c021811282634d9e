"""Stripe, through its SDK.

One call is one request: the SDK's retries are off, because whether to ask again is the caller's decision, and a call
ends long before the function that makes it. A POST carries our attempt's id as its idempotency key.

    answered                                       ours
    402, or a code that says declined              declined: soft, hard or authentication needed
    400, 404, 401, 403                             ProviderRefused: nothing was done, something has to be put right
    429, or no connection was made                 not attempted
    anything else, or no answer                    unknown
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import stripe
import urllib3.exceptions

from usance.gateways.stripe_money import to_stripe
from usance.gateways.stripe_signature import is_signed
from usance.gateways.stripe_words import classified, declined, of_intent
from usance.kernel.errors import ProviderRefused
from usance.payments.outcome import ChargeResult, Outcome
from usance.ports import ChargeRequest, ProviderNotice

_TIMEOUT_S: Final = 10
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST: Final = 10**11
_NEWEST: Final = 100
"""Payment intents of a customer that are looked through for an attempt."""

_APPLIED: Final = frozenset(
    f"payment_intent.{what}"
    for what in (
        "succeeded",
        "processing",
        "payment_failed",
        "requires_action",
        "canceled",
        "amount_capturable_updated",
    )
)


class StripeGateway:
    """`ports.PaymentGateway` for one Stripe account. Safe to use from several threads."""

    def __init__(self, api_key: str, webhook_secrets: Sequence[str], base: str, timeout_s: int = _TIMEOUT_S) -> None:
        self._http = stripe.RequestsClient(timeout=timeout_s)
        self._client = stripe.StripeClient(
            api_key, base_addresses={"api": base}, max_network_retries=0, http_client=self._http
        )
        self._webhook_secrets = tuple(webhook_secrets)
        self._live = api_key[3:].startswith("live_")

    def close(self) -> None:
        """Close this thread's connection."""
        self._http.close()  # type: ignore[no-untyped-call]  # the SDK's own

    def charge(self, request: ChargeRequest) -> ChargeResult:
        """As the port says."""
        try:
            amount, currency = to_stripe(request.amount)
        except ValueError as error:
            raise ProviderRefused(str(error)) from error
        try:
            intent = self._client.v1.payment_intents.create(
                {
                    "amount": amount,
                    "currency": currency,
                    "customer": request.provider_customer,
                    "payment_method": request.payment_method,
                    "off_session": True,
                    "confirm": True,
                    "metadata": {"attempt_id": request.attempt, "invoice_id": request.invoice},
                },
                {"idempotency_key": request.attempt},
            )
        except stripe.StripeError as error:
            return _failure(error)
        return of_intent(intent.to_dict())

    def find(self, attempt: str, reference: str | None, provider_customer: str | None = None) -> ChargeResult | None:
        """As the port says: by reference, by our metadata, and among the customer's newest intents, because Stripe's
        search lags and is not offered everywhere."""
        try:
            return self._found(attempt, reference, provider_customer)
        except stripe.StripeError as error:
            failure = _failure(error)
            return ChargeResult(Outcome.UNKNOWN, reference, code=failure.code, message=failure.message)

    def _found(self, attempt: str, reference: str | None, customer: str | None) -> ChargeResult | None:
        intents = self._client.v1.payment_intents
        query = f"metadata['attempt_id']:'{attempt}'"
        ways: list[Callable[[], Sequence[stripe.PaymentIntent]]] = [lambda: intents.search({"query": query}).data]
        if reference is not None:
            ways.insert(0, lambda: [intents.retrieve(reference)])
        if customer is not None:
            ways.append(lambda: intents.list({"customer": customer, "limit": _NEWEST}).data)
        for way in ways:
            made = [intent.to_dict() for intent in _or_nothing(way)]
            results = [of_intent(one) for one in made if _member(one, "metadata").get("attempt_id") == attempt]
            if results:
                return next((one for one in results if one.outcome is Outcome.SUCCEEDED), results[0])
        return None

    def read_notice(self, body: bytes, headers: Mapping[str, str], now: datetime) -> ProviderNotice | None:
        """As the port says. What is signed is always read: without an id of its own it is named by its content."""
        header = next((value for name, value in headers.items() if name.lower() == "stripe-signature"), "")
        if not is_signed(body, header, self._webhook_secrets, now):
            return None
        event = _object(body)
        if event.get("livemode", self._live) is not self._live:
            return None
        type_, made = str(event.get("type", "unreadable")), _member(_member(event, "data"), "object")
        attempt = _member(made, "metadata").get("attempt_id")
        return ProviderNotice(
            event=str(event.get("id") or f"content_{hashlib.sha256(body).hexdigest()}"),
            type=type_,
            created_at=_instant(event.get("created")) or now,
            attempt=str(attempt) if attempt else None,
            result=of_intent(made) if type_ in _APPLIED else None,
        )


def _or_nothing(way: Callable[[], Sequence[stripe.PaymentIntent]]) -> Sequence[stripe.PaymentIntent]:
    try:
        return way()
    except stripe.InvalidRequestError:
        # Nothing of that id, or a way of asking that this account does not have.
        return ()


def _failure(error: stripe.StripeError) -> ChargeResult:
    """What an error says about a charge. Raises ProviderRefused when nothing was done until something is put right."""
    said = _member(error.json_body if isinstance(error.json_body, dict) else {}, "error")
    code, message = error.code or type(error).__name__, error.user_message or str(error)
    if isinstance(error, stripe.CardError) or (
        isinstance(error, stripe.InvalidRequestError) and classified(said) is not None
    ):
        intent = _member(said, "payment_intent")
        return declined(said or {"code": code, "message": message}, intent.get("id"))
    if isinstance(error, stripe.InvalidRequestError | stripe.AuthenticationError | stripe.PermissionError):
        raise ProviderRefused(f"{code}: {message}") from error
    if isinstance(error, stripe.RateLimitError) or _never_connected(error):
        return ChargeResult(Outcome.NOT_ATTEMPTED, code=code, message=message)
    # Among them: this key used with other parameters, or still at work. Something was done under it before.
    return ChargeResult(Outcome.UNKNOWN, code=code, message=message)


def _never_connected(error: stripe.StripeError) -> bool:
    """Whether no connection came about, so that nothing can have been sent."""
    inner = error.__cause__.args[:1] if error.__cause__ is not None else ()
    reason = getattr(inner[0], "reason", None) if inner else None
    return isinstance(reason, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError)


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _member(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    member = value.get(name)
    return member if isinstance(member, Mapping) else {}


def _instant(seconds: object) -> datetime | None:
    if type(seconds) is not int or not 0 <= seconds < _LATEST:
        return None
    return _EPOCH + timedelta(seconds=seconds)
