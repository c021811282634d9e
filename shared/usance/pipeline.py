"""The pipeline as pure functions of facts: (facts, as_of) -> what should exist.

The billing use case, the preview and the scenario runner all call these, and nothing else decides an amount. Reading
the facts and recording what follows from them is the use cases' work.

    windows(facts, as_of)           which usage has to be measured
    desired(facts, usage, as_of)    all that should have been billed by then
    draft(facts, usage, as_of)      the lines that have to be issued: desired minus issued
    document(facts, draft, ...)     the document they make
    due_moments(facts, ...)         the moments at which something falls due
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from usance.catalog.coupon import CustomerDiscount
from usance.catalog.metric import Metric
from usance.contract.contract import Contract
from usance.contract.payment_terms import due_on
from usance.contract.schedule import due_days, next_due
from usance.contract.timeline import RecordedAmendment, Timeline, timeline
from usance.invoicing.balances import EntitlementBalance, balances
from usance.invoicing.desire import UsageWindow, pieces
from usance.invoicing.document import Document, DocumentKind
from usance.invoicing.drawing import Drawing
from usance.invoicing.granted import RecordedGrant
from usance.invoicing.line import Line, LineKey, LineKind
from usance.invoicing.numbering import number_text
from usance.invoicing.order import Bill, Deal, make_up
from usance.invoicing.reconcile import IssuedLine, frozen_rules, reconcile
from usance.invoicing.tax import tax_lines
from usance.kernel.errors import CannotBill
from usance.kernel.ids import derived_id
from usance.kernel.instant import day_start, local_day
from usance.kernel.money import Money
from usance.metering.aggregate import Measured, Measurement
from usance.metering.event import Event
from usance.tax.customer import TaxFacts

MAX_CATCH_UP_DAYS = 36 * 31
"""A contract with something to bill for the first time that fell due longer ago is parked."""


@dataclass(frozen=True, slots=True)
class ContractFacts:
    """All that is recorded about a contract.

    `issued` are the lines its issued documents carry; `documents_on` counts its documents by the day they were billed
    on. `discounts` are the customer's, `tax` is what is recorded about its tax. `grants` were given by
    hand, `paid` are the instants at which documents were paid in full. `counted` are the events that billing periods
    were billed from, by item and first day, for a contract that ignores what comes later.
    """

    organisation: str
    id: str
    customer: str
    currency: str
    zone: str
    contract: Contract
    metrics: Mapping[str, Metric]
    amendments: tuple[RecordedAmendment, ...] = ()
    issued: tuple[IssuedLine, ...] = ()
    documents_on: Mapping[date, int] | None = None
    discounts: tuple[CustomerDiscount, ...] = ()
    tax: TaxFacts | None = None
    grants: tuple[RecordedGrant, ...] = ()
    paid: Mapping[str, datetime] = field(default_factory=dict)
    counted: Mapping[tuple[str, date], frozenset[str]] = field(default_factory=dict)

    def at(self, as_of: datetime) -> Timeline:
        """The contract's timeline as known at a moment."""
        return timeline(self.contract, self.amendments, as_of, self.today(as_of), self.currency)

    def countable(self, window: UsageWindow, events: Iterable[Event]) -> Iterable[Event]:
        """The events that count in a window: all, or those that its billing period was billed from."""
        known = None if window.cycle is None else self.counted.get((window.item, window.cycle))
        if known is None:
            return events
        return (event for event in events if event.id in known or event.timestamp < window.start)

    def today(self, as_of: datetime) -> date:
        """The day it is in the contract's zone."""
        return local_day(as_of, self.zone)


@dataclass(frozen=True, slots=True)
class Draft:
    """What has to be issued. `evidence` holds the events behind each metered line, by its place among the lines."""

    lines: tuple[Line, ...]
    evidence: Mapping[int, tuple[Measured, ...]]


def windows(facts: ContractFacts, as_of: datetime, *, live: bool = False) -> list[UsageWindow]:
    """The usage that has to be measured to bill a contract at a moment; with `live`, that of open periods too."""
    if not any(item.metered for item in facts.contract.all_items):
        return []
    due = pieces(facts.at(as_of), facts.today(as_of), as_of, facts.zone, live=live)
    return [window for piece in due for window in piece.windows]


def entitlements(
    facts: ContractFacts, usage: Mapping[UsageWindow, Measurement], as_of: datetime
) -> list[EntitlementBalance]:
    """What a contract's customer is entitled to at a moment, and which grant covered what; `usage` of `live` windows.

    Raises CannotBill when what credits pay for cannot be priced.
    """
    return balances(desired(facts, usage, as_of, live=True).drawing)


def desired(
    facts: ContractFacts, usage: Mapping[UsageWindow, Measurement], as_of: datetime, *, live: bool = False
) -> Bill:
    """Everything that should have been billed by a moment, issued or not; with `live`, open periods as far as they are.

    Raises CannotBill when the contract has to be parked.
    """
    deal = _deal(facts, as_of)
    return make_up(deal, pieces(deal.timeline, deal.today, as_of, facts.zone, live=live), usage)


def draft(facts: ContractFacts, usage: Mapping[UsageWindow, Measurement], as_of: datetime) -> Draft | None:
    """The lines to issue now, or None when what is issued is what should be.

    Adjustments wait for the next document with a charge, unless the contract wants them at once or no other document
    will come. Raises CannotBill when the contract has to be parked.
    """
    bill = desired(facts, usage, as_of)
    contract, moment, today = facts.contract, bill.timeline, facts.today(as_of)
    difference = reconcile(bill.lines, facts.issued, as_it_arrives=_as_it_arrives(contract))
    _refuse_old(difference.new, today)
    adjust_now = difference.new or contract.adjustments == "immediate" or next_due(moment, today) is None
    lines = [*difference.new, *(difference.adjustments if adjust_now else ())]
    if not lines:
        return None
    if contract.skip_zero and not any(line.amount or line.tax for line in lines):
        return None
    return Draft((*lines, *tax_lines(lines, facts.currency)), _evidence(lines, bill))


def _as_it_arrives(contract: Contract) -> frozenset[str]:
    """The items that are charged as usage arrives, and with them, as "", what belongs to the whole contract."""
    items = frozenset(item.id for item in contract.all_items if item.as_it_arrives)
    return items | {""} if items else items


def _deal(facts: ContractFacts, as_of: datetime) -> Deal:
    return Deal(
        timeline=facts.at(as_of),
        currency=facts.currency,
        zone=facts.zone,
        today=facts.today(as_of),
        as_of=as_of,
        drawing=Drawing(facts.zone, facts.currency, as_of, facts.metrics, facts.grants, _paid(facts)),
        discounts=facts.discounts,
        frozen=frozen_rules(facts.issued),
        tax=facts.tax,
    )


def _paid(facts: ContractFacts) -> dict[tuple[str, date], datetime]:
    """When the invoices of billing periods were paid, by item and first day: the first that billed each."""
    if not facts.paid:
        return {}
    known: dict[tuple[str, date], datetime] = {}
    for line in facts.issued:
        if line.item and line.document in facts.paid:
            known.setdefault((line.item, line.cycle), facts.paid[line.document])
    return known


def _evidence(lines: Sequence[Line], bill: Bill) -> dict[int, tuple[Measured, ...]]:
    """The events behind each line: of a charge those it was measured from, of an adjustment all of its period."""
    of_line: dict[int, tuple[Measured, ...]] = {}
    of_period: dict[LineKey, tuple[Measured, ...]] = {}
    for place, events in bill.events.items():
        line = bill.lines[place]
        of_line[id(line)] = events
        of_period[line.key] = (*of_period.get(line.key, ()), *events)
    found = (of_line.get(id(line)) or of_period.get(line.key) for line in lines)
    return {place: events for place, events in enumerate(found) if events is not None}


def _refuse_old(new: Sequence[Line], today: date) -> None:
    oldest = min((line.cycle for line in new), default=today)
    if today - oldest > timedelta(days=MAX_CATCH_UP_DAYS):
        raise CannotBill(f"nothing was billed since {oldest}, more than 36 months ago: release it with a manual run")


def document(facts: ContractFacts, draft: Draft, as_of: datetime) -> Document:
    """The document that a draft makes on the day of a moment, still without its number.

    Its id follows from the contract, the day and how many documents the contract has of that day, so that issuing the
    same draft again meets the same document.
    """
    today = facts.today(as_of)
    ordinal = (facts.documents_on or {}).get(today, 0)
    total = Money.total((line.amount for line in draft.lines), facts.currency)
    parts = (facts.organisation, facts.id, today.isoformat(), str(ordinal))
    return Document(
        id=derived_id("inv", day_start(today, "UTC"), *parts),
        kind=DocumentKind.CREDIT_NOTE if total.minor < 0 else DocumentKind.INVOICE,
        organisation=facts.organisation,
        contract=facts.id,
        customer=facts.customer,
        currency=facts.currency,
        bill_on=today,
        issued_on=today,
        due_on=due_on(facts.contract, ((line.item, line.modifier) for line in draft.lines), today),
        lines=draft.lines,
    )


def numbered(issuing: Document, ordinal: int) -> Document:
    """A document with the ordinal-th number of its kind."""
    return replace(issuing, number=number_text(issuing.kind, ordinal))


def issued_lines(issued: Document) -> list[IssuedLine]:
    """What a document carries for reconciliation: its lines but those of tax."""
    return [IssuedLine.of(line, issued.id) for line in issued.lines if line.kind is not LineKind.TAX]


def counted_events(
    contract: Contract, document: Document, evidence: Mapping[int, Iterable[str]]
) -> dict[tuple[str, date], frozenset[str]]:
    """The ids of the events that a document's billing periods were billed from, by item and first day.

    Nothing for a contract that corrects what comes later, and for usage that is charged as it arrives: that is never
    late.
    """
    if contract.late_usage != "ignore":
        return {}
    items = {item.id for item in contract.all_items if item.metered and not item.as_it_arrives}
    found: dict[tuple[str, date], frozenset[str]] = {}
    for place, line in enumerate(document.lines):
        if line.item in items and line.kind is LineKind.CHARGE:
            key = (line.item, line.cycle)
            found[key] = found.get(key, frozenset()) | frozenset(evidence.get(place, ()))
    return found


def due_moments(facts: ContractFacts, after: datetime | None, until: datetime) -> list[datetime]:
    """The moments past `after` (None: from the beginning) and up to `until` at which something falls due.

    A test clock that jumps over months, and a scenario, pass through every one of them, as real months would.
    """
    day = facts.contract.starts_on - timedelta(days=1) if after is None else facts.today(after)
    moments = (day_start(due, facts.zone) for due in due_days(facts.at(until), day, facts.today(until)))
    return [moment for moment in moments if moment <= until and (after is None or moment > after)]
