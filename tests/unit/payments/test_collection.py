"""Deciding the next step of collecting, and what answers make of attempts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from usance.invoicing.document import Status
from usance.kernel.money import Money
from usance.payments.attempt import Attempt
from usance.payments.collection import Act, Next, Owed, learned, next_step
from usance.payments.outcome import FORWARD, ChargeResult, Outcome
from usance.payments.payment import allocated
from usance.payments.policy import CollectionPolicy

DUE = Money(50000, "USD")
NOON = datetime(2025, 8, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
POLICY = CollectionPolicy()
OWED = Owed(Status.APPROVED, DUE, has_method=True)


def attempt(number: int = 1, **facts: Any) -> Attempt:
    plain = Attempt(f"att_{number}", "inv_1", number, DUE, "stripe", "cus_1", "pm_1", NOON)
    return replace(plain, **facts)


def step(attempts=(), owed=OWED, now=NOON, wall_now=NOON):
    made = next_step(owed, attempts, now, wall_now, POLICY)
    return made.next, made.act


def test_what_is_due_is_charged_at_once():
    assert step() == (Next.RETRY, Act.CHARGE)


@pytest.mark.parametrize(
    ("owed", "next_"),
    [
        (Owed(Status.PAID, Money.zero("USD"), has_method=True), Next.PAID),
        (Owed(Status.VOID, Money.zero("USD"), has_method=True), Next.STOPPED),
        (Owed(Status.APPROVED, DUE, has_method=False), Next.STOPPED),
    ],
)
def test_what_is_not_to_be_charged(owed, next_):
    assert step(owed=owed) == (next_, Act.NOTHING)


@pytest.mark.parametrize("status", [Outcome.UNKNOWN, Outcome.PENDING])
@pytest.mark.parametrize("days", [0, 1, 2, 3, 10])
def test_while_money_may_be_on_its_way_nothing_is_ever_charged(status, days):
    _, act = step([attempt(status=status)], now=NOON + days * DAY)
    assert act is not Act.CHARGE


def test_an_unknown_outcome_is_asked_about_five_minutes_later_and_not_before():
    unknown = [attempt()]
    assert step(unknown, now=NOON + timedelta(minutes=4, seconds=59)) == (Next.ASK, Act.NOTHING)
    assert step(unknown, now=NOON + timedelta(minutes=5)) == (Next.ASK, Act.ASK)


def test_an_unknown_outcome_that_nobody_can_tell_is_parked_and_never_charged_again():
    asked = attempt(asked_at=NOON + 5 * DAY)
    assert step([asked], now=NOON + 5 * DAY) == (Next.GAVE_UP, Act.PARK)
    assert step([replace(asked, parked=True)], now=NOON + 50 * DAY) == (Next.GAVE_UP, Act.NOTHING)


def test_a_success_waits_for_its_notice_and_then_the_provider_is_asked():
    taken = [attempt(status=Outcome.SUCCEEDED, settle_by=NOON + timedelta(seconds=30))]
    assert step(taken, wall_now=NOON + timedelta(seconds=29)) == (Next.ASK, Act.NOTHING)
    assert step(taken, wall_now=NOON + timedelta(seconds=30)) == (Next.ASK, Act.ASK)


def test_an_underpayment_is_for_a_person():
    less = Owed(Status.PARTIALLY_PAID, Money(25000, "USD"), has_method=True)
    assert step([attempt(status=Outcome.SUCCEEDED, payment="pay_1")], less) == (Next.GAVE_UP, Act.NOTHING)


def test_soft_declines_are_tried_again_one_three_five_and_seven_days_after_the_first():
    attempts: list[Attempt] = []
    now, tried = NOON, []
    while step(attempts, now=now) == (Next.RETRY, Act.CHARGE):
        tried.append((now - NOON).days)
        new = attempt(len(attempts) + 1, recorded_at=now)
        attempts.append(learned([*attempts, new], new, ChargeResult(Outcome.DECLINED_SOFT), now, now, POLICY))
        due = attempts[-1].next_try
        if due is not None:
            assert step(attempts, now=due - timedelta(seconds=1)) == (Next.RETRY, Act.NOTHING)
            now = due
    assert tried == [0, 1, 3, 5, 7]
    assert step(attempts, now=NOON + 400 * DAY) == (Next.GAVE_UP, Act.NOTHING)


def test_a_hard_decline_ends_it():
    new = attempt()
    lost = learned([new], new, ChargeResult(Outcome.DECLINED_HARD, code="lost_card"), NOON, NOON, POLICY)
    assert lost.next_try is None
    assert step([lost], now=NOON + 400 * DAY) == (Next.GAVE_UP, Act.NOTHING)


def test_authentication_waits_for_the_customer_and_ends_after_a_week():
    waiting = attempt(status=Outcome.AUTHENTICATION_NEEDED)
    assert step([waiting]) == (Next.AUTHENTICATE, Act.NOTHING)
    assert step([waiting], now=NOON + DAY) == (Next.AUTHENTICATE, Act.ASK)
    assert step([replace(waiting, asked_at=NOON + 7 * DAY)], now=NOON + 8 * DAY) == (Next.GAVE_UP, Act.NOTHING)


@pytest.mark.parametrize("before", list(Outcome))
def test_money_that_moved_is_learned_whatever_was_believed_and_never_forgotten(before):
    known = attempt(status=before)
    taken = learned([known], known, ChargeResult(Outcome.SUCCEEDED, "pi_1", DUE), NOON, NOON, POLICY)
    assert taken.status is Outcome.SUCCEEDED
    for after in Outcome:
        assert learned([taken], taken, ChargeResult(after), NOON, NOON, POLICY) is taken


def test_outcomes_never_go_round_in_a_circle():
    def reach(start: Outcome, seen: frozenset[Outcome] = frozenset()) -> None:
        assert start not in seen
        for following in FORWARD[start]:
            reach(following, seen | {start})

    for outcome in Outcome:
        reach(outcome)


@pytest.mark.parametrize(
    ("amount", "due", "settles"),
    [
        (Money(50000, "USD"), DUE, Money(50000, "USD")),
        (Money(60000, "USD"), DUE, Money(50000, "USD")),
        (Money(20000, "USD"), DUE, Money(20000, "USD")),
        (Money(50000, "EUR"), DUE, Money(0, "EUR")),
        (Money(50000, "USD"), Money(0, "USD"), Money(0, "USD")),
    ],
)
def test_a_payment_settles_at_most_what_is_due_and_only_in_its_currency(amount, due, settles):
    assert allocated(amount, due) == settles
