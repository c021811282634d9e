"""What happens with money of a wallet: what it posts, and the invoice by which it is bought automatically.

    credit bought        debit cash                     what the customer paid
                         debit promotional credit       what it is worth more than that
                         credit customer credit         what it is worth
    credit given         debit promotional credit, credit customer credit
    left of a payment    posted with the payment: cash, customer credit
    top-up invoice       debit accounts receivable, credit customer credit pending (when it is issued)
    top-up paid          debit customer credit pending, credit customer credit
    applied              debit customer credit, credit accounts receivable
    expired              debit customer credit; credit breakage what was paid for, promotional credit the rest
    voided               debit customer credit; credit cash what was paid for, promotional credit the rest

Promotional credit stands among income with a debit balance: what is given away reduces revenue when it is given, and
what was never used is taken back. Purchased money that expires is revenue on the day it does.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from usance.credits.wallet_entries import WalletCredit, WalletLapse
from usance.invoicing.document import Document, DocumentKind
from usance.invoicing.line import Line, LineKind, Recognition
from usance.kernel.derivation import given
from usance.kernel.ids import derived_id
from usance.kernel.instant import day_start
from usance.kernel.money import Money
from usance.kernel.period import ONE_DAY, Period
from usance.ledger.account import (
    ACCOUNTS_RECEIVABLE,
    BREAKAGE,
    CASH,
    CUSTOMER_CREDIT,
    PROMOTIONAL_CREDIT,
    Account,
)
from usance.ledger.journal import JournalEntry, credit, debit, entry

TOP_UP: Final = "wallet_top_up"
"""The modifier of a line that buys money for a wallet."""


def wallet_contract(customer: str, currency: str) -> str:
    """What stands for a contract on documents that buy money for a wallet."""
    return f"wallet:{customer}:{currency}"


def credit_entry(
    organisation: str, customer: str, put_in: WalletCredit, on: date, *, paid_by: Account = CASH
) -> JournalEntry | None:
    """The entry of a credit that was bought or given. `paid_by` is where the money for it comes from."""
    tags = {"customer": customer, "wallet_credit": put_in.id}
    return entry(
        derived_id("jrn", put_in.at, organisation, put_in.id, "credited"),
        "wallet_credited",
        put_in.id,
        posted_on=on,
        effective_on=on,
        postings=[
            debit(paid_by, put_in.cost, **tags),
            debit(PROMOTIONAL_CREDIT, put_in.amount - put_in.cost, **tags),
            credit(CUSTOMER_CREDIT, put_in.amount, **tags),
        ],
    )


def application_entry(document: Document) -> JournalEntry | None:
    """The entry of what a wallet paid of a document as it was issued; None for nothing."""
    if not document.wallet_applied:
        return None
    tags = {"invoice": document.id, "contract": document.contract, "customer": document.customer}
    return entry(
        derived_id("jrn", day_start(document.issued_on, "UTC"), document.organisation, document.id, "wallet_applied"),
        "wallet_applied",
        document.id,
        posted_on=document.issued_on,
        effective_on=document.issued_on,
        postings=[
            debit(CUSTOMER_CREDIT, document.wallet_applied, **tags),
            credit(ACCOUNTS_RECEIVABLE, document.wallet_applied, **tags),
        ],
    )


def lapse_entry(
    organisation: str, customer: str, of: WalletCredit, lapse: WalletLapse, *, posted_on: date, effective_on: date
) -> JournalEntry | None:
    """The entry of what of a credit expired or was voided; of one sold for less, the paid share of it was paid for."""
    tags = {"customer": customer, "wallet_credit": of.id}
    paid_for = Money.of(lapse.amount.amount * of.cost_basis, lapse.amount.currency)
    return entry(
        derived_id("jrn", lapse.at, organisation, of.id, lapse.reason),
        f"wallet_{lapse.reason}",
        of.id,
        posted_on=posted_on,
        effective_on=effective_on,
        postings=[
            debit(CUSTOMER_CREDIT, lapse.amount, **tags),
            credit(BREAKAGE if lapse.reason == "expired" else CASH, paid_for, **tags),
            credit(PROMOTIONAL_CREDIT, lapse.amount - paid_for, **tags),
        ],
    )


def top_up_document(organisation: str, customer: str, amount: Money, on: date, ordinal: int) -> Document:
    """The invoice of a wallet's ordinal-th automatic top-up, without its number; due at once."""
    contract = wallet_contract(customer, amount.currency)
    line = Line(
        item="",
        kind=LineKind.CHARGE,
        description="Wallet top-up",
        amount=amount,
        period=Period(on, on + ONE_DAY),
        cycle=on,
        derivation=given("wallet top-up", amount.amount),
        recognition=Recognition.NEVER,
        modifier=TOP_UP,
    )
    return Document(
        id=derived_id("inv", day_start(on, "UTC"), organisation, contract, str(ordinal)),
        kind=DocumentKind.INVOICE,
        organisation=organisation,
        contract=contract,
        customer=customer,
        currency=amount.currency,
        bill_on=on,
        issued_on=on,
        due_on=on,
        lines=(line,),
    )


def buys_credit(document: Document) -> bool:
    """Whether a document buys money for a wallet; no wallet pays for one."""
    return any(line.modifier == TOP_UP for line in document.lines)
