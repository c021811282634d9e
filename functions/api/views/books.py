"""Journal, balances, revenue, billing runs and usage as answers."""

from __future__ import annotations

from datetime import date
from typing import Any, Self

from functions.api.views.shape import Money, Page, View
from usance.kernel.instant import show_instant
from usance.ledger.balance import TrialBalance
from usance.ledger.journal import JournalEntry, Posting
from usance.metering.event import Event
from usance.ports import Item
from usance.revenue.table import RevenueRow
from usance.usecases.request_run import RequestedRun


class PostingView(View):
    """A line of an entry: an account, and an amount on one side."""

    account: str
    debit: Money | None
    credit: Money | None
    tags: dict[str, str]

    @classmethod
    def of(cls, posting: Posting) -> Self:
        amount = posting.amount
        return cls(
            account=posting.account,
            debit=Money.of(amount) if amount.minor > 0 else None,
            credit=Money.of(-amount) if amount.minor <= 0 else None,
            tags=dict(posting.tags),
        )


class EntryView(View):
    """A journal entry: debits equal credits, in one currency."""

    id: str
    event: str
    """The fact that posted it."""
    source: str
    """Id of the fact."""
    posted_on: date
    """The day the books learned of it."""
    effective_on: date
    """The day it belongs to."""
    currency: str
    lines: list[PostingView]

    @classmethod
    def of(cls, entry: JournalEntry) -> Self:
        return cls(
            id=entry.id,
            event=entry.event,
            source=entry.source,
            posted_on=entry.posted_on,
            effective_on=entry.effective_on,
            currency=entry.currency,
            lines=[PostingView.of(posting) for posting in entry.postings],
        )


class Journal(Page):
    """Journal entries in order of posting."""

    data: list[EntryView]


class BalanceView(View):
    """An account's postings of one currency, and the balance on its normal side."""

    account: str
    name: str
    currency: str
    debits: Money
    credits: Money
    balance: Money


class TrialBalanceView(View):
    """All accounts with postings. In each currency debits equal credits."""

    balanced: bool
    rows: list[BalanceView]
    differences: list[Money]
    """Debits minus credits, by currency."""

    @classmethod
    def of(cls, balance: TrialBalance) -> Self:
        return cls(
            balanced=balance.balanced,
            rows=[
                BalanceView(
                    account=row.account,
                    name=row.name,
                    currency=row.currency,
                    debits=Money.of(row.debits),
                    credits=Money.of(row.credits),
                    balance=Money.of(row.balance),
                )
                for row in balance.rows
            ],
            differences=[Money.of(difference) for difference in balance.differences],
        )


class RevenueRowView(View):
    """A month of an item: what was recognised in it, and what was still deferred at its end."""

    month: str
    item: str
    recognised: Money
    deferred_balance: Money


class RevenueView(View):
    """Revenue by month of the effective day, and item."""

    rows: list[RevenueRowView]

    @classmethod
    def of(cls, rows: list[RevenueRow]) -> Self:
        return cls(
            rows=[
                RevenueRowView(
                    month=row.month,
                    item=row.item,
                    recognised=Money.of(row.recognised),
                    deferred_balance=Money.of(row.deferred_balance),
                )
                for row in rows
            ]
        )


class RunView(View):
    """A billing run and how far it has come."""

    id: str
    status: str
    """`starting`, `running` or `done`."""
    requested_at: str
    as_of: str | None
    contracts: list[str]
    chunks: int
    chunks_done: int
    issued: int
    parked: int

    @classmethod
    def of(cls, run: RequestedRun) -> Self:
        tally, request = run.tally, run.request
        return cls(
            id=run.id,
            status="done" if tally.complete else "running" if tally.dispatched else "starting",
            requested_at=request["at"],
            as_of=request["as_of"],
            contracts=list(request["contracts"]),
            chunks=tally.chunks,
            chunks_done=tally.done,
            issued=tally.issued,
            parked=tally.parked,
        )


class ParkedView(View):
    """A contract that could not be billed safely, and why."""

    contract: str
    reason: str
    at: str

    @classmethod
    def of(cls, item: Item) -> Self:
        return cls(contract=item.key.sort, reason=item.body["reason"], at=item.body["at"])


class Parked(Page):
    """Parked contracts."""

    data: list[ParkedView]


class EventView(View):
    """A usage event as it was accepted."""

    id: str
    customer: str
    timestamp: str
    data: dict[str, Any]

    @classmethod
    def of(cls, event: Event) -> Self:
        return cls(id=event.id, customer=event.customer, timestamp=show_instant(event.timestamp), data=dict(event.data))


class Events(Page):
    """Usage events in order of time."""

    data: list[EventView]
