"""Apply a stored notice of a provider to the attempt it speaks of.

Notices come late, twice and in any order, so a notice only ever moves an attempt forward. One that says money was
taken is booked. Any other is a reason to ask the provider how things stand now; nothing is undone on a notice alone.
What concerns nothing of ours is kept and marked with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from usance.kernel.clock import Clock
from usance.kernel.errors import ProviderUnknown
from usance.payments.attempt import Attempt
from usance.payments.outcome import ChargeResult, Outcome
from usance.payments.policy import CollectionPolicy
from usance.ports import Body, ControlPlane, GatewayOf, ProviderNotice, Tables, TransactionRefused
from usance.records.notices import NoticeStatus, close_notice, read_notice
from usance.records.organisations import read_organisation
from usance.records.payments import invoice_of, read_attempts
from usance.usecases.settle_payment import Books, Moment, record_answer, settle

NOT_STORED: Final = "not_stored"


@dataclass(frozen=True, slots=True)
class Applying:
    """What applying needs."""

    control: ControlPlane
    tables: Tables
    gateway_of: GatewayOf
    clock: Clock
    policy: CollectionPolicy = field(default_factory=CollectionPolicy)


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a notice, and why when nothing did. `invoice` is the one it concerned."""

    status: str
    reason: str | None = None
    invoice: str | None = None


def apply_notice(applying: Applying, message: Body) -> Applied:
    """Apply the notice that a message of the hook queue names. Doing it again changes nothing.

    Raises ProviderUnknown when the provider has to be asked and does not answer: the message has to come again.
    """
    organisation, provider, event = message["organisation"], message["provider"], message["event"]
    stored = read_notice(applying.tables, organisation, provider, event)
    if stored is None:
        return Applied(NOT_STORED, f"no event {event!r} of {provider} is stored")
    if stored.status is not NoticeStatus.RECEIVED:
        return Applied(stored.status, stored.item.body["reason"])
    applied = _apply(applying, organisation, provider, stored.notice)
    try:
        now = applying.clock.now()
        changes = [close_notice(stored, NoticeStatus(applied.status), applied.reason, now)]
        applying.tables.transact(changes)
    except TransactionRefused:
        # Another copy of the message was applied at the same time, to the same effect.
        return applied
    return applied


def _apply(applying: Applying, organisation: str, provider: str, notice: ProviderNotice) -> Applied:
    if notice.result is None:
        return _ignored(f"{notice.type} changes nothing here")
    if notice.attempt is None:
        return _ignored("it names none of our attempts")
    invoice = invoice_of(applying.tables, organisation, notice.attempt)
    if invoice is None:
        return _ignored(f"there is no attempt {notice.attempt!r} here")
    moment = Moment.of(read_organisation(applying.control, organisation), applying.clock)
    books = Books(applying.tables, organisation, moment, applying.policy)
    attempts = [stored.attempt for stored in read_attempts(applying.tables, organisation, invoice)]
    attempt = next(one for one in attempts if one.id == notice.attempt)
    if attempt.provider != provider:
        return _ignored(f"attempt {attempt.id} was made with {attempt.provider}")
    return _moved(books, attempt, _current(applying, books, attempt, notice.result))


def _current(applying: Applying, books: Books, attempt: Attempt, said: ChargeResult) -> ChargeResult | None:
    """How things stand: money taken is certain; anything else that would be news is asked about."""
    if said.outcome is Outcome.SUCCEEDED:
        return said
    if not attempt.may_become(said.outcome) and said.outcome is not Outcome.UNKNOWN:
        return None
    gateway = applying.gateway_of(books.organisation, attempt.provider)
    current = gateway.find(attempt.id, said.reference, attempt.provider_customer) if gateway is not None else None
    if current is not None and current.outcome is Outcome.UNKNOWN:
        raise ProviderUnknown(f"what became of attempt {attempt.id} could not be asked: {current.message}")
    return current or said


def _moved(books: Books, attempt: Attempt, result: ChargeResult | None) -> Applied:
    if result is not None and result.outcome is Outcome.SUCCEEDED:
        if settle(books, attempt.invoice, attempt.id, result):
            return Applied(NoticeStatus.APPLIED, invoice=attempt.invoice)
        return _ignored("the money was booked before", attempt.invoice)
    if result is None or not attempt.may_become(result.outcome):
        return _ignored(f"the attempt is {attempt.status} already", attempt.invoice)
    record_answer(books, attempt.invoice, attempt.id, result)
    return Applied(NoticeStatus.APPLIED, invoice=attempt.invoice)


def _ignored(reason: str, invoice: str | None = None) -> Applied:
    return Applied(NoticeStatus.IGNORED, reason, invoice)
