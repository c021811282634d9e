"""Entries balance or are refused; balances come from entries."""

from datetime import date

import pytest

from usance.kernel.errors import UnbalancedEntry
from usance.kernel.money import Money
from usance.ledger.account import ACCOUNTS_RECEIVABLE, CASH, REVENUE, TAX_PAYABLE, Account, AccountType
from usance.ledger.balance import trial_balance
from usance.ledger.journal import JournalEntry, credit, debit, entry

DAY = date(2025, 7, 1)


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def make(*postings, name="jrn_1", day=DAY) -> JournalEntry | None:
    return entry(name, "invoice_issued", "inv_1", posted_on=day, effective_on=day, postings=postings)


def test_an_entry_survives_being_written_and_read():
    made = make(
        debit(ACCOUNTS_RECEIVABLE, usd(11000), item="seats"),
        credit(REVENUE, usd(10000)),
        credit(TAX_PAYABLE, usd(1000)),
    )
    assert made is not None
    assert JournalEntry.from_json(made.to_json()) == made
    assert made.to_json()["lines"] == [
        {"account": "accounts_receivable", "debit": "110.00", "tags": {"item": "seats"}},
        {"account": "revenue", "credit": "100.00"},
        {"account": "tax_payable", "credit": "10.00"},
    ]


def test_postings_of_one_account_and_tags_are_merged_and_zeros_left_out():
    made = make(debit(CASH, usd(3)), debit(CASH, usd(4)), credit(REVENUE, usd(7)), credit(TAX_PAYABLE, usd(0)))
    assert made is not None
    assert [(line.account, line.amount.minor) for line in made.postings] == [("cash", 7), ("revenue", -7)]


def test_nothing_to_post_is_no_entry():
    assert make(debit(CASH, usd(0)), credit(REVENUE, usd(0))) is None


@pytest.mark.parametrize(
    "postings",
    [
        (debit(CASH, usd(100)), credit(REVENUE, usd(99))),
        (debit(CASH, usd(100)),),
        (debit(CASH, usd(100)), credit(REVENUE, Money(100, "EUR"))),
        (debit(Account("petty", "Petty cash", AccountType.ASSET), usd(1)), credit(REVENUE, usd(1))),
    ],
    ids=["unequal sides", "one side", "two currencies", "unknown account"],
)
def test_what_does_not_balance_is_refused(postings):
    with pytest.raises(UnbalancedEntry):
        make(*postings)


def test_trial_balance_shows_each_account_on_its_normal_side():
    entries = [
        make(debit(ACCOUNTS_RECEIVABLE, usd(110)), credit(REVENUE, usd(100)), credit(TAX_PAYABLE, usd(10))),
        make(debit(CASH, usd(60)), credit(ACCOUNTS_RECEIVABLE, usd(60)), name="jrn_2"),
        make(debit(CASH, usd(1)), credit(ACCOUNTS_RECEIVABLE, usd(1)), name="jrn_3", day=date(2025, 8, 1)),
    ]
    made = trial_balance([one for one in entries if one], until=date(2025, 7, 31))
    assert made.balanced
    assert [(row.account, row.debits.minor, row.credits.minor, row.balance.minor) for row in made.rows] == [
        ("cash", 60, 0, 60),
        ("accounts_receivable", 110, 60, 50),
        ("tax_payable", 0, 10, 10),
        ("revenue", 0, 100, 100),
    ]
