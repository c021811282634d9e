"""Phases and the contract in the rater on figures worked by hand: top-ups, fees, and discounts of longer windows."""

import pytest

from tests.oracle.modifiers import by_share
from tests.oracle.rater import final_lines
from tests.oracle.test_by_hand import deal, flat

ARREARS = {"billing": {"timing": "arrears"}}


def without_items(found):
    return {(modifier, day): amount for (item, modifier, day), amount in found.items() if not item}


def test_what_tops_up_a_phase_counts_for_the_contract_and_bears_its_fee_once():
    """30 of a phase that owes 50, and 40: 90 of 100. The phase's fee is 10 % of 50, the contract's 10 % of 100."""
    terms = {"service_fees": [{"type": "percent", "value": "10"}]}
    phase = {"id": "p", "commitment": {"minimum_amount": "50"}, **terms}
    phase["items"] = [{"id": "a", "product": {"name": "a"}, **flat("30")}]
    found = final_lines(deal(flat("40"), phases=[phase], commitment={"minimum_amount": "100"}, **terms))
    assert without_items(found) == {
        ("phase.p.commitment", "2025-07-01"): 2000,
        ("phase.p.service_fee:0", "2025-07-01"): 500,
        ("contract.commitment", "2025-07-01"): 1000,
        ("contract.service_fee:0", "2025-07-01"): 1000,
    }


@pytest.mark.parametrize(
    ("items", "days"),
    [
        # billed once in the quarter, on its first day; three times, so at its end
        ([flat("40", billing={"every": "P3M"})], {"2025-07-01": 1000}),
        ([flat("20")], {"2025-07-01": 200, "2025-08-01": 200, "2025-09-01": 200, "2025-10-01": 400}),
    ],
)
def test_a_top_up_is_due_with_the_last_of_its_window(items, days):
    """100 a quarter; a fee of 10 % on the day on which what is missing is due: of 40 + 60, and of 60 - 20."""
    terms = {"commitment": {"minimum_amount": "100", "cadence": "P3M"}}
    fees = [{"type": "percent", "value": "10"}]
    found = without_items(final_lines(deal(*items, ends_on="2025-09-30", service_fees=fees, **terms)))
    assert {day: amount for (name, day), amount in found.items() if "fee" in name} == days


def test_windows_are_anchored_as_items_are():
    # 11 to 31 July is 21 of 31 days: 67.74 of 100, of which 25 are there
    terms = {"starts_on": "2025-07-11", "anchor": 1}
    commitment = {"minimum_amount": "100", "charge_full_amount": False}
    once = {"product": {"name": "a", "kind": "point_in_time"}}
    found = final_lines(deal(flat("25", **once, **ARREARS), commitment=commitment, **terms))
    assert found["", "contract.commitment", "2025-07-11"] == 4274


def test_a_fixed_fee_is_due_on_each_day_on_which_anything_is_billed():
    found = final_lines(deal(flat("0"), flat("5", **ARREARS), service_fees=[{"type": "fixed", "value": "2"}]))
    assert without_items(found) == {
        ("contract.service_fee:0", "2025-07-01"): 200,
        ("contract.service_fee:0", "2025-08-01"): 200,
    }


def test_a_longer_window_of_a_contract_takes_each_charge_where_its_period_begins():
    """Half of at most 15 a quarter: July to September 20 a month in arrears are 5 off each; October begins again."""
    discounts = [{"type": "percent", "value": "50", "max_per_period": "15", "cadence": "P3M"}]
    found = final_lines(deal(flat("20", **ARREARS), ends_on="2025-10-31", discounts=discounts))
    off = [amount for (_, modifier, _), amount in found.items() if modifier == "contract.discount:0"]
    assert off == [-500, -500, -500, -1000]


@pytest.mark.parametrize(
    ("amount", "bases", "parts"),
    [
        (100, [1000, 1000, 1000], [33, 33, 34]),
        # a last one without an amount gives the rest to the one before it
        (5, [3, 3, 3, 0], [2, 2, 1, 0]),
        (1, [1, 1, 1, 0], [0, 0, 1, 0]),
    ],
)
def test_shares_of_a_window(amount, bases, parts):
    assert by_share(amount, bases) == parts


def test_each_value_of_a_default_row_has_the_tiers_by_itself():
    # eu 5 x 1 + 8, ap 7 x 1 + 8
    row = {"default": True, "tiers": [{"up_to": None, "unit_amount": "1", "flat_amount": "8"}]}
    price = {"model": "matrix", "dimensions": ["region"], "rows": [row]}
    events = [(f"2025-07-0{n}T00:00:00Z", {"n": n, "region": region}) for n, region in (("5", "eu"), ("7", "ap"))]
    found = final_lines(deal({"quantity": {"metric": "by_region"}, "prices": [price]}, events=events))
    assert found == {("i0", "", "2025-07-01"): 2800}
