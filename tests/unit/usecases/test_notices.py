"""Webhooks applied: in any order, any number of times, with a crash at any call, and never to another's money."""

from __future__ import annotations

from itertools import permutations

import pytest

from tests.faults import Killed
from tests.till import DUE, ORG, Scripted, Till
from usance.invoicing.document import Status
from usance.kernel.errors import ProviderUnknown
from usance.kernel.money import Money
from usance.payments.outcome import Outcome
from usance.ports import Queue

PROCESSING, FAILED, SUCCEEDED = (f"payment_intent.{what}" for what in ("processing", "payment_failed", "succeeded"))


@pytest.fixture
def till() -> Till:
    return Till()


def charged(till: Till, *script: Scripted) -> tuple[str, str]:
    """An invoice with one attempt. Returns both ids."""
    till.provider.script = list(script)
    invoice = till.issue()
    till.collect(invoice)
    return invoice, till.attempts(invoice)[0].id


def outcome(till: Till, invoice: str) -> tuple[object, ...]:
    state, attempts = till.state(invoice), till.attempts(invoice)
    return (
        state.status,
        state.paid,
        state.open_attempt,
        [(one.status, one.payment, one.code, one.next_try) for one in attempts],
        [(one.id, one.amount, one.allocated) for one in till.payments()],
        till.balances(),
    )


@pytest.mark.parametrize("truth", [Outcome.SUCCEEDED, Outcome.DECLINED_SOFT, Outcome.DECLINED_HARD, Outcome.PENDING])
@pytest.mark.parametrize("heard", [True, False], ids=["heard", "unheard"])
def test_any_order_of_any_copies_comes_to_the_same(truth, heard):
    """The true notices of one attempt whose intent failed first and was then settled as the provider now says."""
    types = [PROCESSING, FAILED, FAILED, *([SUCCEEDED, SUCCEEDED] if truth is Outcome.SUCCEEDED else [])]
    ends = set()
    for order in set(permutations(types)):
        till = Till()
        invoice, attempt = charged(till, Scripted(Outcome.PENDING, heard=heard))
        till.provider.settle(attempt, truth, DUE if truth is Outcome.SUCCEEDED else None)
        for place, type_ in enumerate(order):
            till.receive(till.notice(attempt, type_, event=f"evt_{place}"))
        till.apply_all()
        till.check(invoice)
        ends.add(repr(outcome(till, invoice)))
        assert till.attempts(invoice)[0].status is truth
    assert len(ends) == 1


def test_a_late_failure_never_undoes_a_payment(till):
    invoice, attempt = charged(till)
    till.receive(till.notice(attempt))
    till.apply_all()
    before = outcome(till, invoice)
    till.receive(till.notice(attempt, FAILED))
    till.receive(till.notice(attempt, PROCESSING))
    assert [(one.status, one.reason) for one in till.apply_all()] == [
        ("ignored", "the attempt is succeeded already"),
        ("ignored", "the attempt is succeeded already"),
    ]
    assert outcome(till, invoice) == before


def test_a_failure_about_an_attempt_that_is_open_is_asked_about(till):
    invoice, attempt = charged(till, Scripted(heard=False))
    till.receive(till.notice(attempt, FAILED))
    till.apply_all()
    # The provider, asked, says that the money was taken.
    assert till.state(invoice).status is Status.PAID
    till.check(invoice)


def test_when_the_provider_cannot_be_asked_the_message_comes_again(till):
    invoice, attempt = charged(till, Scripted(heard=False))
    till.provider.reachable = False
    till.receive(till.notice(attempt, FAILED))
    (message,) = till.queues.take(Queue.HOOK)
    with pytest.raises(ProviderUnknown):
        till.apply(message)
    assert till.bodies(f"{ORG}#hook#stripe")[0]["status"] == "received"
    till.provider.reachable = True
    assert till.apply(message).status == "applied"
    assert till.state(invoice).status is Status.PAID


def test_a_decline_days_after_processing_is_tried_again(till):
    invoice, attempt = charged(till, Scripted(Outcome.PENDING))
    till.wait(days=3)
    till.provider.settle(attempt, Outcome.DECLINED_SOFT)
    till.receive(till.notice(attempt, FAILED))
    till.apply_all()
    assert till.state(invoice).open_attempt is None
    assert till.collect_to_the_end(invoice)[-1] == "paid:paid"
    assert len(till.provider.calls) == 2


def test_a_notice_may_come_before_the_answer_is_recorded(till):
    """The provider's webhook overtakes its own answer."""
    invoice, charge = till.issue(), till.provider.charge

    def overtaken(request):
        result = charge(request)
        till.receive(till.notice(request.attempt))
        till.apply_all()
        return result

    till.provider.charge = overtaken
    assert till.collect(invoice).next == "paid"
    till.check(invoice)


IGNORED = {
    "another type": ({"type_": "customer.updated"}, "customer.updated changes nothing here"),
    "no attempt": ({"metadata": {}}, "it names none of our attempts"),
    "unknown attempt": ({"metadata": {"attempt_id": "att_9"}}, "there is no attempt 'att_9' here"),
}


@pytest.mark.parametrize(("changes", "reason"), IGNORED.values(), ids=IGNORED)
def test_what_concerns_nothing_of_ours_is_kept_with_the_reason(till, changes, reason):
    invoice, attempt = charged(till)
    before = outcome(till, invoice)
    till.receive(till.notice(attempt, **changes))
    assert [(one.status, one.reason) for one in till.apply_all()] == [("ignored", reason)]
    (stored,) = till.bodies(f"{ORG}#hook#stripe")
    assert (stored["status"], stored["reason"]) == ("ignored", reason)
    assert '"id": "evt_' in stored["raw"]
    assert outcome(till, invoice) == before


def test_an_attempt_of_another_tenant_is_unknown_here(till):
    _, attempt = charged(till)
    till.organisation("org_b")
    till.receive(till.notice(attempt))
    (message,) = till.queues.take(Queue.HOOK)
    assert till.apply({**message, "organisation": "org_b"}).status == "not_stored"
    assert till.payments() == []


def test_the_amount_processed_is_posted_not_the_amount_asked(till):
    invoice, attempt = charged(till, Scripted(Outcome.PENDING))
    taken = Money(20000, "USD")
    till.provider.settle(attempt, Outcome.SUCCEEDED, taken)
    till.receive(till.notice(attempt))
    till.apply_all()
    assert (till.state(invoice).status, till.state(invoice).paid) == (Status.PARTIALLY_PAID, taken)
    till.check(invoice)


def test_two_attempts_that_both_took_money_are_both_booked(till):
    """A declined attempt's intent is paid after all, when the retry has settled the invoice."""
    invoice, first = charged(till, Scripted(Outcome.DECLINED_SOFT))
    till.wait(days=1)
    till.collect_to_the_end(invoice)
    till.provider.settle(first, Outcome.SUCCEEDED, DUE)
    till.receive(till.notice(first))
    till.apply_all()
    assert till.state(invoice).paid == DUE
    assert till.balances()["customer_credit", "USD"] == 50000
    assert till.balances()["cash", "USD"] == 100000
    till.check(invoice)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("type_", [SUCCEEDED, FAILED])
def test_a_crash_while_applying_is_mended_by_the_next_delivery(type_, after):
    for call in range(60):
        till = Till()
        invoice, attempt = charged(till, Scripted(heard=False))
        till.receive(till.notice(attempt, type_))
        (message,) = till.queues.take(Queue.HOOK)
        till.fuse.arm(call, after=after)
        try:
            till.apply(message)
            died = False
        except Killed:
            died = True
        till.fuse.arm(None)
        till.apply(message)
        assert till.state(invoice).status is Status.PAID
        assert len(till.payments()) == 1
        assert till.bodies(f"{ORG}#hook#stripe")[0]["status"] in ("applied", "ignored")
        till.check(invoice)
        if not died:
            return
    raise AssertionError("applying never ended")


def test_a_test_clock_dates_the_payment(till):
    invoice = till.issue(test_clock="2025-07-09T10:00:00Z")
    till.collect(invoice)
    (attempt,) = till.attempts(invoice)
    till.receive(till.notice(attempt.id))
    till.apply_all()
    (payment,) = till.payments()
    assert str(payment.effective_on) == "2025-07-09"
