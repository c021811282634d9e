"""A world with something to pay: an issued invoice, a customer with a method, and a provider that follows a script."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from tests.world import World
from usance.gateways.stripe import StripeGateway
from usance.kernel.money import Money
from usance.ledger.balance import trial_balance
from usance.payments.attempt import Attempt
from usance.payments.outcome import ChargeResult, Outcome
from usance.payments.payment import Payment
from usance.ports import ChargeRequest, Kind, PaymentGateway, ProviderNotice, Queue
from usance.records.documents import DocumentState, read_state
from usance.records.journal import read_entries
from usance.records.payments import list_payments, read_attempts
from usance.records.providers import connection_body, endpoint_of
from usance.usecases.apply_notice import Applied, Applying, apply_notice
from usance.usecases.bill import Look, bill_contract
from usance.usecases.collect_payment import Collected, Collecting, collect_payment
from usance.usecases.receive_notice import Received, Receiving, receive_notice

SECRET = "whsec_till"
TOKEN = "0123456789abcdef0123456789abcdef"
ORG = "org_a"
ENDPOINT = endpoint_of(ORG, TOKEN)
FEE = {
    "id": "fee",
    "product": "Platform",
    "quantity": 1,
    "billing": {"every": "P1M", "timing": "advance"},
    "prices": {"model": "flat", "amount": "500"},
}
DUE = Money(50000, "USD")


@dataclass(frozen=True)
class Scripted:
    """One answer of the provider: what really happens, whether the caller hears of it, and whether it takes the money
    only when it is asked for the first time."""

    outcome: Outcome = Outcome.SUCCEEDED
    amount: Money | None = None
    heard: bool = True
    later: bool = False


@dataclass
class Provider:
    """A payment provider in memory. `book` is what really happened to each attempt; a key is executed once."""

    script: list[Scripted] = field(default_factory=list)
    book: dict[str, ChargeResult] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    waiting: dict[str, Money] = field(default_factory=dict)
    reachable: bool = True

    def charge(self, request: ChargeRequest) -> ChargeResult:
        self.calls.append(request.attempt)
        if request.attempt not in self.book:
            says = self.script.pop(0) if self.script else Scripted()
            amount = (says.amount or request.amount) if says.outcome is Outcome.SUCCEEDED else None
            self.book[request.attempt] = ChargeResult(says.outcome, f"pi_{request.attempt}", amount)
            if says.later:
                self.waiting[request.attempt] = request.amount
            if not says.heard:
                return ChargeResult(Outcome.UNKNOWN, code="timeout")
        return self.book[request.attempt]

    def find(self, attempt: str, reference: str | None, provider_customer: str | None = None) -> ChargeResult | None:
        if not self.reachable:
            return ChargeResult(Outcome.UNKNOWN, code="timeout")
        if attempt in self.waiting:
            self.settle(attempt, Outcome.SUCCEEDED, self.waiting.pop(attempt))
        return self.book.get(attempt)

    def read_notice(self, body: bytes, headers: Mapping[str, str], now: datetime) -> ProviderNotice | None:
        return StripeGateway("sk_test_till", (SECRET,), "http://127.0.0.1:9").read_notice(body, headers, now)

    def taken(self) -> list[Money]:
        """Money that was really taken."""
        return [result.amount for result in self.book.values() if result.amount is not None]

    def settle(self, attempt: str, outcome: Outcome, amount: Money | None = None) -> None:
        """What a bank says days later."""
        self.book[attempt] = replace(self.book[attempt], outcome=outcome, amount=amount)


@dataclass
class Till(World):
    """The world, and everything that takes money in it."""

    provider: Provider = field(default_factory=Provider)
    connected: bool = True

    def gateway_of(self, organisation: str, provider: str) -> PaymentGateway | None:
        known = self.connected and (organisation, provider) == (ORG, "stripe")
        gateway: PaymentGateway = self.fuse.guard(self.provider)
        return gateway if known else None

    def issue(self, *, method: bool = True, test_clock: str | None = None) -> str:
        """An organisation, a customer and an invoice over 500.00 USD. Returns the invoice."""
        self.organisation(ORG, test_clock=test_clock)
        body: dict[str, Any] = {"name": "ACME Inc."}
        if method:
            body |= {"payment_method": "pm_1"}
            owner = {"customer": "cus_acme", "provider": "stripe", "provider_customer": "cus_x", "reference": "pm_x"}
            self.record(ORG, Kind.PAYMENT_METHOD, "pm_1", owner)
        self.record(ORG, Kind.CUSTOMER, "cus_acme", body, "acme")
        self.record(ORG, Kind.PROVIDER, "prv_1", dict(connection_body("stripe", TOKEN)), "stripe")
        self.contract(FEE, ends_on="2025-07-31")
        made = bill_contract(self.billing, ORG, Look("ctr_1"), self.clock.now())
        (document,) = made.documents
        return document.id

    @property
    def collecting(self) -> Collecting:
        guard = self.fuse.guard
        return Collecting(guard(self.control), guard(self.tables), self.gateway_of, self.clock, poll_seconds=1)

    def collect(self, invoice: str) -> Collected:
        return collect_payment(self.collecting, ORG, invoice)

    def collect_to_the_end(self, invoice: str, most: int = 60) -> list[str]:
        """Run the workflow's loop, letting time pass as it says. Returns its outcomes, of which the last is the end."""
        outcomes = []
        for _ in range(most):
            step = self.collect(invoice)
            outcomes.append(f"{step.next}:{step.outcome}")
            if step.next in ("paid", "stopped", "gave_up"):
                return outcomes
            assert step.wait_seconds > 0
            self.wait(seconds=step.wait_seconds)
        raise AssertionError(f"no end after {outcomes}")

    def wait(self, **time: int) -> None:
        self.clock.move(self.clock.now() + timedelta(**time))

    # -- webhooks ------------------------------------------------------------------------------------------------------

    def notice(self, attempt: str, type_: str = "payment_intent.succeeded", event: str | None = None, **intent: Any):
        """The body of a webhook about an attempt as it is in the provider's book."""
        known = self.provider.book.get(attempt)
        taken = known.amount.minor if known is not None and known.amount is not None else 0
        made = {
            "id": f"pi_{attempt}",
            "object": "payment_intent",
            "status": "succeeded",
            "amount_received": taken,
            "currency": "usd",
            "last_payment_error": None,
            "metadata": {"attempt_id": attempt},
            **intent,
        }
        if type_ == "payment_intent.payment_failed":
            error = {"code": "card_declined", "decline_code": "insufficient_funds"}
            made |= {"status": "requires_payment_method", "last_payment_error": error}
        if type_ == "payment_intent.processing":
            made |= {"status": "processing"}
        return {
            "id": event or f"evt_{attempt}_{type_}",
            "object": "event",
            "created": 1751328000,
            "data": {"object": made},
            "livemode": False,
            "type": type_,
        }

    def receive(self, event: Any, **how: Any) -> Received:
        """Send a webhook to the endpoint, signed unless it is said how."""
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        headers = how.get("headers", {"Stripe-Signature": signed(body, self.clock.now(), how.get("secret", SECRET))})
        guard = self.fuse.guard
        receiving = Receiving(guard(self.control), guard(self.tables), guard(self.queues), self.gateway_of, self.clock)
        return receive_notice(receiving, "stripe", how.get("endpoint", ENDPOINT), body, headers)

    def apply(self, message: Mapping[str, Any]) -> Applied:
        guard = self.fuse.guard
        return apply_notice(Applying(guard(self.control), guard(self.tables), self.gateway_of, self.clock), message)

    def apply_all(self) -> list[Applied]:
        """Apply everything that waits in the queue."""
        return [self.apply(message) for message in self.queues.take(Queue.HOOK)]

    # -- what is recorded ----------------------------------------------------------------------------------------------

    def attempts(self, invoice: str) -> list[Attempt]:
        return [stored.attempt for stored in read_attempts(self.tables, ORG, invoice)]

    def state(self, invoice: str) -> DocumentState:
        return read_state(self.tables, ORG, invoice)

    def payments(self) -> list[Payment]:
        return list(list_payments(self.tables, ORG, after=None, limit=100))

    def balances(self) -> dict[tuple[str, str], int]:
        """Balances in minor units by account and currency."""
        entries = list(read_entries(self.tables, ORG, date(2025, 1, 1), date(2030, 1, 1)))
        books = trial_balance(entries)
        assert books.balanced
        return {(row.account, row.currency): row.balance.minor for row in books.rows}

    def check(self, invoice: str) -> None:
        """Money recorded is money in the journal, and it is never more than what the provider took."""
        state, balances = self.state(invoice), self.balances()
        payments = self.payments()
        assert len({payment.attempt for payment in payments}) == len(payments)
        received = sorted((payment.amount.currency, payment.amount.minor) for payment in payments)
        taken = sorted((money.currency, money.minor) for money in self.provider.taken())
        assert len(taken) <= len({*self.provider.calls})
        assert all(received.count(one) <= taken.count(one) for one in received)
        for currency in {currency for currency, _ in received}:
            assert balances["cash", currency] == sum(minor for code, minor in received if code == currency)
        assert balances["accounts_receivable", "USD"] == (state.total - state.paid).minor
        assert state.paid == Money.total((one.allocated for one in payments if one.amount.currency == "USD"), "USD")


def signed(body: bytes, at: datetime, secret: str = SECRET) -> str:
    """The value of Stripe-Signature for a body sent at an instant, worked out from the scheme's description."""
    seconds = int(at.timestamp())
    digest = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"
