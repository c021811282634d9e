"""Runs a scenario through the code that bills in production: in memory, with no store and no wall clock.

The clock stops at every moment at which something falls due, at every fact's arrival, at the end of every month (for
revenue) and at `as_of`. At each, facts are taken in first, then what is due is billed, then revenue is recognised.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import groupby
from typing import Any, Final

from usance.catalog.coupon import redeem
from usance.catalog.faults import read_document
from usance.contract.timeline import RecordedAmendment
from usance.invoicing.balances import EntitlementBalance
from usance.invoicing.desire import UsageWindow
from usance.invoicing.document import Document, Status
from usance.invoicing.granted import RecordedGrant, all_terms, grants_anything
from usance.invoicing.unpriced import unpriced
from usance.invoicing.wallet import buys_credit
from usance.kernel.errors import CannotBill, Conflict, Fault, InvalidInput
from usance.kernel.instant import day_start, local_day
from usance.kernel.recurrence import Cadence, Recurrence
from usance.metering.aggregate import Measured, Measurement
from usance.pipeline import (
    ContractFacts,
    counted_events,
    document,
    draft,
    due_moments,
    entitlements,
    issued_lines,
    numbered,
    windows,
)
from usance.scenario.books import Books
from usance.scenario.customer import customer_discounts, tax_facts
from usance.scenario.expectation import differences
from usance.scenario.moment import instant_of
from usance.scenario.payments import Payments
from usance.scenario.problem import Problem
from usance.scenario.reading import Unquoted
from usance.scenario.result import Played, result
from usance.scenario.scenario import PlayedFact, Scenario
from usance.scenario.usage import Usage
from usance.scenario.wallet import Wallet
from usance.scenario.wallet_terms import WalletFact

ORGANISATION: Final = "org_scenario"
"""The organisation's id in derived ids."""

CONTRACT: Final = "contract"
"""The id of a contract that has none of its own."""

_MONTHS: Final = Recurrence(date(2000, 1, 1), Cadence.parse("P1M"))


def read_scenario(value: object) -> Scenario:
    """A scenario from the values of its text. Raises InvalidInput with every fault."""
    try:
        return read_document(Scenario, value)
    except InvalidInput as error:
        raise InvalidInput("the scenario has faults", [_taught(fault, value) for fault in error.faults]) from None


def run(scenario: Scenario) -> dict[str, Any]:
    """Run a scenario and give its result as JSON values; with `expect`, the result has a member `differences`."""
    made = result(play(scenario))
    if scenario.expect:
        made["differences"] = differences(scenario.expect, made)
    return made


def play(scenario: Scenario) -> Played:
    """Run a scenario. Raises InvalidInput when its usage lies in a file that was not read."""
    if scenario.events_file is not None:
        fault = Fault("/events_file", "not_read", "give the events themselves: this caller reads no files")
        raise InvalidInput("the scenario's events are not there", [fault])
    playing = _Playing(scenario)
    playing.run()
    return playing.played()


@dataclass(slots=True)
class _Playing:
    scenario: Scenario
    books: Books = field(init=False)
    wallet: Wallet = field(init=False)
    payments: Payments = field(init=False)
    facts: ContractFacts = field(init=False)
    usage: Usage = field(init=False)
    problems: list[Problem] = field(init=False)
    redeemed: list[str] = field(default_factory=list)
    parked: bool = False
    scheduled: bool = field(init=False)
    pays_grants: bool = field(init=False)

    def __post_init__(self) -> None:
        scenario = self.scenario
        contract, customer = scenario.contract, scenario.customer.id
        self.books = Books(ORGANISATION)
        self.wallet = Wallet(
            self.books,
            customer,
            scenario.currency,
            zone=scenario.organisation.timezone,
            customer_zone=scenario.customer.timezone or scenario.organisation.timezone,
            auto_top_up=scenario.customer.wallet.auto_top_up,
        )
        self.payments = Payments(self.books, customer, contract.id or CONTRACT, scenario.currency, self.wallet)
        self.usage = Usage(scenario.metrics, customer)
        self.facts = ContractFacts(
            organisation=ORGANISATION,
            id=contract.id or CONTRACT,
            customer=customer,
            currency=scenario.currency,
            zone=scenario.zone,
            contract=contract,
            metrics=scenario.metrics,
            discounts=customer_discounts(scenario.customer),
            tax=tax_facts(scenario),
        )
        self.problems = self.usage.arrive(scenario.events, None)
        self.pays_grants = any(terms.on == "payment" for terms in all_terms(contract))
        self.scheduled = not any(fact.run is not None for fact in scenario.facts)

    def run(self) -> None:
        """Pass through every moment up to the last."""
        until, after = self.scenario.until, None
        arrivals = list(_arrivals(self.scenario, until))
        if not arrivals or arrivals[-1][0] < until:
            arrivals.append((until, []))
        for boundary, facts in arrivals:
            due = self._due(after, boundary) if self.scheduled else set()
            months = set(self._months(after, boundary))
            for moment in sorted({*due, *months, *self.wallet.expiries(after, boundary)} - {boundary}):
                self._pass(moment, bill=moment in due, recognise=moment in months)
            for fact in facts:
                self._take_in(fact, boundary)
            ran = any(fact.run is not None for fact in facts)
            bill = ran or (self.scheduled and (bool(facts) or boundary in due))
            self._pass(boundary, bill=bill, recognise=boundary in months or boundary == until)
            after = boundary
        self.problems += self.usage.problems(self.scenario.contract, self.scenario.zone)

    def _due(self, after: datetime | None, until: datetime) -> set[datetime]:
        contract = self.facts.contract
        return {*due_moments(self.facts, after, until), *self.usage.moments(contract, after, until)}

    def played(self) -> Played:
        until = self.scenario.until
        held: list[EntitlementBalance] = []
        if grants_anything(self.facts.contract, self.facts.grants) and not self.parked:
            held = entitlements(self.facts, self._measured(until, live=True), until)
        return Played(self.scenario, self.books, self.payments, tuple(held), tuple(self.problems))

    def _months(self, after: datetime | None, until: datetime) -> Iterator[datetime]:
        """Beginnings of the organisation's months up to a moment: what was earned before has all been earned."""
        zone = self.scenario.organisation.timezone
        n = _MONTHS.index_at(self.scenario.contract.starts_on if after is None else local_day(after, zone))
        while (moment := day_start(_MONTHS.boundary(n), zone)) <= until:
            if after is None or moment > after:
                yield moment
            n += 1

    def _pass(self, moment: datetime, *, bill: bool, recognise: bool) -> None:
        if self.wallet.lapse(moment):
            self._top_up(moment)
        if bill and not self.parked:
            self._bill(moment)
        if recognise:
            self.books.recognise(local_day(moment, self.scenario.organisation.timezone))

    def _take_in(self, fact: PlayedFact, at: datetime) -> None:
        if fact.amend is not None:
            amendments = (*self.facts.amendments, RecordedAmendment(at, fact.amend))
            self.facts = replace(self.facts, amendments=amendments)
        if fact.events is not None:
            self.problems += self.usage.arrive(fact.events, at)
        if fact.payment is not None:
            self.payments.receive(fact.payment, at, self.facts.today(at))
            self._note_paid(at)
        if fact.grant is not None:
            given = RecordedGrant(f"grant:{len(self.facts.grants)}", at, fact.grant)
            self.facts = replace(self.facts, grants=(*self.facts.grants, given))
        if fact.wallet is not None:
            self._fill(fact.wallet, at)
        if fact.redeem is not None:
            self._redeem(fact.redeem, at)
        if fact.run is not None:
            self.parked = False

    def _measured(self, moment: datetime, *, live: bool = False) -> dict[UsageWindow, Measurement]:
        facts = self.facts
        return self.usage.measure(windows(facts, moment, live=live), facts.countable if facts.counted else None)

    def _redeem(self, code: str, at: datetime) -> None:
        coupon = next(one for one in self.scenario.coupons if one.code.upper() == code.upper())
        times = sum(1 for known in self.redeemed if known == coupon.code)
        day, name = self.facts.today(at), f"{coupon.code}:{times}"
        try:
            discount = redeem(coupon, id=name, on=day, given=times, given_customer=times)
        except Conflict as error:
            self.problems += (Problem(fault.code, f"{error.detail}: {fault.detail}", at) for fault in error.faults)
            return
        self.redeemed.append(coupon.code)
        self.facts = replace(self.facts, discounts=(*self.facts.discounts, discount))

    def _fill(self, fact: WalletFact, at: datetime) -> None:
        if not self.wallet.take_in(fact, at):
            self.problems.append(Problem("nothing_left", f"nothing is left of {fact.void!r} in the wallet", at))
        elif fact.void is not None:
            self._top_up(at)

    def _top_up(self, at: datetime) -> None:
        """Issue the invoice of a top-up where the wallet has run low."""
        bought = self.wallet.tops_up(at)
        if bought is not None:
            self._issue(bought, {}, at)

    def _note_paid(self, at: datetime) -> None:
        """Remember when documents were paid in full: some grants are given then."""
        if self.pays_grants:
            settled = {one.document.id: at for one in self.books.issued if one.status is Status.PAID}
            self.facts = replace(self.facts, paid={**settled, **self.facts.paid})

    def _bill(self, moment: datetime) -> None:
        facts = self.facts
        try:
            made = draft(facts, self._measured(moment), moment)
        except CannotBill as error:
            self.parked = True
            self.problems.append(Problem(error.code, error.detail, moment))
            return
        if made is None:
            return
        issued = self._issue(document(facts, made, moment), made.evidence, moment)
        self.problems += (Problem("unpriced_quantity", detail, moment) for detail in unpriced(issued.lines))
        counts = dict(facts.documents_on or {})
        counts[issued.bill_on] = counts.get(issued.bill_on, 0) + 1
        self.facts = replace(facts, issued=(*facts.issued, *issued_lines(issued)), documents_on=counts)
        self._note_paid(moment)
        if facts.contract.late_usage == "ignore":
            ids = {place: [event.id for event in events] for place, events in made.evidence.items()}
            counted = counted_events(facts.contract, issued, ids)
            self.facts = replace(self.facts, counted={**self.facts.counted, **counted})
        if issued.total.minor > 0:
            self._top_up(moment)

    def _issue(self, drafted: Document, evidence: Mapping[int, tuple[Measured, ...]], at: datetime) -> Document:
        """Number a document, let the wallet pay unless it is the wallet's own, and post it."""
        issued = numbered(drafted, self.books.next_number(drafted.kind))
        if not buys_credit(issued) and (paid := self.wallet.pays(issued, at)):
            issued = replace(issued, from_wallet=paid)
        self.books.issue(issued, evidence, local_day(at, self.scenario.organisation.timezone))
        return issued


def _arrivals(scenario: Scenario, until: datetime) -> Iterator[tuple[datetime, Sequence[PlayedFact]]]:
    """The facts up to a moment by their instants, in order; those of one instant in the order of the file."""
    dated = [(instant_of(fact.at, scenario.zone), fact) for fact in scenario.facts]
    known = sorted((entry for entry in dated if entry[0] <= until), key=lambda entry: entry[0])
    for at, group in groupby(known, key=lambda entry: entry[0]):
        yield at, [fact for _at, fact in group]


def _taught(fault: Fault, value: object) -> Fault:
    """A fault at a number without quotes says how to quote it."""
    found: Any = value
    for part in fault.pointer.split("/")[1:]:
        if isinstance(found, Mapping):
            found = found.get(part.replace("~1", "/").replace("~0", "~"))
        elif isinstance(found, list) and part.isdigit() and int(part) < len(found):
            found = found[int(part)]
    if not isinstance(found, Unquoted):
        return fault
    return Fault(fault.pointer, "unquoted_number", f'write "{found}", in quotes: a number without them is not exact')
