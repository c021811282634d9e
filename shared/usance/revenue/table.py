"""The revenue table: recognised and still deferred revenue by month and item, worked out from journal entries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from usance.kernel.money import Money
from usance.ledger.account import DEFERRED_REVENUE, REVENUE
from usance.ledger.journal import JournalEntry


@dataclass(frozen=True, slots=True)
class RevenueRow:
    """A month of an item: what was recognised in it, and what was deferred at its end."""

    month: str
    item: str
    recognised: Money
    deferred_balance: Money


def revenue_table(entries: Iterable[JournalEntry]) -> list[RevenueRow]:
    """Rows by month (of the effective day) and item, for every month from an item's first posting to its last."""
    recognised: dict[tuple[str, str, str], int] = defaultdict(int)
    deferred: dict[tuple[str, str, str], int] = defaultdict(int)
    for entry in entries:
        month = f"{entry.effective_on:%Y-%m}"
        for posting in entry.postings:
            key = (entry.currency, posting.tags.get("item", ""), month)
            if posting.account == REVENUE.code:
                recognised[key] -= posting.amount.minor
            elif posting.account == DEFERRED_REVENUE.code:
                deferred[key] -= posting.amount.minor
    rows = []
    running: dict[tuple[str, str], int] = defaultdict(int)
    for currency, item, month in sorted(recognised.keys() | deferred.keys()):
        running[currency, item] += deferred[currency, item, month]
        rows.append(
            RevenueRow(
                month,
                item,
                Money(recognised[currency, item, month], currency),
                Money(running[currency, item], currency),
            )
        )
    return sorted(rows, key=lambda row: (row.month, row.item, row.recognised.currency))
