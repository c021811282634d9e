"""Deciding the next step of collecting an invoice, and what an answer makes of an attempt. Pure.

The order of `next_step`: first whatever money may be on its way (asked about, never tried again), then whether
anything is still to be collected, then whether and when another attempt may be made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from usance.invoicing.document import Status
from usance.kernel.money import Money
from usance.payments.attempt import Attempt
from usance.payments.outcome import ChargeResult, Outcome
from usance.payments.policy import CollectionPolicy

OPEN = frozenset({Status.APPROVED, Status.PARTIALLY_PAID})
"""States of an invoice in which money is asked for."""


class Act(StrEnum):
    """What to do now."""

    NOTHING = "nothing"
    CHARGE = "charge"
    ASK = "ask"
    PARK = "park"


class Next(StrEnum):
    """What the workflow does afterwards: the first three look again later, the others end."""

    RETRY = "retry"
    ASK = "ask"
    AUTHENTICATE = "authenticate"
    PAID = "paid"
    STOPPED = "stopped"
    GAVE_UP = "gave_up"


@dataclass(frozen=True, slots=True)
class Owed:
    """What is to be collected of an invoice, and whether its customer has a way to pay that may be charged."""

    status: Status
    amount_due: Money
    has_method: bool


@dataclass(frozen=True, slots=True)
class Step:
    """The decision. `due` is when to look again, by the organisation's clock unless `by_wall_clock`."""

    next: Next
    outcome: str
    act: Act = Act.NOTHING
    due: datetime | None = None
    by_wall_clock: bool = False


def next_step(
    owed: Owed, attempts: Sequence[Attempt], now: datetime, wall_now: datetime, policy: CollectionPolicy
) -> Step:
    """The next step for an invoice whose attempts are given by number. `now` is the organisation's instant."""
    for attempt in reversed(attempts):
        if attempt.in_flight and not attempt.parked:
            return _resolve(attempt, now, wall_now, policy)
    if owed.status not in OPEN or not owed.amount_due:
        return _closed(owed)
    return _try(owed, attempts, now, policy)


def _closed(owed: Owed) -> Step:
    if owed.status is Status.PAID:
        return Step(Next.PAID, "paid")
    return Step(Next.STOPPED, "nothing_due" if owed.status in OPEN else owed.status.value)


def _resolve(attempt: Attempt, now: datetime, wall_now: datetime, policy: CollectionPolicy) -> Step:
    if attempt.status is Outcome.SUCCEEDED:
        # The provider's notice settles it; when none came in time the provider is asked instead.
        if attempt.settle_by is not None and wall_now < attempt.settle_by:
            return Step(Next.ASK, attempt.status, due=attempt.settle_by, by_wall_clock=True)
        return Step(Next.ASK, attempt.status, Act.ASK)
    asks = policy.unknown_asks if attempt.status is Outcome.UNKNOWN else policy.pending_asks
    due = _next_ask(attempt, asks)
    if due is None:
        return Step(Next.GAVE_UP, "parked", Act.PARK)
    return Step(Next.ASK, attempt.status, Act.ASK if now >= due else Act.NOTHING, due)


def _next_ask(attempt: Attempt, asks: Sequence[timedelta]) -> datetime | None:
    asked = attempt.asked_at or attempt.recorded_at
    return next((at for each in asks if (at := attempt.recorded_at + each) > asked), None)


def _try(owed: Owed, attempts: Sequence[Attempt], now: datetime, policy: CollectionPolicy) -> Step:
    if any(attempt.parked for attempt in attempts):
        return Step(Next.GAVE_UP, "parked")
    if any(attempt.status is Outcome.SUCCEEDED for attempt in attempts):
        # Less came in than was asked for, or another currency: a person has to see why before anybody is charged again.
        return Step(Next.GAVE_UP, "underpaid")
    last = attempts[-1] if attempts else None
    if last is not None:
        if last.status is Outcome.AUTHENTICATION_NEEDED:
            return _authenticate(last, now, policy)
        if last.next_try is None:
            return Step(Next.GAVE_UP, last.status)
        if now < last.next_try:
            return Step(Next.RETRY, last.status, due=last.next_try)
    if not owed.has_method:
        return Step(Next.STOPPED, "no_payment_method")
    return Step(Next.RETRY, "due", Act.CHARGE)


def _authenticate(attempt: Attempt, now: datetime, policy: CollectionPolicy) -> Step:
    due = _next_ask(attempt, policy.authentication_asks)
    if due is None:
        return Step(Next.GAVE_UP, attempt.status)
    return Step(Next.AUTHENTICATE, attempt.status, Act.ASK if now >= due else Act.NOTHING, due)


def learned(
    attempts: Sequence[Attempt],
    attempt: Attempt,
    result: ChargeResult,
    now: datetime,
    wall_now: datetime,
    policy: CollectionPolicy,
) -> Attempt:
    """The attempt after an answer. It only moves forward: an answer that lies behind what is known changes nothing."""
    if result.outcome is attempt.status is Outcome.UNKNOWN:
        # Nothing is known better, but a person may want to know why.
        return replace(
            attempt, reference=result.reference or attempt.reference, code=result.code, message=result.message
        )
    if not attempt.may_become(result.outcome):
        return attempt
    return replace(
        attempt,
        status=result.outcome,
        reference=result.reference or attempt.reference,
        code=result.code,
        message=result.message,
        resolved_at=now,
        settle_by=wall_now + policy.settle_after if result.outcome is Outcome.SUCCEEDED else None,
        next_try=_next_try(attempts, attempt, result.outcome, now, policy),
        parked=False,
    )


def _next_try(
    attempts: Sequence[Attempt], attempt: Attempt, outcome: Outcome, now: datetime, policy: CollectionPolicy
) -> datetime | None:
    before = [one.status for one in attempts if one.number < attempt.number]
    if outcome is Outcome.DECLINED_SOFT:
        waits, made = policy.retry_gaps, before.count(Outcome.DECLINED_SOFT)
    elif outcome is Outcome.NOT_ATTEMPTED:
        waits, made = policy.unmade_retries, _trailing(before, Outcome.NOT_ATTEMPTED)
    else:
        return None
    return now + waits[made] if made < len(waits) else None


def _trailing(statuses: Sequence[Outcome], wanted: Outcome) -> int:
    count = 0
    for status in reversed(statuses):
        if status is not wanted:
            break
        count += 1
    return count
