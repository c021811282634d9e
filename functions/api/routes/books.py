"""Payments, the journal, balances and revenue."""

from __future__ import annotations

from datetime import date
from itertools import islice
from typing import Annotated, Literal

from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.api.caller import Asking
from functions.api.paging import DEFAULT_LIMIT, Cursor, Limit, make_cursor, parse_cursor, read_cursor
from functions.api.router import new_router
from functions.api.views.books import EntryView, Journal, RevenueView, TrialBalanceView
from functions.api.views.payments import Payments, PaymentView
from usance import wiring
from usance.ledger.balance import trial_balance
from usance.records.payments import list_payments
from usance.revenue.table import revenue_table
from usance.usecases.look_up import all_entries, books_until, opened_on, page_of_entries

router = new_router()


@router.get("/v1/payments", summary="List payments", tags=["books"])
def payments(
    asking: Asking,
    order: Annotated[Literal["asc", "desc"], Query(description="By time of the attempt.")] = "asc",
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Payments:
    """Money received, in the amounts that the providers processed."""
    scope = (asking.organisation, "payments", order)
    found = list(
        islice(
            list_payments(
                asking.tables,
                asking.organisation,
                after=read_cursor(cursor, *scope),
                limit=limit + 1,
                newest_first=order == "desc",
            ),
            limit + 1,
        )
    )
    more = found[limit - 1].id if len(found) > limit else None
    return Payments(data=[PaymentView.of(one) for one in found[:limit]], next_cursor=make_cursor(more, *scope))


@router.get("/v1/journal", summary="List journal entries", tags=["books"])
def journal(
    asking: Asking,
    from_: Annotated[date | None, Query(alias="from", description="First day of posting.")] = None,
    to: Annotated[date | None, Query(description="The day after the last.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Journal:
    """In order of posting; all of them when no days are given."""
    organisation = asking.read_organisation()
    # What is asked for beyond the days on which books can have been kept would be read month by month in vain.
    first, last = opened_on(organisation), books_until(organisation, wiring.clock())
    start, end = max(from_ or first, first), min(to or last, last)
    scope = (asking.organisation, "journal", str(from_), str(to))
    entries, more = page_of_entries(
        asking.tables, organisation.id, start, end, after=parse_cursor(cursor, _entry_place, *scope), limit=limit
    )
    return Journal(data=[EntryView.of(entry) for entry in entries], next_cursor=make_cursor(more, *scope))


def _entry_place(after: str) -> str:
    date.fromisoformat(after.partition("#")[0])
    return after


@router.get("/v1/trial-balance", summary="See the trial balance", tags=["books"])
def balance(
    asking: Asking, until: Annotated[date | None, Query(description="Last day of posting.")] = None
) -> TrialBalanceView:
    """Debits, credits and balance of every account, worked out from the entries."""
    entries = all_entries(asking.tables, asking.read_organisation(), wiring.clock())
    return TrialBalanceView.of(trial_balance(entries, until))


@router.get("/v1/revenue", summary="See revenue by month and item", tags=["books"])
def revenue(asking: Asking) -> RevenueView:
    """Recognised and still deferred revenue, worked out from the entries."""
    return RevenueView.of(revenue_table(all_entries(asking.tables, asking.read_organisation(), wiring.clock())))
