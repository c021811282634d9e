"""Stripe's words in ours: states of a payment intent, and what kind of refusal a decline is.

Which declines are worth another try is our own classification; networks fine merchants that repeat hopeless ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from usance.gateways.stripe_money import from_stripe
from usance.payments.outcome import ChargeResult, Outcome

RESOURCE_MISSING: Final = "resource_missing"

AUTHENTICATION: Final = frozenset({"authentication_required", "payment_intent_authentication_failure"})
SOFT: Final = frozenset(
    {
        *("try_again_later", "insufficient_funds", "processing_error", "issuer_not_available", "reenter_transaction"),
        *("card_velocity_exceeded", "withdrawal_count_limit_exceeded", "generic_decline", "do_not_honor"),
        *("call_issuer", "card_decline_rate_limit_exceeded"),
    }
)
HARD: Final = frozenset(
    {
        *("do_not_try_again", "confirm_card_data"),
        *("lost_card", "stolen_card", "pickup_card", "expired_card", "incorrect_number", "invalid_account"),
        *("card_not_supported", "currency_not_supported", "fraudulent", "restricted_card", "stop_payment_order"),
        *("revocation_of_authorization", "revocation_of_all_authorizations", "transaction_not_allowed"),
        *("account_closed", "no_account", "bank_account_unusable", "debit_not_authorized"),
        *("payment_intent_mandate_invalid", "payment_method_customer_decline", RESOURCE_MISSING),
    }
)

_STATES: Final = {
    "succeeded": Outcome.SUCCEEDED,
    "processing": Outcome.PENDING,
    "requires_capture": Outcome.PENDING,
    "requires_action": Outcome.AUTHENTICATION_NEEDED,
    "canceled": Outcome.DECLINED_HARD,
}


def classified(error: Mapping[str, Any]) -> Outcome | None:
    """The kind of a decline by its advice, else decline code, else code; None when none of them is known."""
    codes = [error.get(name) for name in ("advice_code", "decline_code", "code")]
    if any(code in AUTHENTICATION for code in codes):
        return Outcome.AUTHENTICATION_NEEDED
    for code in codes:
        if code in SOFT:
            return Outcome.DECLINED_SOFT
        if code in HARD:
            return Outcome.DECLINED_HARD
    return None


def declined(error: Mapping[str, Any], reference: str | None) -> ChargeResult:
    """A decline. One that we do not know is soft: the tries that follow are few, and a new word must not end them."""
    code = error.get("decline_code") or error.get("code")
    return ChargeResult(
        classified(error) or Outcome.DECLINED_SOFT, reference, code=_text(code), message=_text(error.get("message"))
    )


def of_intent(intent: Mapping[str, Any]) -> ChargeResult:
    """What became of a payment intent. A state or an amount that cannot be read is `Outcome.UNKNOWN`."""
    reference, status = _text(intent.get("id")), intent.get("status")
    if status == "requires_payment_method":
        error = intent.get("last_payment_error")
        # Without an error it may be about to be confirmed: another attempt then would charge twice.
        return declined(error, reference) if error else ChargeResult(Outcome.UNKNOWN, reference, code=status)
    outcome = _STATES.get(str(status), Outcome.UNKNOWN)
    if outcome is not Outcome.SUCCEEDED:
        return ChargeResult(outcome, reference, code=_text(status))
    try:
        return ChargeResult(outcome, reference, from_stripe(intent["amount_received"], intent["currency"]))
    except (KeyError, TypeError, ValueError) as error:
        return ChargeResult(Outcome.UNKNOWN, reference, code="amount_unreadable", message=str(error))


def _text(value: object) -> str | None:
    return None if value is None else str(value)
