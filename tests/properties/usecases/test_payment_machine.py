"""Random lives of an invoice that is to be paid: answers and silence of the provider, banks that settle days later,
notices in any order and number, workflows that run twice, an invoice voided, and a crash at any call.

At every moment at most one charge took money, books balance, and what is booked was taken. In the end, when all the
provider's notices came, what was taken is booked.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.faults import Killed
from tests.till import DUE, ORG, Scripted, Till
from usance.invoicing.document import Status
from usance.kernel.errors import ProviderUnknown
from usance.kernel.money import Money
from usance.payments.outcome import Outcome
from usance.ports import Queue
from usance.records.documents import put_state

TYPES = tuple(f"payment_intent.{what}" for what in ("processing", "payment_failed", "succeeded"))
scripts = st.builds(
    Scripted,
    outcome=st.sampled_from([one for one in Outcome if one not in (Outcome.UNKNOWN, Outcome.NOT_ATTEMPTED)]),
    amount=st.sampled_from([None, None, Money(20000, "USD"), Money(60000, "USD"), Money(46000, "EUR")]),
    heard=st.booleans(),
)
places = st.integers(0, 10**6)


class PaymentLife(RuleBasedStateMachine):
    """One invoice, its workflow and its webhooks, with a fuse on every call."""

    def __init__(self) -> None:
        super().__init__()
        self.till = Till()
        self.invoice = self.till.issue()
        self.events = 0

    @rule(script=scripts)
    def provider_will_answer(self, script: Scripted) -> None:
        self.till.provider.script.append(script)

    @rule(hears=st.booleans())
    def provider_can_be_asked(self, hears: bool) -> None:
        self.till.provider.reachable = hears

    @rule()
    def workflow_looks(self) -> None:
        self.till.collect(self.invoice)

    @rule()
    def workflow_looks_when_it_is_time(self) -> None:
        self.till.wait(seconds=self.till.collect(self.invoice).wait_seconds)
        self.till.collect(self.invoice)

    @rule(call=st.integers(0, 25), after=st.booleans())
    def workflow_crashes(self, call: int, after: bool) -> None:
        self.crash(call, after, lambda: self.till.collect(self.invoice))

    @rule(hours=st.sampled_from([0, 1, 24, 24 * 7]))
    def time_passes(self, hours: int) -> None:
        self.till.wait(hours=hours, seconds=31)

    @precondition(lambda self: self.pending())
    @rule(place=places, outcome=st.sampled_from([Outcome.SUCCEEDED, Outcome.DECLINED_SOFT, Outcome.DECLINED_HARD]))
    def bank_settles(self, place: int, outcome: Outcome) -> None:
        attempt = self.pending()[place % len(self.pending())]
        self.till.provider.settle(attempt, outcome, DUE if outcome is Outcome.SUCCEEDED else None)

    @precondition(lambda self: self.till.provider.book)
    @rule(place=places, type_=st.sampled_from(TYPES))
    def notice_arrives(self, place: int, type_: str) -> None:
        attempts = list(self.till.provider.book)
        attempt = attempts[place % len(attempts)]
        # Stripe says that money was taken only when it was; anything else may be stale.
        if type_ != "payment_intent.succeeded" or self.taken(attempt):
            self.tell(attempt, type_)

    @rule(copies=st.integers(1, 2))
    def notices_are_applied(self, copies: int) -> None:
        for message in self.till.queues.take(Queue.HOOK) * copies:
            try:
                self.till.apply(message)
            except ProviderUnknown:
                self.till.queues.send(Queue.HOOK, [message])

    @precondition(lambda self: self.till.queues.waiting(Queue.HOOK))
    @rule(call=st.integers(0, 25), after=st.booleans())
    def applying_crashes(self, call: int, after: bool) -> None:
        message = self.till.queues.waiting(Queue.HOOK)[0]
        with contextlib.suppress(ProviderUnknown):
            self.crash(call, after, lambda: self.till.apply(message))

    @rule()
    def invoice_is_voided(self) -> None:
        state = self.till.state(self.invoice)
        if state.status is Status.APPROVED and state.open_attempt is None:
            self.till.tables.transact([put_state(ORG, self.invoice, replace(state, status=Status.VOID))])

    @invariant()
    def money_is_taken_once_and_booked_as_it_was(self) -> None:
        assert len(self.till.provider.taken()) <= 1
        assert len(set(self.till.provider.calls)) == len(self.till.provider.calls), "an attempt was sent twice"
        attempts = self.till.attempts(self.invoice)
        assert [one.number for one in attempts] == list(range(1, len(attempts) + 1))
        assert set(self.till.provider.calls) <= {one.id for one in attempts}, "charged what was not recorded"
        assert sum(one.in_flight for one in attempts) <= 1
        state = self.till.state(self.invoice)
        assert state.open_attempt == next((one.id for one in attempts if one.in_flight), None)
        self.check()

    def teardown(self) -> None:
        self.till.fuse.arm(None)
        self.till.provider.reachable = True
        for attempt in self.pending():
            self.till.provider.settle(attempt, Outcome.SUCCEEDED, DUE)
        for attempt in self.till.provider.book:
            if self.taken(attempt):
                self.tell(attempt, "payment_intent.succeeded")
        self.notices_are_applied(1)
        self.money_is_taken_once_and_booked_as_it_was()
        assert [one.amount for one in self.till.payments()] == self.till.provider.taken()
        before = self.till.dump()
        self.notices_are_applied(1)
        assert self.till.dump() == before

    # -- inner workings ------------------------------------------------------------------------------------------------

    def check(self) -> None:
        if self.till.provider.calls:
            self.till.check(self.invoice)

    def pending(self) -> list[str]:
        return [name for name, result in self.till.provider.book.items() if result.outcome is Outcome.PENDING]

    def taken(self, attempt: str) -> bool:
        return self.till.provider.book[attempt].outcome is Outcome.SUCCEEDED

    def tell(self, attempt: str, type_: str) -> None:
        self.events += 1
        currency = self.till.provider.book[attempt].amount or DUE
        event = self.till.notice(attempt, type_, event=f"evt_{self.events}", currency=currency.currency.lower())
        self.till.receive(event)

    def crash(self, call: int, after: bool, work) -> None:
        self.till.fuse.arm(call, after=after)
        try:
            with contextlib.suppress(Killed):
                work()
        finally:
            self.till.fuse.arm(None)


TestPaymentLife = PaymentLife.TestCase
TestPaymentLife.settings = settings(stateful_step_count=30)
