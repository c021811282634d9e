"""The rater itself on figures worked by hand: each model, metric, modifier and tax once, with the working beside it."""

from datetime import date, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from tests.oracle.deals_prices import METRICS
from tests.oracle.metrics import arrived, read
from tests.oracle.prices import price_of
from tests.oracle.rater import final_lines, final_sums

MONTH = {"starts_on": "2025-07-01", "ends_on": "2025-07-31", "currency": "USD"}
TIERS = [
    {"up_to": "10", "unit_amount": "3", "flat_amount": "5"},
    {"up_to": None, "unit_amount": "2", "flat_amount": "1"},
]


def deal(*items, events=(), **terms):
    contract = {
        **MONTH,
        **terms,
        "items": [{"product": {"name": "a"}, "id": f"i{n}", **one} for n, one in enumerate(items)],
    }
    return {
        "metrics": METRICS,
        "contract": contract,
        "events": [
            {"id": f"e{n}", "timestamp": at, "event_type": "usage", "data": data} for n, (at, data) in enumerate(events)
        ],
        "facts": [],
        "as_of": "2026-01-01T00:00:00Z",
    }


def flat(amount, **terms):
    return {"prices": [{"model": "flat", "amount": amount}], **terms}


@pytest.mark.parametrize(
    ("price", "quantity", "amount"),
    [
        ({"model": "flat", "amount": "500"}, "1500", "500"),
        ({"model": "flat", "amount": "500", "charge_at_zero": False}, "0", "0"),
        ({"model": "per_unit", "unit_amount": "2", "per": "4"}, "6", "3"),
        ({"model": "percent", "percentage": "10"}, "5000", "500"),
        ({"model": "percent", "percentage": "10", "free_amount": "100"}, "350", "25"),
        ({"model": "package", "package_size": "100", "unit_amount": "8"}, "250", "24"),
        ({"model": "package", "package_size": "100", "unit_amount": "8", "round": "down"}, "250", "16"),
        ({"model": "package", "package_size": "100", "unit_amount": "8", "round": "nearest"}, "249", "16"),
        # 10 x 3 + 4 x 2, and both flat amounts: 30 + 8 + 6
        ({"model": "tiered", "tiers": TIERS}, "14", "44"),
        ({"model": "tiered", "tiers": TIERS}, "10", "35"),
        ({"model": "tiered", "tiers": TIERS}, "0", "5"),
        ({"model": "volume", "tiers": TIERS}, "14", "29"),
        ({"model": "volume", "tiers": TIERS}, "10", "35"),
        (
            {"model": "step", "tiers": [{"up_to": "50", "flat_amount": "40"}, {"up_to": None, "flat_amount": "80"}]},
            "50",
            "40",
        ),
        # 100 at 10 % and 50 at 4 %: 10 + 2
        (
            {
                "model": "tiered_percent",
                "tiers": [{"up_to": "100", "percentage": "10"}, {"up_to": None, "percentage": "4"}],
            },
            "150",
            "12",
        ),
        ({"model": "formula", "expression": "max(quantity - 10, 0) * 0.5 + ceil(quantity / 8)"}, "20", "8"),
    ],
)
def test_prices_of_one_quantity(price, quantity, amount):
    assert price_of(price, Fraction(quantity)) == Fraction(amount)


EVENTS = [
    ("2025-07-01T00:00:00Z", {"n": "10", "region": "eu", "zone": "1", "cost": "1.5"}),
    ("2025-07-11T00:00:00Z", {"n": "20", "region": "us", "zone": "2", "cost": "2"}),
    ("2025-07-21T00:00:00Z", {"n": "-6", "region": "eu", "zone": "1", "cost": "0.25", "operation": "remove"}),
]


@pytest.mark.parametrize(
    ("metric", "quantity"),
    [
        ("used", "24"),
        ("used_eu", "4"),
        ("calls", "3"),
        ("peak", "20"),
        ("least", "-6"),
        ("mean", "8"),
        ("regions", "2"),
        ("regions_live", "2"),
        ("last", "-6"),
        ("median", "10"),
        ("p95", "20"),
        # 10 for 10 days, 30 for 10 and 24 for 11, of 31: 664 / 31
        ("level", "21.419354838710"),
        # the same in hours: 664 x 24
        ("level_held", "15936"),
    ],
)
def test_metrics(metric, quantity):
    month = [date(2025, 7, 1) + timedelta(days=n) for n in range(31)]
    assert read(METRICS[metric], arrived(deal(events=EVENTS)), month, ZoneInfo("UTC")).total == Fraction(quantity)


@pytest.mark.parametrize(
    ("metric", "price", "cents"),
    [
        # events of 10, 20: the first is free of 12.5 wholly; 20 has 2.5 free: 10 % of 17.5 and 0.30
        ("used", {"model": "percent", "percentage": "10", "fixed_amount": "0.3", "free_amount": "12.5"}, 205),
        ("used", {"model": "percent", "percentage": "10", "per_event_maximum": "1.2"}, 220),
        (
            "by_region",
            {
                "model": "matrix",
                "dimensions": ["region"],
                "rows": [{"match": {"region": "eu"}, "unit_amount": "2"}, {"default": True, "unit_amount": "0.5"}],
            },
            3000,
        ),
        # zone 1 first: 10 at 1; then zone 2: 5 at 4 up to 15, and 15 at 3
        (
            "by_zone",
            {
                "model": "two_dimensional",
                "row_up_to": ["15", None],
                "column": "zone",
                "column_up_to": ["1", None],
                "unit_amounts": [["1", "4"], ["2", "3"]],
            },
            7500,
        ),
        ("used", {"model": "dynamic", "amount_field": "cost", "multiplier": "2"}, 700),
        ("used", {"model": "capacity", "meters": {"used": ["30"]}, "tiers": [{"amount": "9"}, {"amount": "99"}]}, 900),
        ("used", {"model": "capacity", "meters": {"used": ["29"]}, "tiers": [{"amount": "9"}, {"amount": "99"}]}, 9900),
    ],
)
def test_prices_of_parts(metric, price, cents):
    found = final_lines(deal({"quantity": {"metric": metric}, "prices": [price]}, events=EVENTS[:2]))
    assert found == {("i0", "", "2025-07-01"): cents}


@pytest.mark.parametrize(
    ("terms", "lines"),
    [
        # 10 % of 100, then 15 off; the one with the lower order goes first: 15 off, and 10 % of 85
        ({"discounts": [{"type": "percent", "value": "10"}, {"type": "fixed", "value": "15"}]}, (-1000, -1500)),
        (
            {"discounts": [{"type": "percent", "value": "10", "order": 1}, {"type": "fixed", "value": "15"}]},
            (-1500, -850),
        ),
        ({"discounts": [{"type": "percent", "value": "50", "max_per_period": "7"}]}, (-700,)),
        ({"discounts": [{"type": "fixed", "value": "150"}]}, (-10000,)),
        ({"discounts": [{"type": "fixed", "value": "5", "until": "2025-06-30"}]}, ()),
        ({"commitment": {"minimum_amount": "120"}}, (2000,)),
        ({"commitment": {"maximum_amount": "80"}}, (-2000, 0)),
        (
            {
                "discounts": [{"type": "percent", "value": "50"}],
                "commitment": {"minimum_amount": "80", "basis": "gross"},
            },
            (-5000, 0),
        ),
        ({"discounts": [{"type": "percent", "value": "50"}], "commitment": {"minimum_amount": "80"}}, (-5000, 3000)),
    ],
)
def test_modifiers_of_an_item(terms, lines):
    found = final_lines(deal(flat("100", **terms)))
    assert tuple(found.values()) == (10000, *lines)


def test_free_units_of_a_quarter_are_used_up_in_order():
    # 500 in a quarter: 200, 250 and 100 used leave 0, 0 and 50 to charge
    events = [(f"2025-0{month}-03T00:00:00Z", {"n": n}) for month, n in ((7, "200"), (8, "250"), (9, "100"))]
    item = {
        "quantity": {"metric": "used"},
        "prices": [{"model": "per_unit", "unit_amount": "1"}],
        "free_units": {"value": "500", "cadence": "P3M"},
    }
    assert [*final_lines(deal(item, events=events, ends_on="2025-09-30")).values()] == [0, 0, 5000]


@pytest.mark.parametrize(
    ("model", "months"),
    [
        # 8 and 8 of a table that goes on over both: 24 + 5; then 2 x 3 + 6 x 2 + 1
        ("tiered", [2900, 1900]),
        # 16 reach the second rate: 8 x 2 and its flat amount once, 8 x 2
        ("volume", [1700, 1600]),
    ],
)
def test_a_table_with_a_longer_window(model, months):
    events = [(f"2025-0{month}-03T00:00:00Z", {"n": "8"}) for month in (7, 8)]
    item = {"quantity": {"metric": "used"}, "prices": [{"model": model, "tiers": TIERS, "reset": "P1Y"}]}
    assert [*final_lines(deal(item, events=events, ends_on="2025-08-31")).values()] == months


def test_what_modifies_all_items():
    """10 % of 100.01 is 10.00, over 60.01 and 40.00 as 6.00 and 4.00; 99.99 of 110; and 5 % of 110.00."""
    terms = {
        "discounts": [{"type": "percent", "value": "10"}],
        "commitment": {"minimum_amount": "110"},
        "service_fees": [{"type": "percent", "value": "5"}],
    }
    assert final_lines(deal(flat("60.01"), flat("40"), **terms)) == {
        ("i0", "", "2025-07-01"): 6001,
        ("i0", "contract.discount:0", "2025-07-01"): -600,
        ("i1", "", "2025-07-01"): 4000,
        ("i1", "contract.discount:0", "2025-07-01"): -400,
        ("", "contract.commitment", "2025-07-01"): 1999,
        ("", "contract.service_fee:0", "2025-07-01"): 550,
    }


@pytest.mark.parametrize(
    ("tax", "net", "taxed"),
    [
        ("20", 10000, 2000),
        # 5 % of 100.00; 9.975 % of 105.00 is 10.47375
        ({"components": [{"percentage": "5"}, {"percentage": "9.975", "compound": True}]}, 10000, 1547),
        ({"percentage": "20", "inclusive": True}, 8333, 1667),
    ],
)
def test_taxes(tax, net, taxed):
    assert final_sums(deal(flat("100", tax=tax))) == {("i0", "2025-07-01"): (net, taxed)}
