"""Answers of the API and the shapes of its objects, as far as anybody here reads them."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import Any

from infra.local.stripe_standin.scripts import Then

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and a body; `then` says whether the caller gets to see them."""

    status: int
    body: Json
    then: Then = Then.ANSWER
    saved: bool = True


class Refused(Exception):  # noqa: N818 - an answer
    """The request is answered with an error and changes nothing."""

    def __init__(self, status: int, type_: str, code: str | None, message: str, param: str | None = None) -> None:
        super().__init__(message)
        error = {"type": type_, "code": code, "message": message, "param": param}
        body = {"error": {name: value for name, value in error.items() if value is not None}}
        self.answer = Answer(status, body, saved=False)


def missing(kind: str, id: str, param: str = "id", status: int = 404) -> Refused:
    """Nothing of that id."""
    return Refused(status, "invalid_request_error", "resource_missing", f"No such {kind}: '{id}'", param)


def invalid(message: str, param: str, code: str | None = None) -> Refused:
    """A parameter is not acceptable."""
    return Refused(400, "invalid_request_error", code, message, param)


def new_id(prefix: str) -> str:
    """An id that no other run of this program made."""
    return f"{prefix}_{secrets.token_hex(12)}"


def now() -> int:
    """Unix seconds."""
    return int(time.time())


def listed(rows: list[Json], url: str, limit: int) -> Json:
    """A page of a list, newest first."""
    return {"object": "list", "data": rows[:limit], "has_more": len(rows) > limit, "url": url}


def customer(params: Json) -> Json:
    """A customer."""
    return {
        "id": new_id("cus"),
        "object": "customer",
        "created": now(),
        "email": params.get("email"),
        "name": params.get("name"),
        "metadata": params.get("metadata", {}),
        "invoice_settings": {"default_payment_method": None},
        "livemode": False,
    }


def method(type_: str, owner: str | None) -> Json:
    """A payment method."""
    return {
        "id": new_id("pm"),
        "object": "payment_method",
        "type": type_,
        "customer": owner,
        "created": now(),
        "livemode": False,
        type_: {"last4": "4242", "brand": "visa"} if type_ == "card" else {"last4": "6789"},
    }


def intent(params: Json, amount: int) -> Json:
    """A payment intent that nothing was tried with yet."""
    id = new_id("pi")
    return {
        "id": id,
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_received": 0,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": f"{id}_secret_{secrets.token_hex(8)}",
        "created": now(),
        "currency": params["currency"],
        "customer": params.get("customer"),
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": params.get("metadata", {}),
        "next_action": None,
        "payment_method": params.get("payment_method"),
        "processing": None,
        "status": "requires_confirmation",
    }
