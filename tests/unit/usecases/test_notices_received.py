"""Webhooks taken in: verified on raw bytes, stored once, queued; what cannot be verified leaves no trace."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.faults import Killed
from tests.till import ENDPOINT, ORG, Scripted, Till, signed
from usance.invoicing.document import Status
from usance.kernel.errors import BodyTooLarge, NotFound, UnverifiedWebhook
from usance.ports import Kind, Queue
from usance.records.providers import endpoint_of
from usance.usecases.receive_notice import Receiving, receive_notice

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


def test_a_notice_is_stored_and_queued(till):
    _, attempt = charged(till)
    event = till.notice(attempt)
    received = till.receive(event)
    assert (received.organisation, received.event, received.duplicate) == (ORG, event["id"], False)
    (stored,) = till.bodies(f"{ORG}#hook#stripe")
    assert (stored["status"], stored["attempt"], stored["type"]) == ("received", attempt, SUCCEEDED)
    assert till.queues.waiting(Queue.HOOK) == [{"organisation": ORG, "provider": "stripe", "event": event["id"]}]


def test_a_copy_is_queued_again_until_it_was_applied(till):
    _, attempt = charged(till)
    event = till.notice(attempt)
    till.receive(event)
    assert till.receive(event).duplicate
    assert len(till.queues.waiting(Queue.HOOK)) == 2
    till.apply_all()
    before = till.dump()
    assert till.receive(event).duplicate
    assert till.queues.waiting(Queue.HOOK) == []
    assert till.dump() == before


REFUSED = {
    "unsigned": {"headers": {}},
    "garbage": {"headers": {"Stripe-Signature": "garbage"}},
    "not ASCII": {"headers": {"Stripe-Signature": "t=1,v1=é"}},
    "another secret": {"secret": "whsec_of_another"},
    "nobody's address": {"endpoint": endpoint_of(ORG, "f" * 32)},
    "no organisation's address": {"endpoint": endpoint_of("org_nobody", "f" * 32)},
    "no address": {"endpoint": ""},
    "only the organisation": {"endpoint": "a"},
    "a path": {"endpoint": f"{ENDPOINT}/.."},
}


@pytest.mark.parametrize("how", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_verified_leaves_no_trace(till, how):
    _, attempt = charged(till)
    before = till.dump()
    with pytest.raises(UnverifiedWebhook):
        till.receive(till.notice(attempt), **how)
    assert till.dump() == before
    assert till.queues.waiting(Queue.HOOK) == []


def test_an_old_or_altered_one_leaves_no_trace(till):
    charged(till)
    before, body = till.dump(), b'{"id": "evt_1", "type": "x", "livemode": false}'
    old = {"Stripe-Signature": signed(body, till.clock.now() - timedelta(seconds=301))}
    fresh = {"Stripe-Signature": signed(body, till.clock.now())}
    for sent, headers in ((body, old), (body.replace(b"evt_1", b"evt_2"), fresh)):
        with pytest.raises(UnverifiedWebhook):
            till.receive(sent, headers=headers)
    assert till.dump() == before


def test_a_body_over_the_limit_and_an_unknown_provider_are_refused(till):
    till.issue()
    with pytest.raises(BodyTooLarge):
        till.receive(b" " * (256 * 1024 + 1))
    receiving = Receiving(till.control, till.tables, till.queues, till.gateway_of, till.clock)
    with pytest.raises(NotFound):
        receive_notice(receiving, "nobody", ENDPOINT, b"{}", {})
    assert till.bodies(f"{ORG}#hook") == []


def test_another_tenants_webhook_cannot_be_sent_here(till):
    _, attempt = charged(till)
    till.organisation("org_b")
    till.record("org_b", Kind.PROVIDER, "prv_2", dict(till.control.get(ORG, Kind.PROVIDER, "stripe").body), "stripe")
    # org_b has the very same address token, but no credentials of its own that would verify anything.
    with pytest.raises(UnverifiedWebhook):
        till.receive(till.notice(attempt), endpoint=ENDPOINT.replace("a-", "b-", 1))


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_crash_while_receiving_loses_nothing_that_was_answered(after):
    for call in range(20):
        till = Till()
        invoice, attempt = charged(till)
        till.fuse.arm(call, after=after)
        try:
            till.receive(till.notice(attempt))
            answered = True
        except Killed:
            answered = False
        till.fuse.arm(None)
        if not answered:
            till.receive(till.notice(attempt))
        till.apply_all()
        assert till.state(invoice).status is Status.PAID
        till.check(invoice)
        if answered:
            return
    raise AssertionError("receiving never ended")
