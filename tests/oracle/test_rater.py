"""The pipeline agrees with the independent rater, whatever the deal, and whenever it was run."""

from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracle.deals import deals
from tests.oracle.issued import issued_lines, issued_sums, without_zeros
from tests.oracle.rater import final_lines, final_sums
from usance.kernel.derivation import Derivation, evaluate
from usance.scenario.runner import read_scenario, run

FEWER = settings(max_examples=max(settings().max_examples // 10, 5))
"""For what plays a deal more than once."""


def played(deal):
    result = run(read_scenario(deal))
    assert {problem["code"] for problem in result["problems"]} <= {"out_of_contract", "unread_event_type"}
    return result


def check(deal):
    """What was issued in the end is what the rater says, and what holds for every document holds."""
    result = played(deal)
    assert issued_lines(result, deal) == without_zeros(final_lines(deal))
    assert issued_sums(result, deal) == without_zeros(final_sums(deal))
    check_documents(result)
    check_revenue(result)


def check_documents(result):
    for invoice in result["invoices"]:
        assert sum(Decimal(line["amount"]) for line in invoice["lines"]) == Decimal(invoice["total"])
        assert Decimal(invoice["total"]) == Decimal(invoice["subtotal"]) + Decimal(invoice["tax"])
        for line in invoice["lines"]:
            assert evaluate(Derivation.from_json(line["derivation"])) == Decimal(line["amount"])


def check_revenue(result):
    issued, earned = defaultdict(Decimal), defaultdict(Decimal)
    for invoice in result["invoices"]:
        for line in invoice["lines"]:
            issued[line["item"]] += Decimal(line["amount"]) if line["kind"] != "tax" else 0
    for row in result["revenue"]:
        earned[row["item"]] += Decimal(row["recognised"])
    assert all(earned[item] == amount for item, amount in issued.items())
    for entry in result["journal"]:
        assert sum(Decimal(line.get("debit", 0)) - Decimal(line.get("credit", 0)) for line in entry["lines"]) == 0


@given(deals())
def test_what_was_issued_in_the_end_is_what_the_rater_says(deal):
    check(deal)


@FEWER
@given(deals())
def test_running_again_issues_nothing(deal):
    once = played(deal)
    again = {**deal, "facts": [*deal["facts"], {"at": deal["as_of"], "events": []}]}
    later = deal["as_of"].replace("T00:00:00Z", "T00:00:01Z")
    again["facts"].append({"at": later, "events": []})
    assert played({**again, "as_of": later})["invoices"] == once["invoices"]


@FEWER
@given(deals(), st.randoms(use_true_random=False))
def test_the_order_of_events_does_not_matter(deal, random):
    shuffled = {**deal, "events": random.sample(deal["events"], len(deal["events"]))}
    assert played(shuffled)["invoices"] == played(deal)["invoices"]


@FEWER
@given(deals(), st.sets(st.integers(1, 299), max_size=6))
def test_any_runs_by_hand_end_in_the_same_sums(deal, days):
    start = deal["as_of"]
    at = [_days_before(start, days_left) for days_left in sorted(days)]
    runs = [{"at": moment, "run": True} for moment in [*at, deal["as_of"]]]
    by_hand = played({**deal, "facts": [*deal["facts"], *runs]})
    assert issued_sums(by_hand, deal) == issued_sums(played(deal), deal)


def _days_before(moment, days):
    at = datetime.fromisoformat(moment) - timedelta(days=days)
    return at.isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize(
    ("quantity", "amount"),
    [("0", 0), ("500", 100_000), ("500.01", 100_002), ("1500", 250_000), ("2000", 325_000), ("2000.5", 325_050)],
)
def test_the_rater_itself_rates_a_table_worked_by_hand(quantity, amount):
    tiers = [
        {"up_to": "500", "unit_amount": "2.00"},
        {"up_to": "2000", "unit_amount": "1.50"},
        {"up_to": None, "unit_amount": "1.00"},
    ]
    item = {
        "id": "a",
        "product": {"name": "a", "kind": "period_of_time"},
        "quantity": quantity,
        "prices": [{"model": "tiered", "tiers": tiers}],
    }
    contract = {"starts_on": "2025-07-01", "ends_on": "2025-07-31", "currency": "USD", "items": [item]}
    deal = {"metrics": {}, "contract": contract, "events": [], "facts": [], "as_of": "2025-08-01T00:00:00Z"}
    assert final_sums(deal) == {("a", "2025-07-01"): (amount, 0)}
