"""Balances, worked out from entries and never stored as the truth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from usance.kernel.money import Money
from usance.ledger.account import CHART
from usance.ledger.journal import JournalEntry


@dataclass(frozen=True, slots=True)
class BalanceRow:
    """An account's debits and credits of one currency, and the difference on the account's normal side."""

    account: str
    name: str
    currency: str
    debits: Money
    credits: Money
    balance: Money


@dataclass(frozen=True, slots=True)
class TrialBalance:
    """All accounts with postings. `differences` is debits minus credits by currency: zero in sound books."""

    rows: tuple[BalanceRow, ...]
    differences: tuple[Money, ...]

    @property
    def balanced(self) -> bool:
        return not any(self.differences)


def trial_balance(entries: Iterable[JournalEntry], until: date | None = None) -> TrialBalance:
    """The trial balance of entries posted on or before a day (None: all)."""
    debits: dict[tuple[str, str], int] = defaultdict(int)
    credits: dict[tuple[str, str], int] = defaultdict(int)
    for entry in entries:
        if until is not None and entry.posted_on > until:
            continue
        for posting in entry.postings:
            side = debits if posting.amount.minor > 0 else credits
            side[entry.currency, posting.account] += abs(posting.amount.minor)
    rows = tuple(
        _row(currency, account, debits[currency, account], credits[currency, account])
        for currency, account in sorted(debits.keys() | credits.keys(), key=_chart_order)
    )
    currencies = sorted({row.currency for row in rows})
    differences = tuple(
        Money(sum(row.debits.minor - row.credits.minor for row in rows if row.currency == currency), currency)
        for currency in currencies
    )
    return TrialBalance(rows, differences)


def _chart_order(key: tuple[str, str]) -> tuple[str, int]:
    currency, account = key
    return currency, list(CHART).index(account)


def _row(currency: str, code: str, debit: int, credit: int) -> BalanceRow:
    account = CHART[code]
    balance = debit - credit if account.debit_normal else credit - debit
    return BalanceRow(
        code, account.name, currency, Money(debit, currency), Money(credit, currency), Money(balance, currency)
    )
