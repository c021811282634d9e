"""Bill a contract: issue whatever the contract should have been billed by now and has not been.

What cannot be billed safely is parked with its reason; the run goes on with the other contracts.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import msgspec
import zstandard

from usance.contract.schedule import next_due
from usance.invoicing.desire import UsageWindow
from usance.invoicing.document import Document
from usance.kernel.amount import plain
from usance.kernel.errors import CannotBill, Conflict
from usance.kernel.instant import day_start, show_instant
from usance.metering.aggregate import Measurement, measure, reads_from
from usance.metering.event import Event
from usance.pipeline import ContractFacts, Draft, document, draft, due_moments, windows
from usance.ports import ControlPlane, Delete, Objects, Put, Record, Tables, TransactionRefused
from usance.records.contracts import customer_references, read_contract
from usance.records.documents import evidence_name
from usance.records.due import drop_pointer, put_pointer
from usance.records.organisations import read_organisation
from usance.records.parked import is_parked, park, release
from usance.usecases.facts import read_facts
from usance.usecases.issue import issue
from usance.usecases.top_up import top_up_low

ReadUsage = Callable[[str, str, frozenset[str], datetime, datetime], Iterable[Event]]
"""Events of an organisation and event type, of a customer by any of its names, from an instant up to another."""

_TRIES: Final = 8


@dataclass(frozen=True, slots=True)
class Billing:
    """What billing needs of the outside."""

    control: ControlPlane
    tables: Tables
    objects: Objects
    read_usage: ReadUsage


@dataclass(frozen=True, slots=True)
class Look:
    """A contract to look at, and the due pointers that led to it."""

    contract: str
    pointers: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Billed:
    """What billing a contract came to: the documents issued, or why it was parked."""

    documents: tuple[Document, ...] = ()
    parked: str | None = None


def bill_contract(
    billing: Billing, organisation: str, look: Look, as_of: datetime, *, pass_through_months: bool = False
) -> Billed:
    """Bring a contract's documents up to a moment. Raises NotFound for a contract that is none.

    With `pass_through_months` it passes through every moment at which something fell due since the last document, as
    real months would have: for organisations on a test clock. A parked contract is billed as it is known at `as_of`:
    what mends it was not known when it fell due.
    """
    record = read_contract(billing.control, organisation, look.contract)
    pass_through_months = pass_through_months and not is_parked(billing.tables, organisation, record.id)
    issued: list[Document] = []
    try:
        facts, _documents = read_facts(billing.control, billing.tables, billing.objects, record)
        for moment in _moments(facts, as_of, pass_through_months=pass_through_months):
            issued += _bill_at(billing, record, moment)
    except CannotBill as error:
        park(billing.tables, organisation, record.id, error.detail, as_of)
        _drop(billing.tables, organisation, record.id, look.pointers)
        return Billed(tuple(issued), error.detail)
    release(billing.tables, organisation, record.id)
    _point_to_next(billing.tables, facts, as_of)
    # After the new pointer is in: a crash in between leaves an old pointer, which is followed again in vain.
    _drop(billing.tables, organisation, record.id, look.pointers)
    return Billed(tuple(issued))


def _moments(facts: ContractFacts, as_of: datetime, *, pass_through_months: bool) -> list[datetime]:
    if not pass_through_months:
        return [as_of]
    last = max(facts.documents_on or {}, default=None)
    moments = due_moments(facts, None if last is None else day_start(last, facts.zone), as_of)
    return moments if moments and moments[-1] == as_of else [*moments, as_of]


def _bill_at(billing: Billing, record: Record, as_of: datetime) -> list[Document]:
    for _ in range(_TRIES):
        facts, documents = read_facts(billing.control, billing.tables, billing.objects, record)
        if documents.billed_at is not None and as_of < documents.billed_at:
            # A run of a later moment was quicker and billed all this one would; what it billed besides was not known at
            # this moment, and must not be taken back.
            return []
        made = draft(facts, measure_usage(billing, facts, as_of), as_of)
        if made is None:
            return []
        ready = _with_evidence(billing.objects, document(facts, made, as_of), made)
        try:
            issued = issue(billing.tables, ready, documents.head_version, as_of)
        except TransactionRefused:
            # Somebody issued for this contract or took this number, or the answer to our own write was lost: what is
            # recorded now decides, and it may be that nothing is left to do.
            continue
        if not issued.wallet_low:
            return [issued.document]
        organisation = read_organisation(billing.control, record.organisation)
        return [issued.document, *top_up_low(billing.tables, organisation, as_of)]
    raise Conflict(f"contract {record.id} could not be billed because others kept issuing; it is tried again")


def measure_usage(
    billing: Billing, facts: ContractFacts, as_of: datetime, *, live: bool = False
) -> dict[UsageWindow, Measurement]:
    """Measure every window of usage that billing a contract at a moment needs, reading each event type once.

    With `live` that of open billing periods too. All earlier events of the type are read when a metric carries over.
    """
    needed = windows(facts, as_of, live=live)
    if not needed:
        return {}
    customers = customer_references(billing.control, facts.organisation, facts.customer)
    spans: dict[str, tuple[datetime, datetime]] = {}
    for window in needed:
        metric = facts.metrics[window.metric]
        start, end = reads_from(metric, window.start), window.end
        known = spans.get(metric.event_type, (start, end))
        spans[metric.event_type] = min(known[0], start), max(known[1], end)
    events = {
        event_type: list(billing.read_usage(facts.organisation, event_type, customers, start, end))
        for event_type, (start, end) in sorted(spans.items())
    }
    measured = {}
    for window in needed:
        metric = facts.metrics[window.metric]
        counting = facts.countable(window, events[metric.event_type])
        measured[window] = measure(metric, counting, window.start, window.end)
    return measured


def _with_evidence(objects: Objects, ready: Document, made: Draft) -> Document:
    rows = [
        {"line": place, "id": event.id, "timestamp": show_instant(event.timestamp), "value": plain(event.value)}
        for place, events in sorted(made.evidence.items())
        for event in events
    ]
    if not rows:
        return ready
    content = zstandard.compress(b"".join(msgspec.json.encode(row) + b"\n" for row in rows))
    name = evidence_name(ready.organisation, ready.id, content)
    objects.put_new(name, content, "application/zstd")
    return replace(ready, evidence=name)


def _point_to_next(tables: Tables, facts: ContractFacts, as_of: datetime) -> None:
    day = next_due(facts.at(as_of), facts.today(as_of))
    if day is not None:
        _once(tables, [put_pointer(facts.organisation, day_start(day, facts.zone), facts.id)])


def _drop(tables: Tables, organisation: str, contract: str, pointers: Sequence[datetime]) -> None:
    for at in pointers:
        _once(tables, [drop_pointer(organisation, at, contract)])


def _once(tables: Tables, changes: Sequence[Put | Delete]) -> None:
    # Refused: the pointer is there, or gone, already.
    with contextlib.suppress(TransactionRefused):
        tables.transact(changes)
