"""What derivations say where a quantity has parts: by dimension, event and meter, before the model, over a window."""

from __future__ import annotations

from typing import Any

from tests.unit.pricing.rated import event, explained, leaf, priced, quantities, told
from usance.pricing.bounds import bounded
from usance.pricing.conversion import convert
from usance.pricing.reset import rate_window

TIERS = [
    {"up_to": 10, "unit_amount": 1, "flat_amount": 3},
    {"up_to": 20, "unit_amount": 2},
    {"up_to": None, "unit_amount": 5},
]


def test_matrix():
    rows = [
        {"match": {"region": "us"}, "unit_amount": 2},
        {
            "match": {"region": "eu"},
            "tiers": [{"up_to": 10, "unit_amount": 4, "flat_amount": 1}, {"up_to": None, "unit_amount": 3}],
        },
    ]
    parts = quantities(14, [({"region": "us"}, 5), ({"region": "eu"}, 9)])
    assert explained(parts, model="matrix", dimensions=["region"], rows=rows) == [
        "47 sum: all combinations",
        "  10 product: region=us {'row': 1, 'dimensions': {'region': 'us'}}",
        "    5 given: quantity",
        "    2 given: unit amount of row 1 {'row': 1}",
        "  36 product: region=eu {'row': 2, 'dimensions': {'region': 'eu'}}",
        "    9 given: quantity",
        "    4 given: unit amount of row 2, tier 1 (0 to 10) {'row': 2, 'tier': 1}",
        "  1 given: flat amount of tier 1 {'tier': 1}",
    ]
    parts = quantities(12, [({"region": "eu", "zone": ""}, 12)])
    assert explained(parts, model="matrix", dimensions=["region"], rows=rows) == [
        "36 sum: all combinations",
        "  36 product: region=eu, zone=none {'row': 2, 'dimensions': {'region': 'eu', 'zone': ''}}",
        "    12 given: quantity",
        "    3 given: unit amount of row 2, tier 2 (above 10) {'row': 2, 'tier': 2}",
    ]


def test_two_dimensional():
    price = {"model": "two_dimensional", "row_up_to": [10, None], "column": "level", "column_up_to": [1, None]}
    parts = quantities(13, [({"level": "1"}, 4), ({"level": "2"}, 9)])
    # 4 of the first row at 5; then 6 of the first row at 7 and 3 of the second at 8
    assert explained(parts, **price, unit_amounts=[[5, 7], [6, 8]]) == [
        "86 sum: all rows entered",
        "  20 product: row 1, column 1 {'row': 1, 'column': 1}",
        "    4 minimum: up to the row's end",
        "      4 given: quantity",
        "      10 given: row ends at",
        "    5 given: unit amount",
        "  42 product: row 1, column 2 {'row': 1, 'column': 2}",
        "    6 difference: units in the row",
        "      10 minimum: up to the row's end",
        "        13 sum: quantity up to here",
        "          4 given: units that filled rows before",
        "          9 given: quantity",
        "        10 given: row ends at",
        "      4 given: begins above",
        "    7 given: unit amount",
        "  24 product: row 2, column 2 {'row': 2, 'column': 2}",
        "    3 difference: units in the row",
        "      13 sum: quantity up to here",
        "        4 given: units that filled rows before",
        "        9 given: quantity",
        "      10 given: begins above",
        "    8 given: unit amount",
    ]


def test_dynamic():
    events = [event(1, fee="1.5"), event(2, fee=2)]
    assert explained(quantities(2, events=events), model="dynamic", amount_field="fee", multiplier=2) == [
        "7 product: amounts × multiplier",
        "  3.5 given: sum of fee of the events {'events': 2}",
        "  2 given: multiplier",
    ]


def test_capacity():
    price = {"meters": {"seats": [5, None], "disk": [100, None]}, "tiers": [{"amount": 10}, {"amount": 40}]}
    assert explained(quantities(0, seats=6, disk=500), model="capacity", **price) == [
        "40 given: amount of tier 2, needed by disk, seats {'tier': 2, 'meters': {'seats': '6', 'disk': '500'}}"
    ]
    assert explained(quantities(0, seats=5, disk=0), model="capacity", **price) == [
        "10 given: amount of tier 1 {'tier': 1, 'meters': {'seats': '5', 'disk': '0'}}"
    ]


class TestBeforeTheModel:
    def test_conversion(self):
        terms = {"divide_by": 1000, "round": "up", "places": 1}
        price = priced(model="per_unit", unit_amount=1, convert=terms)
        assert told(convert(price, leaf(1234))) == [
            "1.3 ceiling: rounded up",
            "  1.234 quotient: converted quantity",
            "    1234 given: quantity",
            "    1000 given: divided by",
            "  1 given: decimals kept",
        ]
        price = priced(model="per_unit", unit_amount=1, convert={"divide_by": 1000, "round": "down"})
        assert told(convert(price, leaf(1234)))[0] == "1 floor: rounded down"
        assert len(told(convert(price, leaf(1234)))) == 4
        price = priced(model="per_unit", unit_amount=1, convert={"multiply_by": 3})
        assert told(convert(price, leaf(2))) == [
            "6 product: converted quantity",
            "  2 given: quantity",
            "  3 given: multiplied by",
        ]

    def test_bounds(self):
        price = priced(model="per_unit", unit_amount=1, minimum_quantity=10, maximum_quantity=20)
        assert told(bounded(price, leaf(5))) == [
            "10 maximum: at least the minimum quantity",
            "  5 given: quantity",
            "  10 given: minimum quantity",
        ]
        assert told(bounded(price, leaf(10))) == ["10 given: quantity"]
        assert told(bounded(price, leaf(20))) == ["20 given: quantity"]
        assert told(bounded(price, leaf(25))) == [
            "20 minimum: at most the maximum quantity",
            "  25 given: quantity",
            "  20 given: maximum quantity",
        ]


class TestLongWindows:
    def told(self, *parts: int, **price: Any) -> list[list[str]]:
        charges = rate_window(priced(reset="P1Y", **price), [quantities(part) for part in parts])
        return [told(made.derivation) for made in charges]

    def test_tiered(self):
        tiers = [{"up_to": None, "unit_amount": 2}]
        assert self.told(3, 4, model="tiered", tiers=tiers)[0] == [
            "6 sum: all tiers entered",
            "  6 product: tier 1 (above 0) {'tier': 1}",
            "    3 given: quantity",
            "    2 given: unit amount",
        ]
        assert self.told(3, 4, 5, model="tiered", tiers=tiers)[2] == [
            "10 difference: the window so far, less before",
            "  24 sum: all tiers entered",
            "    24 product: tier 1 (above 0) {'tier': 1}",
            "      12 sum: quantity of the window so far",
            "        7 given: quantity of the window before",
            "        5 given: quantity",
            "      2 given: unit amount",
            "  14 sum: all tiers entered",
            "    14 product: tier 1 (above 0) {'tier': 1}",
            "      7 sum: quantity of the window so far",
            "        3 given: quantity of the window before",
            "        4 given: quantity",
            "      2 given: unit amount",
        ]

    def test_volume(self):
        assert self.told(4, 5, model="volume", tiers=TIERS) == [
            [
                "7 sum: tier 1 (0 to 10) is reached by the window {'window': '9'}",
                "  4 product: quantity × unit amount {'tier': 1}",
                "    4 given: quantity",
                "    1 given: unit amount of tier 1",
                "  3 given: flat amount of tier 1 {'tier': 1}",
            ],
            [
                "5 sum: tier 1 (0 to 10) is reached by the window {'window': '9'}",
                "  5 product: quantity × unit amount {'tier': 1}",
                "    5 given: quantity",
                "    1 given: unit amount of tier 1",
            ],
        ]

    def test_step(self):
        assert self.told(4, 5, model="step", tiers=[{"up_to": None, "flat_amount": 30}]) == [
            ["30 given: flat amount of tier 1 (above 0) {'tier': 1, 'quantity': '9'}"],
            ["0 given: the window's amount is charged in its first period"],
        ]
