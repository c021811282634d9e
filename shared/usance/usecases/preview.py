"""What a contract would be billed, by the functions that bill it, with nothing written.

It passes through the moments up to the one asked for as runs would: one now for what is overdue (or, on a test clock,
one at each moment something fell due, unless the contract is parked), and one at each moment that is still to come.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Final

from usance.contract.schedule import billing_periods, next_due
from usance.invoicing.document import Document
from usance.kernel.errors import Fault, InvalidInput
from usance.kernel.instant import day_start, show_instant
from usance.pipeline import ContractFacts, document, draft, due_moments, issued_lines
from usance.ports import ControlPlane
from usance.records.contracts import read_metrics
from usance.records.parked import is_parked
from usance.records.wallets import read_wallet
from usance.usecases.bill import Billing, measure_usage
from usance.usecases.contracts import Agreed
from usance.usecases.wallet_changes import pays

MOST_PIECES: Final = 60_000
"""Billing periods that one preview rates, counted once for each moment that it passes through."""


def unsaved(control: ControlPlane, organisation: str, agreed: Agreed) -> ContractFacts:
    """The facts of a contract that nobody recorded."""
    contract = agreed.contract
    return ContractFacts(
        organisation=organisation,
        id="ctr_preview",
        customer=agreed.customer,
        currency=agreed.currency,
        zone=agreed.zone,
        contract=contract,
        metrics=read_metrics(control, organisation, contract),
    )


def preview(
    billing: Billing, facts: ContractFacts, now: datetime, as_of: datetime, *, pass_through_months: bool
) -> list[Document]:
    """The documents that would be issued up to a moment, without numbers.

    Raises InvalidInput when that is too much for one answer, CannotBill when the contract would be parked.
    """
    pass_through_months = pass_through_months and not is_parked(billing.tables, facts.organisation, facts.id)
    moments = _moments(facts, now, as_of, pass_through_months=pass_through_months)
    _refuse_endless(facts, as_of, len(moments))
    made: list[Document] = []
    wallet = read_wallet(billing.tables, facts.organisation, facts.customer, facts.currency)
    for moment in moments:
        drafted = draft(facts, measure_usage(billing, facts, moment), moment)
        if drafted is None:
            continue
        one, wallet = pays(wallet, document(facts, drafted, moment), moment)
        made.append(one)
        counts = dict(facts.documents_on or {})
        counts[one.bill_on] = counts.get(one.bill_on, 0) + 1
        facts = replace(facts, issued=(*facts.issued, *issued_lines(one)), documents_on=counts)
    return made


def upcoming(facts: ContractFacts, now: datetime) -> datetime:
    """The moment at which something falls due next; now when nothing will."""
    day = next_due(facts.at(now), facts.today(now))
    return now if day is None else day_start(day, facts.zone)


def _moments(facts: ContractFacts, now: datetime, as_of: datetime, *, pass_through_months: bool) -> list[datetime]:
    present = min(now, as_of)
    moments: list[datetime] = []
    if pass_through_months:
        last = max(facts.documents_on or {}, default=None)
        moments = due_moments(facts, None if last is None else day_start(last, facts.zone), present)
    moments += [present, *(due_moments(facts, present, as_of) if as_of > present else ()), as_of]
    return sorted(set(moments))


def _refuse_endless(facts: ContractFacts, as_of: datetime, moments: int) -> None:
    moment, today, periods = facts.at(as_of), facts.today(as_of), 0
    for item in moment.items:
        periods += sum(1 for _ in islice(billing_periods(facts.contract, item, today), MOST_PIECES))
    if periods * moments > MOST_PIECES:
        why = f"{show_instant(as_of)} is too far: {periods} billing periods fall due until then"
        raise InvalidInput("the request has faults", [Fault("/as_of", "out_of_range", why)])
