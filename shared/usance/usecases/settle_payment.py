"""What an answer about an attempt changes: the attempt, and when money moved, everything that follows from it.

Both the collection workflow and the provider's notices end here, so that it makes no difference who learns first,
and how often. Money received is one transaction: attempt, payment, journal entry, invoice, outbox message, and what of
it goes to the customer's wallet.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final, TypeVar

from usance.credits.wallet_entries import WalletCredit
from usance.invoicing.document import Status
from usance.invoicing.wallet import wallet_contract
from usance.kernel.clock import Clock
from usance.kernel.errors import Conflict, NotFound, ProviderUnknown
from usance.kernel.ids import derived_id
from usance.kernel.instant import local_day
from usance.ledger.account import CUSTOMER_CREDIT_PENDING
from usance.payments.attempt import Attempt
from usance.payments.collection import OPEN, learned
from usance.payments.outcome import ChargeResult, Outcome
from usance.payments.payment import Payment, allocated, payment_id
from usance.payments.policy import CollectionPolicy
from usance.payments.postings import payment_entry
from usance.ports import Change, Tables, TransactionRefused
from usance.records.documents import DocumentState, put_state, read_state
from usance.records.journal import put_entry
from usance.records.organisations import Organisation
from usance.records.outbox import PAYMENT_SUCCEEDED, put_message
from usance.records.payments import (
    StoredAttempt,
    mark_parked,
    payment_puts,
    put_attempt,
    read_attempts,
    unmark_parked,
)
from usance.records.wallets import new_head, read_head
from usance.usecases.wallet_changes import Deposit, deposit

_TRIES: Final = 8
_Done = TypeVar("_Done")


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment by both clocks: the organisation's instant, in its zone, and the wall clock's."""

    now: datetime
    zone: str
    wall_now: datetime

    @classmethod
    def of(cls, organisation: Organisation, clock: Clock) -> Moment:
        """The present of an organisation."""
        return cls(organisation.as_of(clock), organisation.zone, clock.now())

    def day(self, instant: datetime) -> date:
        """The organisation's day of an instant."""
        return local_day(instant, self.zone)


@dataclass(frozen=True, slots=True)
class Books:
    """Where attempts and payments of one organisation are written, at which moment, by which policy."""

    tables: Tables
    organisation: str
    moment: Moment
    policy: CollectionPolicy


def record_answer(books: Books, invoice: str, attempt: str, result: ChargeResult) -> Attempt:
    """Record what a provider said about an attempt. An answer that lies behind what is known changes nothing.

    Success is recorded here and settled by `settle`. Raises NotFound, and Conflict when others keep writing.
    """

    def record() -> Attempt:
        one, all_of_them = _find(books, invoice, attempt)
        before, at = one.attempt, books.moment
        after = learned(all_of_them, before, result, at.now, at.wall_now, books.policy)
        if after == before:
            return before
        changes: list[Change] = [put_attempt(books.organisation, after, one.version)]
        if not after.in_flight:
            changes += _release(books, invoice, attempt)
        if before.parked:
            changes.append(unmark_parked(books.organisation, before))
        books.tables.transact(changes)
        return after

    return _repeatedly(record)


def record_ask(books: Books, invoice: str, attempt: str) -> None:
    """Record that the provider was asked about an attempt and could not tell."""

    def record() -> None:
        one, _ = _find(books, invoice, attempt)
        asked = replace(one.attempt, asked_at=books.moment.now)
        books.tables.transact([put_attempt(books.organisation, asked, one.version)])

    _repeatedly(record)


def park_attempt(books: Books, invoice: str, attempt: str) -> None:
    """Give up asking about an attempt and put it on the list of those that a person has to look at."""

    def record() -> None:
        one, _ = _find(books, invoice, attempt)
        if one.attempt.parked or not one.attempt.in_flight:
            return
        parked = replace(one.attempt, parked=True)
        mark = mark_parked(books.organisation, parked, books.moment.now)
        books.tables.transact([put_attempt(books.organisation, parked, one.version), mark])

    _repeatedly(record)


def settle(books: Books, invoice: str, attempt: str, result: ChargeResult) -> bool:
    """Book the money of an attempt, once, whatever repeats it. Returns whether this call did it.

    What was processed is posted, also when it is not what was asked for. Raises ProviderUnknown for a success that does
    not say how much, NotFound, and Conflict when others keep writing.
    """
    if result.outcome is not Outcome.SUCCEEDED or result.amount is None:
        raise ProviderUnknown(f"what was taken by attempt {attempt} is not known: {result.outcome}")
    amount = result.amount

    def book() -> bool:
        one, _ = _find(books, invoice, attempt)
        if one.attempt.payment is not None:
            return False
        state = read_state(books.tables, books.organisation, invoice)
        # The day on which we first knew that the money had moved, also when it is booked after midnight.
        known = one.attempt.resolved_at if one.attempt.status is Outcome.SUCCEEDED else None
        payment = Payment(
            id=payment_id(books.organisation, one.attempt),
            invoice=invoice,
            customer=state.customer,
            attempt=attempt,
            provider=one.attempt.provider,
            reference=result.reference or one.attempt.reference,
            amount=amount,
            allocated=allocated(amount, state.amount_due),
            received_at=books.moment.now,
            effective_on=books.moment.day(known or books.moment.now),
        )
        books.tables.transact(_booked(books, one, state, payment))
        return True

    return _repeatedly(book)


def _booked(books: Books, one: StoredAttempt, state: DocumentState, payment: Payment) -> list[Change]:
    organisation, at, before = books.organisation, books.moment, one.attempt
    after = replace(
        before,
        status=Outcome.SUCCEEDED,
        reference=payment.reference,
        code=None,
        message=None,
        resolved_at=before.resolved_at if before.status is Outcome.SUCCEEDED else at.now,
        next_try=None,
        payment=payment.id,
        parked=False,
    )
    entry = payment_entry(organisation, payment, state.contract, at.day(at.now))
    message = {
        "organisation": organisation,
        "invoice": payment.invoice,
        "payment": payment.id,
        "amount": {"amount": str(payment.amount), "currency": payment.amount.currency},
    }
    paid = _paid(state, payment)
    return [
        put_attempt(organisation, after, one.version),
        # Always written, also when nothing of it changes: two payments of one invoice cannot allocate the same debt.
        put_state(organisation, payment.invoice, paid),
        *payment_puts(organisation, payment),
        *([put_entry(organisation, entry)] if entry is not None else []),
        put_message(organisation, PAYMENT_SUCCEEDED, payment.id, at.now, message),
        *([unmark_parked(organisation, before)] if before.parked else []),
        *_to_wallet(books, payment, state, paid),
    ]


def _to_wallet(books: Books, payment: Payment, before: DocumentState, after: DocumentState) -> list[Change]:
    """What was received beyond what was due, and what the invoice bought for the wallet once it is paid."""
    organisation, at = books.organisation, books.moment
    bought = before.contract == wallet_contract(before.customer, before.total.currency)
    deposits = []
    if bought and after.status is Status.PAID and before.status is not Status.PAID:
        name = derived_id("wcr", payment.received_at, organisation, payment.invoice, "bought")
        credit = WalletCredit(name, "purchased", before.total, at.now, label="Top-up", source=payment.invoice)
        deposits.append(Deposit(credit, CUSTOMER_CREDIT_PENDING))
    if payment.unallocated:
        name = derived_id("wcr", payment.received_at, organisation, payment.id, "left")
        credit = WalletCredit(name, "purchased", payment.unallocated, at.now, label="Payment", source=payment.id)
        deposits.append(Deposit(credit, paid_by=None))
    if not deposits:
        return []
    currency = payment.amount.currency
    known = read_head(books.tables, organisation, before.customer, currency)
    head = known or new_head(before.customer, currency)
    if head.open_top_up == payment.invoice and after.status is Status.PAID:
        head = replace(head, open_top_up=None)
    return deposit(organisation, head, deposits, at.day(at.now))


def _paid(state: DocumentState, payment: Payment) -> DocumentState:
    open_attempt = None if state.open_attempt == payment.attempt else state.open_attempt
    if not payment.allocated:
        return replace(state, open_attempt=open_attempt)
    paid = state.paid + payment.allocated
    status = state.status
    if status in OPEN:
        status = Status.PAID if state.total <= paid + state.wallet_applied else Status.PARTIALLY_PAID
    settled_at = payment.received_at if status is Status.PAID and state.settled_at is None else state.settled_at
    return replace(state, status=status, paid=paid, open_attempt=open_attempt, settled_at=settled_at)


def _release(books: Books, invoice: str, attempt: str) -> list[Change]:
    state = read_state(books.tables, books.organisation, invoice)
    if state.open_attempt != attempt:
        return []
    return [put_state(books.organisation, invoice, replace(state, open_attempt=None))]


def _find(books: Books, invoice: str, attempt: str) -> tuple[StoredAttempt, list[Attempt]]:
    stored = read_attempts(books.tables, books.organisation, invoice)
    for one in stored:
        if one.attempt.id == attempt:
            return one, [each.attempt for each in stored]
    raise NotFound(f"invoice {invoice} has no attempt {attempt!r}")


def _repeatedly(work: Callable[[], _Done]) -> _Done:
    for _ in range(_TRIES):
        try:
            return work()
        except TransactionRefused:
            # Somebody else wrote in between: what is recorded now decides what is left to do.
            continue
    raise Conflict("others kept writing to this invoice; the same may be done again")
