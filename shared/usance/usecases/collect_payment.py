"""Collect the payment of an invoice: one call is one step of the workflow.

The three phases of a charge never mix: the attempt is recorded as unknown with its key, together with the mark on the
invoice that lets no second one begin; then the provider is called; then its answer is recorded. Whatever dies in
between leaves an unknown attempt, which is asked about and never tried again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from usance.kernel.clock import Clock
from usance.kernel.errors import Conflict, ProviderRefused
from usance.payments.attempt import Attempt, attempt_id
from usance.payments.collection import Act, Next, Owed, Step, next_step
from usance.payments.outcome import ChargeResult, Outcome
from usance.payments.policy import CollectionPolicy
from usance.ports import ChargeRequest, ControlPlane, GatewayOf, Tables, TransactionRefused
from usance.records.documents import DocumentState, put_state, read_state
from usance.records.organisations import Organisation, read_organisation
from usance.records.payments import open_attempt, read_attempts
from usance.records.providers import PaymentMethod, payment_method_of
from usance.usecases.settle_payment import Books, Moment, park_attempt, record_answer, record_ask, settle

_TRIES: Final = 8
_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Collecting:
    """What collecting needs. `poll_seconds` is how often a workflow looks at an organisation's test clock."""

    control: ControlPlane
    tables: Tables
    gateway_of: GatewayOf
    clock: Clock
    poll_seconds: int = 60
    policy: CollectionPolicy = field(default_factory=CollectionPolicy)


@dataclass(frozen=True, slots=True)
class Collected:
    """What the workflow does next, after how many seconds, and where the invoice stands."""

    next: Next
    wait_seconds: int
    outcome: str
    attempt: int

    def to_json(self) -> dict[str, Any]:
        """The answer to the state machine."""
        return {
            "next": self.next.value,
            "wait_seconds": self.wait_seconds,
            "outcome": str(self.outcome),
            "attempt": self.attempt,
        }


@dataclass(frozen=True, slots=True)
class _Case:
    """An invoice as it was read for one decision."""

    id: str
    state: DocumentState
    attempts: tuple[Attempt, ...]
    method: PaymentMethod | None
    books: Books


def collect_payment(collecting: Collecting, organisation: str, invoice: str) -> Collected:
    """Take the next step in collecting an invoice's payment. Raises NotFound for an invoice that is none."""
    acted = False
    for _ in range(_TRIES):
        tenant = read_organisation(collecting.control, organisation)
        case = _read(collecting, tenant, invoice)
        step = _decide(case)
        # One call asks or charges once. Parking is done in the same call: after giving up nobody looks again.
        if step.act is Act.NOTHING or (acted and step.act is not Act.PARK):
            return _answer(collecting, tenant, case, step)
        try:
            end = _ACTS[step.act](collecting, case)
        except TransactionRefused:
            # Another run of this step was first; what it recorded decides.
            continue
        if end is not None:
            return _answer(collecting, tenant, case, end)
        acted = True
    raise Conflict(f"invoice {invoice} kept changing; the same may be asked again")


def _read(collecting: Collecting, tenant: Organisation, invoice: str) -> _Case:
    # The state before the attempts: an attempt opened in between makes the state's version old, and opening another
    # one on what was read is refused.
    state = read_state(collecting.tables, tenant.id, invoice)
    attempts = tuple(stored.attempt for stored in read_attempts(collecting.tables, tenant.id, invoice))
    method = payment_method_of(collecting.control, tenant.id, state.customer)
    books = Books(collecting.tables, tenant.id, Moment.of(tenant, collecting.clock), collecting.policy)
    return _Case(invoice, state, attempts, method, books)


def _decide(case: _Case) -> Step:
    owed = Owed(case.state.status, case.state.amount_due, case.method is not None)
    moment = case.books.moment
    return next_step(owed, case.attempts, moment.now, moment.wall_now, case.books.policy)


# -- acts: each returns the step that ends the matter, or None to decide anew ------------------------------------------


def _charge(collecting: Collecting, case: _Case) -> Step | None:
    method = case.method
    gateway = collecting.gateway_of(case.books.organisation, method.provider) if method is not None else None
    if method is None or gateway is None:
        return Step(Next.STOPPED, "no_provider")
    attempt = _open(case, method)
    try:
        result = gateway.charge(
            ChargeRequest(attempt.id, case.id, attempt.amount, method.provider_customer, method.reference)
        )
    except ProviderRefused as error:
        result = ChargeResult(Outcome.NOT_ATTEMPTED, code=error.code, message=error.detail)
    record_answer(case.books, case.id, attempt.id, result)
    return None


def _open(case: _Case, method: PaymentMethod) -> Attempt:
    organisation, state = case.books.organisation, case.state
    number = state.attempts + 1
    attempt = Attempt(
        id=attempt_id(organisation, case.id, state.issued_on, number),
        invoice=case.id,
        number=number,
        amount=state.amount_due,
        provider=method.provider,
        provider_customer=method.provider_customer,
        payment_method=method.reference,
        recorded_at=case.books.moment.now,
    )
    marked = replace(state, open_attempt=attempt.id, attempts=number)
    case.books.tables.transact([*open_attempt(organisation, attempt), put_state(organisation, case.id, marked)])
    return attempt


def _ask(collecting: Collecting, case: _Case) -> Step | None:
    attempt = _asked_about(case)
    result = _find(collecting, case, attempt)
    if result is not None and result.outcome is Outcome.SUCCEEDED:
        settle(case.books, case.id, attempt.id, result)
        return None
    if result is not None:
        attempt = record_answer(case.books, case.id, attempt.id, result)
    if attempt.in_flight or attempt.status is Outcome.AUTHENTICATION_NEEDED:
        record_ask(case.books, case.id, attempt.id)
    return None


def _find(collecting: Collecting, case: _Case, attempt: Attempt) -> ChargeResult | None:
    gateway = collecting.gateway_of(case.books.organisation, attempt.provider)
    if gateway is None:
        return None
    try:
        return gateway.find(attempt.id, attempt.reference, attempt.provider_customer)
    except ProviderRefused:
        # Credentials at fault say nothing about the attempt; it is asked about again, and parked in the end.
        return None


def _park(_collecting: Collecting, case: _Case) -> Step | None:
    park_attempt(case.books, case.id, _asked_about(case).id)
    return None


def _asked_about(case: _Case) -> Attempt:
    in_flight = [attempt for attempt in case.attempts if attempt.in_flight and not attempt.parked]
    return (in_flight or list(case.attempts))[-1]


_ACTS: Final[dict[Act, Callable[[Collecting, _Case], Step | None]]] = {
    Act.CHARGE: _charge,
    Act.ASK: _ask,
    Act.PARK: _park,
}


# -- the answer --------------------------------------------------------------------------------------------------------


def _answer(collecting: Collecting, tenant: Organisation, case: _Case, step: Step) -> Collected:
    number = case.attempts[-1].number if case.attempts else 0
    return Collected(step.next, _wait_seconds(collecting, tenant, case.books.moment, step), step.outcome, number)


def _wait_seconds(collecting: Collecting, tenant: Organisation, moment: Moment, step: Step) -> int:
    if step.due is None:
        return 0 if step.act is Act.NOTHING else 1
    left = _whole_seconds(step.due, moment.wall_now if step.by_wall_clock else moment.now)
    # A test clock may be wound on at any moment, so its workflow looks often instead of sleeping to the end.
    return left if tenant.test_clock is None else min(collecting.poll_seconds, max(left, 1))


def _whole_seconds(due: datetime, now: datetime) -> int:
    return max(1, -((now - due) // _SECOND))
