"""Days on which invoices are due, counted by hand on a calendar."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from usance.contract.contract import Contract
from usance.contract.payment_terms import PaymentTerms, due_on

ISSUED = date(2025, 3, 1)


@pytest.mark.parametrize(
    ("terms", "due"),
    [
        ({}, date(2025, 3, 1)),
        ({"net_days": 30}, date(2025, 3, 31)),
        ({"net_days": 30, "from": "approval"}, date(2025, 3, 31)),
        ({"net_days": 30, "end_of_month": True}, date(2025, 3, 31)),  # 31 March is the end already
        ({"net_days": 31, "end_of_month": True}, date(2025, 4, 30)),  # 1 April, moved to the month's end
        ({"day_of_month": 1}, date(2025, 3, 1)),
        ({"day_of_month": 15}, date(2025, 3, 15)),
        ({"net_days": 15, "day_of_month": 15}, date(2025, 4, 15)),  # 16 March is past the 15th
        ({"net_days": 345, "day_of_month": 30}, date(2026, 2, 28)),  # 9 February 2026; no 30th
        ({"net_days": 330, "day_of_month": 31}, date(2026, 1, 31)),  # 25 January 2026
    ],
)
def test_days_end_on_the_day_agreed(terms, due):
    assert PaymentTerms.model_validate(terms).due_on(ISSUED) == due


@pytest.mark.parametrize(
    "terms",
    [
        {"net_days": -1},
        {"from": "payment"},
        {"day_of_month": 0},
        {"day_of_month": 32},
        {"end_of_month": True, "day_of_month": 5},
    ],
)
def test_what_cannot_be_is_refused(terms):
    with pytest.raises(ValidationError):
        PaymentTerms.model_validate(terms)


PRICES = {"model": "flat", "amount": 1}
CONTRACT = Contract.model_validate(
    {
        "starts_on": "2025-03-01",
        "payment_terms": {"net_days": 20},
        "items": [{"id": "support", "prices": PRICES}],
        "phases": [
            {"id": "a", "payment_terms": {"net_days": 10}, "items": {"id": "trial", "prices": PRICES}},
            {"id": "a.b", "payment_terms": {"net_days": 60}, "items": {"id": "full", "prices": PRICES}},
            {"id": "c", "items": {"id": "rest", "prices": PRICES}},
        ],
    }
)


@pytest.mark.parametrize(
    ("lines", "days"),
    [
        ([], 20),
        ([("support", "")], 20),
        ([("trial", "")], 10),
        ([("trial", ""), ("trial", "contract.discount:0")], 10),
        ([("rest", "")], 20),
        ([("trial", ""), ("support", "")], 20),  # the later of the two
        ([("trial", ""), ("full", "")], 60),
        ([("", "phase.a.commitment")], 10),
        ([("", "phase.a.b.service_fee:0")], 60),
        ([("", "phase.c.commitment")], 20),
        ([("trial", ""), ("", "contract.service_fee:0"), ("", "")], 10),  # a fee of the contract, and tax
        ([("", "contract.commitment")], 20),
    ],
)
def test_phases_have_terms_of_their_own(lines, days):
    assert (due_on(CONTRACT, lines, ISSUED) - ISSUED).days == days
