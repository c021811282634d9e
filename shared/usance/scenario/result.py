"""The result of a scenario as JSON values: what was issued, paid, posted and earned, and what went wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from usance.invoicing.balances import EntitlementBalance
from usance.revenue.table import RevenueRow, revenue_table
from usance.scenario.books import Books, Issued
from usance.scenario.payments import Payments
from usance.scenario.problem import Problem
from usance.scenario.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Played:
    """What a scenario came to."""

    scenario: Scenario
    books: Books
    payments: Payments
    entitlements: tuple[EntitlementBalance, ...]
    problems: tuple[Problem, ...]


def result(played: Played) -> dict[str, Any]:
    """The result in the form of result.schema.json."""
    return {
        "invoices": [_invoice(issued) for issued in played.books.issued],
        "payments": played.payments.to_json(),
        "wallet": played.payments.wallet.to_json(played.scenario.until),
        "entitlements": [one.to_json() for one in played.entitlements],
        "journal": [entry.to_json() for entry in played.books.journal],
        "revenue": [_row(row) for row in revenue_table(played.books.journal)],
        "problems": [problem.to_json() for problem in played.problems],
    }


def _invoice(issued: Issued) -> dict[str, Any]:
    document = issued.document
    return {
        "number": document.number,
        "kind": document.kind.value,
        "status": issued.status.value,
        "issued_on": document.issued_on.isoformat(),
        "due_on": document.due_on.isoformat(),
        "currency": document.currency,
        "lines": [line.to_json() for line in document.lines],
        "subtotal": str(document.subtotal),
        "tax": str(document.tax),
        "total": str(issued.total),
        "wallet_applied": str(document.wallet_applied),
        "amount_due": str(issued.due),
    }


def _row(row: RevenueRow) -> dict[str, Any]:
    return {
        "month": row.month,
        "item": row.item,
        "recognised": str(row.recognised),
        "deferred_balance": str(row.deferred_balance),
    }
