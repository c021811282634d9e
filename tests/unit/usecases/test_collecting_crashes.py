"""Collecting with a crash, or another run of the same step, at every call: at most one charge, and it is booked."""

from __future__ import annotations

import pytest

from tests.faults import Killed
from tests.till import DUE, Scripted, Till
from usance.kernel.money import Money
from usance.payments.outcome import Outcome

SOFT = Scripted(Outcome.DECLINED_SOFT)
HALF = Money(25000, "USD")

COURSES = {
    "success": [],
    "decline first": [SOFT],
    "no answer": [Scripted(heard=False)],
    "pending": [Scripted(Outcome.PENDING, later=True)],
    "half": [Scripted(amount=HALF)],
}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("course", COURSES)
def test_a_crash_at_any_call_charges_at_most_once_and_books_what_was_taken(course, after):
    for call in range(200):
        till = Till()
        till.provider.script = list(COURSES[course])
        invoice = till.issue()
        till.fuse.arm(call, after=after)
        died = False
        try:
            till.collect_to_the_end(invoice)
        except Killed:
            died = True
        till.fuse.arm(None)
        till.collect_to_the_end(invoice)
        till.check(invoice)
        taken = till.provider.taken()
        assert len(taken) <= 1
        assert [payment.amount for payment in till.payments()] == taken
        if not died:
            return
    raise AssertionError("the course did not end")


def test_a_run_that_another_one_overtakes_at_any_call_charges_once():
    """The first run stands still at each of its calls in turn while a second one takes a whole step."""
    for call in range(60):
        till = Till()
        invoice = till.issue()
        overtaking = Overtaking(till, invoice, call)
        till.collect(invoice)
        if not overtaking.done:
            assert call > 5
            return
        till.collect_to_the_end(invoice)
        assert till.provider.taken() == [DUE]
        assert len(till.provider.calls) == 1
        till.check(invoice)
    raise AssertionError("a step never ended")


class Overtaking:
    """At the call-th call of the tables, lets another run of the step happen first."""

    def __init__(self, till: Till, invoice: str, call: int) -> None:
        self.done, self._left, self._till, self._invoice = False, call, till, invoice
        for name in ("get", "query", "transact"):
            setattr(till.tables, name, self._slow(getattr(till.tables, name)))

    def _slow(self, method):
        def call(*arguments, **named):
            if not self._left and not self.done:
                self.done = True
                self._till.collect(self._invoice)
            self._left -= not self.done
            return method(*arguments, **named)

        return call
