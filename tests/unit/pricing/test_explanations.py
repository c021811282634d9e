"""What the derivation of a charge says, step by step: the words that people read, and what each step refers to."""

from __future__ import annotations

import pytest

from tests.unit.pricing.rated import event, explained, leaf, priced, quantities, told
from usance.pricing.rate import rate

TIERS = [
    {"up_to": 10, "unit_amount": 1, "flat_amount": 3},
    {"up_to": 20, "unit_amount": 2},
    {"up_to": None, "unit_amount": 5},
]


def test_flat():
    assert explained(5, model="flat", amount=9) == ["9 given: flat amount"]
    assert explained(0, model="flat", amount=9, charge_at_zero=False) == [
        "0 given: nothing is charged at quantity zero"
    ]


def test_per_unit():
    assert explained(5, model="per_unit", unit_amount=2) == [
        "10 product: quantity × unit amount",
        "  5 given: quantity",
        "  2 given: unit amount",
    ]
    assert explained(5, model="per_unit", unit_amount=2, per=10) == [
        "1 share: quantity × unit amount ÷ units it is for",
        "  5 given: quantity",
        "  2 given: unit amount",
        "  10 given: units",
    ]


def test_package():
    assert explained(250, model="package", package_size=100, unit_amount=7, round="down") == [
        "14 product: packages × unit amount",
        "  2 floor: whole packages, rounded down",
        "    2.5 quotient: quantity ÷ units in a package",
        "      250 given: quantity",
        "      100 given: units in a package",
        "  7 given: unit amount",
    ]
    assert explained(-1, model="package", package_size=100, unit_amount=7) == [
        "0 given: a negative quantity has no tier"
    ]


def test_percent_of_the_total():
    assert explained(150, model="percent", percentage=2, free_amount=100) == [
        "1 share: quantity × percentage ÷ 100",
        "  50 maximum: never below zero",
        "    50 difference: less the free amount",
        "      150 given: quantity",
        "      100 given: free amount",
        "    0 given: zero",
        "  2 given: percentage",
        "  100 given: per hundred",
    ]
    assert explained(-150, model="percent", percentage=2, free_amount=100) == [
        "-1 share: quantity × percentage ÷ 100",
        "  -50 negative: as a correction",
        "    50 maximum: never below zero",
        "      50 difference: less the free amount",
        "        150 negative: size of the quantity",
        "          -150 given: quantity",
        "        100 given: free amount",
        "      0 given: zero",
        "  2 given: percentage",
        "  100 given: per hundred",
    ]


def test_percent_of_all_of_it():
    assert explained(0, model="percent", percentage=2) == [
        "0 share: quantity × percentage ÷ 100",
        "  0 given: quantity",
        "  2 given: percentage",
        "  100 given: per hundred",
    ]
    # nothing is no correction
    assert explained(0, model="percent", percentage=2, free_amount=100)[1:4] == [
        "  0 maximum: never below zero",
        "    -100 difference: less the free amount",
        "      0 given: quantity",
    ]


def test_percent_says_nothing_of_bounds_that_held_no_event():
    # 2% of 25 is the minimum of 0.50, 2% of 500 the maximum of 10: neither is held
    events = [event(1, 25), event(2, 500)]
    terms = {"per_event_minimum": "0.5", "per_event_maximum": 10}
    assert explained(quantities(525, events=events), model="percent", percentage=2, **terms) == [
        "10.5 sum: event by event {'events': 2, 'free_events': 0}",
        "  10.5 share: events by percentage",
        "    525 given: money of these events {'events': 2}",
        "    2 given: percentage",
        "    100 given: per hundred",
    ]


def test_percent_event_by_event():
    # the first is free; 2% of 50 is 1 and 0.30; 2% of 5 and 0.30 is below 0.50; 2% of 1000 and 0.30 is above 10
    events = [event(number, value) for number, value in enumerate([7, 50, 5, 1000, -50])]
    terms = {"fixed_amount": "0.3", "free_events": 1, "per_event_minimum": "0.5", "per_event_maximum": 10}
    assert explained(quantities(1012, events=events), model="percent", percentage=2, **terms) == [
        "10.5 sum: event by event {'events': 5, 'free_events': 1}",
        "  0 share: events by percentage",
        "    0 given: money of these events {'events': 2}",
        "    2 given: percentage",
        "    100 given: per hundred",
        "  0 product: fixed amount of each event",
        "    0 given: events, less corrections {'events': 2}",
        "    0.3 given: amount",
        "  0.5 product: events at the minimum for each",
        "    1 given: events, less corrections {'events': 1}",
        "    0.5 given: amount",
        "  10 product: events at the maximum for each",
        "    1 given: events, less corrections {'events': 1}",
        "    10 given: amount",
    ]


def test_tiered():
    assert explained(12, model="tiered", tiers=TIERS) == [
        "17 sum: all tiers entered",
        "  10 product: tier 1 (0 to 10) {'tier': 1}",
        "    10 minimum: quantity up to the tier's end",
        "      12 given: quantity",
        "      10 given: tier ends at",
        "    1 given: unit amount",
        "  3 given: flat amount of tier 1 {'tier': 1}",
        "  4 product: tier 2 (10 to 20) {'tier': 2}",
        "    2 difference: units in the tier",
        "      12 minimum: quantity up to the tier's end",
        "        12 given: quantity",
        "        20 given: tier ends at",
        "      10 given: tier begins above",
        "    2 given: unit amount",
    ]


def test_tiered_percent():
    assert explained(300, model="tiered_percent", tiers=[{"up_to": None, "percentage": 2}]) == [
        "6 sum: all tiers entered",
        "  6 share: tier 1 (above 0) {'tier': 1}",
        "    300 given: quantity",
        "    2 given: percentage",
        "    100 given: per hundred",
    ]


def test_volume():
    assert explained(5, model="volume", tiers=TIERS) == [
        "8 sum: tier 1 (0 to 10) is reached",
        "  5 product: quantity × unit amount {'tier': 1}",
        "    5 given: quantity",
        "    1 given: unit amount of tier 1",
        "  3 given: flat amount of tier 1 {'tier': 1}",
    ]
    assert explained(25, model="volume", tiers=TIERS) == [
        "125 sum: tier 3 (above 20) is reached",
        "  125 product: quantity × unit amount {'tier': 3}",
        "    25 given: quantity",
        "    5 given: unit amount of tier 3",
    ]


def test_step():
    steps = [{"up_to": 10, "flat_amount": 30}, {"up_to": None, "flat_amount": 80}]
    assert explained(11, model="step", tiers=steps) == [
        "80 given: flat amount of tier 2 (above 10) {'tier': 2, 'quantity': '11'}"
    ]


def test_formula():
    assert explained(10, model="formula", expression="quantity * 2 + 5") == [
        "25 sum: quantity * 2 + 5",
        "  20 product: quantity * 2",
        "    10 given: quantity",
        "    2 given: number",
        "  5 given: number",
    ]


def test_pricing_units():
    made = rate(priced(model="flat", amount=9), quantities(1), leaf("0.5").value)
    assert told(made.derivation) == [
        "4.5 product: pricing units × what one is worth",
        "  9 given: flat amount",
        "  0.5 given: worth of one pricing unit",
    ]


@pytest.mark.parametrize("model", ["tiered", "volume"])
def test_nothing_at_zero_and_no_tier_below_zero(model):
    assert explained(0, model=model, tiers=TIERS, charge_at_zero=False) == [
        "0 given: nothing is charged at quantity zero"
    ]
    assert explained(-1, model=model, tiers=TIERS) == ["0 given: a negative quantity has no tier"]
