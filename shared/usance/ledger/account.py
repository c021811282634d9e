"""The chart of accounts that postings use.

Every account has a normal side; its balance is shown positive on that side.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class AccountType(StrEnum):
    """The five kinds of account."""

    ASSET = "asset"
    LIABILITY = "liability"
    EQUITY = "equity"
    INCOME = "income"
    EXPENSE = "expense"


@dataclass(frozen=True, slots=True)
class Account:
    """A row of the chart. `code` is stable and stands in every entry."""

    code: str
    name: str
    type: AccountType

    @property
    def debit_normal(self) -> bool:
        """Whether a debit makes the balance grow."""
        return self.type in (AccountType.ASSET, AccountType.EXPENSE)


CASH = Account("cash", "Cash and payments in transit", AccountType.ASSET)
ACCOUNTS_RECEIVABLE = Account("accounts_receivable", "Accounts receivable", AccountType.ASSET)
UNBILLED_RECEIVABLE = Account("unbilled_receivable", "Unbilled receivable", AccountType.ASSET)
DEFERRED_REVENUE = Account("deferred_revenue", "Deferred revenue (contract liability)", AccountType.LIABILITY)
TAX_PAYABLE = Account("tax_payable", "Tax payable", AccountType.LIABILITY)
CUSTOMER_CREDIT = Account("customer_credit", "Customer credit", AccountType.LIABILITY)
CUSTOMER_CREDIT_PENDING = Account("customer_credit_pending", "Customer credit not paid yet", AccountType.LIABILITY)
REVENUE = Account("revenue", "Revenue", AccountType.INCOME)
BREAKAGE = Account("breakage", "Breakage: purchased credit that expired", AccountType.INCOME)
PROMOTIONAL_CREDIT = Account("promotional_credit", "Promotional credit (reduces revenue)", AccountType.INCOME)

CHART: dict[str, Account] = {
    account.code: account
    for account in (
        CASH,
        ACCOUNTS_RECEIVABLE,
        UNBILLED_RECEIVABLE,
        DEFERRED_REVENUE,
        TAX_PAYABLE,
        CUSTOMER_CREDIT,
        CUSTOMER_CREDIT_PENDING,
        REVENUE,
        BREAKAGE,
        PROMOTIONAL_CREDIT,
    )
}
"""The accounts by code."""
