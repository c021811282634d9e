"""Collecting over the memory twins: every outcome to its end, and no crash that charges twice or loses money."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.till import DUE, ORG, Scripted, Till
from tests.world import EARLY
from usance.invoicing.document import Status
from usance.kernel.errors import NotFound, ProviderRefused
from usance.kernel.money import Money
from usance.payments.outcome import Outcome
from usance.ports import Kind, Record
from usance.records.documents import put_state
from usance.records.payments import parked_attempts
from usance.usecases.collect_payment import collect_payment

SOFT, HARD = Scripted(Outcome.DECLINED_SOFT), Scripted(Outcome.DECLINED_HARD)
HALF = Money(25000, "USD")


@pytest.fixture
def till() -> Till:
    return Till()


def test_a_success_is_settled_by_asking_when_no_webhook_comes(till):
    invoice = till.issue()
    first = till.collect(invoice)
    assert (first.next, first.wait_seconds, first.outcome, first.attempt) == ("ask", 30, "succeeded", 1)
    assert till.state(invoice).status is Status.APPROVED
    till.wait(seconds=30)
    assert till.collect(invoice).to_json() == {"next": "paid", "wait_seconds": 0, "outcome": "paid", "attempt": 1}
    state, (payment,) = till.state(invoice), till.payments()
    assert (state.status, state.paid, state.open_attempt) == (Status.PAID, DUE, None)
    assert (payment.amount, payment.unallocated, payment.invoice) == (DUE, Money(0, "USD"), invoice)
    assert till.balances()["cash", "USD"] == 50000
    assert till.balances()["accounts_receivable", "USD"] == 0
    messages = [body["type"] for body in till.bodies(f"{ORG}#outbox")]
    assert sorted(messages) == ["invoice.issued", "payment.succeeded"]


def test_a_webhook_settles_before_the_provider_is_asked(till):
    invoice = till.issue()
    till.collect(invoice)
    (attempt,) = till.attempts(invoice)
    till.receive(till.notice(attempt.id))
    assert [applied.status for applied in till.apply_all()] == ["applied"]
    assert till.state(invoice).status is Status.PAID
    assert till.collect(invoice).next == "paid"
    till.check(invoice)


def test_doing_every_step_again_changes_nothing(till):
    invoice = till.issue()
    till.collect(invoice)
    before = till.dump()
    assert till.collect(invoice).next == "ask"
    assert till.dump() == before
    till.wait(minutes=1)
    till.collect(invoice)
    before = till.dump()
    for _ in range(3):
        assert till.collect(invoice).next == "paid"
    assert till.dump() == before
    assert len(till.provider.calls) == 1


def test_a_soft_decline_is_tried_again_a_day_later_under_another_key(till):
    till.provider.script = [SOFT]
    invoice = till.issue()
    first = till.collect(invoice)
    assert (first.next, first.wait_seconds, first.outcome) == ("retry", 86400, "declined_soft")
    assert till.state(invoice).open_attempt is None
    till.wait(hours=23, minutes=59)
    assert (till.collect(invoice).wait_seconds, len(till.provider.calls)) == (60, 1)
    till.wait(minutes=1)
    assert till.collect_to_the_end(invoice) == ["ask:succeeded", "paid:paid"]
    assert len(set(till.provider.calls)) == 2
    till.check(invoice)


def test_five_soft_declines_are_the_end(till):
    till.provider.script = [SOFT] * 9
    invoice = till.issue()
    assert till.collect_to_the_end(invoice)[-1] == "gave_up:declined_soft"
    assert [(one.recorded_at - EARLY).days for one in till.attempts(invoice)] == [0, 1, 3, 5, 7]
    assert till.provider.taken() == []
    till.check(invoice)


def test_a_hard_decline_is_the_end(till):
    till.provider.script = [HARD]
    invoice = till.issue()
    assert till.collect_to_the_end(invoice) == ["gave_up:declined_hard"]
    assert till.state(invoice).open_attempt is None


def test_authentication_waits_for_the_customer_and_settles_when_they_paid(till):
    till.provider.script = [Scripted(Outcome.AUTHENTICATION_NEEDED)]
    invoice = till.issue()
    first = till.collect(invoice)
    assert (first.next, first.wait_seconds) == ("authenticate", 86400)
    (attempt,) = till.attempts(invoice)
    till.provider.settle(attempt.id, Outcome.SUCCEEDED, DUE)
    till.wait(days=1)
    assert till.collect(invoice).next == "paid"
    till.check(invoice)


def test_an_unknown_outcome_is_asked_about_and_settled(till):
    till.provider.script = [Scripted(heard=False)]
    invoice = till.issue()
    first = till.collect(invoice)
    assert (first.next, first.wait_seconds, first.outcome) == ("ask", 300, "unknown")
    assert till.attempts(invoice)[0].code == "timeout"
    assert till.collect_to_the_end(invoice) == ["ask:unknown", "paid:paid"]
    assert len(till.provider.calls) == 1
    till.check(invoice)


def test_an_unknown_outcome_that_was_a_decline_is_tried_again(till):
    till.provider.script = [replace(SOFT, heard=False)]
    invoice = till.issue()
    assert till.collect_to_the_end(invoice) == [
        "ask:unknown",
        "retry:declined_soft",
        "ask:succeeded",
        "paid:paid",
    ]
    till.check(invoice)


def test_an_outcome_that_nobody_can_tell_is_asked_for_five_days_and_parked(till):
    till.provider.script = [Scripted(heard=False)]
    till.provider.reachable = False
    invoice = till.issue()
    waits, step = [], till.collect(invoice)
    while step.next == "ask":
        waits.append(step.wait_seconds)
        till.wait(seconds=step.wait_seconds)
        step = till.collect(invoice)
    # After 5 minutes, after an hour, then 1, 2, 3, 4 and 5 days after the attempt.
    assert waits == [300, 3300, 82800, 86400, 86400, 86400, 86400]
    assert (step.next, step.outcome) == ("gave_up", "parked")
    (attempt,) = till.attempts(invoice)
    assert [name for name, _ in parked_attempts(till.tables, ORG)] == [attempt.id]
    assert till.state(invoice).open_attempt == attempt.id
    till.wait(days=300)
    assert till.collect(invoice).outcome == "parked"
    assert len(till.provider.calls) == 1
    # The provider's notice settles it even then.
    till.receive(till.notice(attempt.id))
    till.apply_all()
    assert till.state(invoice).status is Status.PAID
    assert list(parked_attempts(till.tables, ORG)) == []
    till.check(invoice)


def test_a_bank_debit_is_asked_about_until_it_settles(till):
    till.provider.script = [Scripted(Outcome.PENDING)]
    invoice = till.issue()
    assert till.collect(invoice).outcome == "pending"
    (attempt,) = till.attempts(invoice)
    till.wait(hours=1)
    assert till.collect(invoice).next == "ask"
    till.provider.settle(attempt.id, Outcome.SUCCEEDED, DUE)
    assert till.collect_to_the_end(invoice)[-1] == "paid:paid"
    till.check(invoice)


def test_a_provider_that_refuses_is_tried_again_soon_and_not_for_ever(till):
    invoice = till.issue()

    def refuse(request):
        till.provider.calls.append(request.attempt)
        raise ProviderRefused("AuthenticationError: the key is revoked")

    till.provider.charge = refuse
    first = till.collect(invoice)
    assert (first.next, first.wait_seconds, first.outcome) == ("retry", 300, "not_attempted")
    assert till.attempts(invoice)[0].message == "AuthenticationError: the key is revoked"
    assert till.collect_to_the_end(invoice)[-1] == "gave_up:not_attempted"
    assert len(till.provider.calls) == 9
    assert till.payments() == []


def test_less_than_asked_is_posted_as_it_is_and_nobody_is_charged_again(till):
    till.provider.script = [Scripted(amount=HALF)]
    invoice = till.issue()
    assert till.collect_to_the_end(invoice) == ["ask:succeeded", "gave_up:underpaid"]
    state = till.state(invoice)
    assert (state.status, state.paid, state.amount_due) == (Status.PARTIALLY_PAID, HALF, HALF)
    assert till.balances()["cash", "USD"] == 25000
    till.check(invoice)


@pytest.mark.parametrize(
    ("amount", "paid", "credit"),
    [
        (Money(60000, "USD"), 50000, ("customer_credit", "USD", 10000)),
        (Money(46000, "EUR"), 0, ("customer_credit", "EUR", 46000)),
    ],
)
def test_too_much_or_another_currency_becomes_the_customers_credit(till, amount, paid, credit):
    till.provider.script = [Scripted(amount=amount)]
    invoice = till.issue()
    till.collect_to_the_end(invoice)
    account, currency, minor = credit
    assert till.state(invoice).paid == Money(paid, "USD")
    assert till.balances()[account, currency] == minor
    assert till.payments()[0].unallocated == Money(minor, currency)
    assert len(till.provider.calls) == 1
    till.check(invoice)


def test_nobody_without_a_method_or_a_provider_is_charged(till):
    invoice = till.issue(method=False)
    assert till.collect_to_the_end(invoice) == ["stopped:no_payment_method"]
    assert till.attempts(invoice) == []


def test_a_provider_that_is_not_connected_stops_it(till):
    till.connected = False
    assert till.collect_to_the_end(till.issue()) == ["stopped:no_provider"]


def test_an_invoice_of_another_organisation_is_none(till):
    invoice = till.issue()
    till.organisation("org_b")
    with pytest.raises(NotFound):
        collect_payment(till.collecting, "org_b", invoice)
    assert till.provider.calls == []


def test_what_is_void_meanwhile_stops(till):
    till.provider.script = [SOFT]
    invoice = till.issue()
    till.collect(invoice)
    till.tables.transact([put_state(ORG, invoice, replace(till.state(invoice), status=Status.VOID))])
    till.wait(days=1)
    assert till.collect_to_the_end(invoice) == ["stopped:void"]
    assert len(till.provider.calls) == 1


def test_money_for_an_invoice_void_meanwhile_is_the_customers(till):
    invoice = till.issue()
    till.collect(invoice)
    till.tables.transact([put_state(ORG, invoice, replace(till.state(invoice), status=Status.VOID))])
    till.wait(minutes=1)
    assert till.collect(invoice).outcome == "void"
    assert till.balances()["customer_credit", "USD"] == 50000
    assert till.state(invoice).status is Status.VOID


def test_a_test_clock_decides_when_a_retry_is_due_and_its_workflow_looks_often(till):
    till.provider.script = [SOFT]
    invoice = till.issue(test_clock="2025-07-01T00:00:00Z")
    assert (till.collect(invoice).next, till.collect(invoice).wait_seconds) == ("retry", 1)
    till.wait(days=30)  # the wall clock decides nothing
    assert len(till.provider.calls) == 1
    till.collect(invoice)
    assert len(till.provider.calls) == 1
    wind(till, datetime(2025, 7, 2, tzinfo=UTC))
    step = till.collect(invoice)
    assert (step.next, step.wait_seconds, len(till.provider.calls)) == ("ask", 1, 2)
    till.wait(seconds=30)
    assert till.collect(invoice).next == "paid"
    (payment,) = till.payments()
    assert str(payment.effective_on) == "2025-07-02"


def wind(till: Till, to: datetime) -> None:
    known = till.control.get(ORG, Kind.ORGANISATION, ORG)
    assert known is not None
    body = {**known.body, "test_clock": to.isoformat()}
    till.control.replace(Record(ORG, Kind.ORGANISATION, ORG, body, known.created_at, None, known.version + 1))


def test_waits_are_whole_seconds_and_never_too_short(till):
    till.provider.script = [SOFT]
    till.clock.move(EARLY + timedelta(microseconds=500_000))
    invoice = till.issue()
    till.collect(invoice)
    till.wait(microseconds=300_000)
    assert till.collect(invoice).wait_seconds == 86400
