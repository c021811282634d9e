"""What a charge comes to, by payment method. A method made by attaching one of these keeps its script."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Then(StrEnum):
    """What the caller gets to see of the outcome."""

    ANSWER = "answer"
    SILENCE = "silence"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Script:
    """A charge's course. `declines` is how many first charges of a customer are declined, None for all of them."""

    type: str = "card"
    status: str = "succeeded"
    error_code: str | None = None
    decline_code: str | None = None
    advice_code: str | None = None
    message: str = ""
    declines: int | None = None
    then: Then = Then.ANSWER
    refuse_with: int | None = None
    share: int = 1


def _declined(decline_code: str, advice_code: str, message: str, declines: int | None = None) -> Script:
    return Script(
        status="requires_payment_method",
        error_code="card_declined",
        decline_code=decline_code,
        advice_code=advice_code,
        message=message,
        declines=declines,
    )


SCRIPTS: dict[str, Script] = {
    "pm_card_visa": Script(),
    "pm_card_decline_once": _declined("insufficient_funds", "try_again_later", "Not enough money on the card.", 1),
    "pm_card_insufficient_funds": _declined("insufficient_funds", "try_again_later", "Not enough money on the card."),
    "pm_card_declined": _declined("lost_card", "do_not_try_again", "The card was reported lost."),
    "pm_card_authentication": Script(
        status="requires_payment_method",
        error_code="authentication_required",
        decline_code="authentication_required",
        message="The bank wants its customer to confirm.",
    ),
    "pm_bank_processing": Script(type="us_bank_account", status="processing"),
    "pm_timeout_after_charge": Script(then=Then.SILENCE),
    "pm_error_after_charge": Script(then=Then.ERROR),
    "pm_error_500": Script(refuse_with=500),
    "pm_rate_limited": Script(refuse_with=429),
    "pm_card_partial": Script(share=2),
}
"""`share` divides what is really taken: `pm_card_partial` takes half of what was asked for."""
