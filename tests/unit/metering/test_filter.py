"""What passes a filter: each operator, missing fields, and values of different kinds."""

from __future__ import annotations

import pytest

from usance.catalog.metric import Metric
from usance.metering.filter import passes


def holds(written, **data):
    metric = Metric.model_validate({"event_type": "e", "aggregate": "count", "filter": written})
    return passes(data, metric.filter)


MISSING = object()


@pytest.mark.parametrize(
    ("operator", "wanted", "found", "expected"),
    [
        ("=", "eu", "eu", True),
        ("=", "eu", MISSING, False),
        ("!=", "eu", "us", True),
        ("!=", "eu", "eu", False),
        ("!=", "eu", MISSING, True),
        ("!=", "eu", None, True),
        ("!=", 5, "5.0", False),
        ("!=", True, 1, True),
        ("in", ["eu", "us"], "us", True),
        ("in", ["eu", "us"], "US", False),
        ("in", ["eu", "us"], MISSING, False),
        ("in", [1, "2.50"], "1.0", True),
        ("in", [1, "2.50"], "2.5", False),  # two texts are compared by character
        ("in", [1, "3.0"], 3, True),
        ("in", [1], True, False),
        ("in", [True], 1, False),
        ("in", [True, False], False, True),
        ("in", ["a"], ["a"], False),
        ("not_in", ["eu", "us"], "us", False),
        ("not_in", ["eu", "us"], "asia", True),
        ("not_in", ["eu", "us"], MISSING, True),
        ("<", 5, 4, True),
        ("<", 5, 5, False),
        ("<", "5", "4.999999999999", True),
        ("<", 5, "10", False),  # by size, not by character
        ("<=", 5, "5.0", True),
        (">", -1, 0, True),
        (">", 5, "5.000000000001", True),
        (">=", 5, 5, True),
        (">=", 5, "4", False),
        ("<", 5, MISSING, False),
        (">=", 5, MISSING, False),
        ("<", 5, "small", False),
        ("<", 5, True, False),
        ("<", 5, "2025-01-01", False),
        (">", "2025-07-01", "5", False),
        ("<", "2025-07-10", "2025-07-09", True),
        ("<", "2025-07-10", "2025-07-10", False),
        ("<", "2025-07-10", "2025-02-31", False),
        # the same instant in two zones
        (">=", "2025-07-01T00:00:00Z", "2025-07-01T02:00:00+02:00", True),
        (">", "2025-07-01T00:00:00Z", "2025-07-01T02:00:00+02:00", False),
        ("<", "2025-07-01T00:00:00Z", "2025-07-01T01:00:00+02:00", True),
        # a day and an instant: by the day in UTC
        ("<=", "2025-07-31", "2025-07-31T23:59:59Z", True),
        (">", "2025-07-31", "2025-08-01T01:00:00+02:00", False),
        (">", "2025-07-31", "2025-08-01T00:00:00Z", True),
        ("exists", True, "", True),
        ("exists", True, False, True),
        ("exists", True, 0, True),
        ("exists", True, MISSING, False),
        ("exists", True, None, False),
        ("exists", False, MISSING, True),
        ("exists", False, "x", False),
    ],
)
def test_each_operator(operator, wanted, found, expected):
    data = {} if found is MISSING else {"f": found}
    condition = {"field": "f", "operator": operator, "value": wanted}
    assert holds([condition], **data) is expected
    assert holds({"not": condition}, **data) is not expected


def test_exists_needs_no_value():
    assert holds({"field": "f", "operator": "exists"}, f=1)
    assert not holds({"field": "f", "operator": "exists"}, g=1)


def test_groups_within_groups():
    # in the EU and either large or marked, but not both free and a test
    written = [
        {"region": "eu"},
        {"any": [{"field": "size", "operator": ">=", "value": 100}, {"marked": True}]},
        {"not": [{"plan": "free"}, {"test": True}]},
    ]
    assert holds(written, region="eu", size="100")
    assert holds(written, region="eu", size=1, marked=True)
    assert not holds(written, region="eu", size=99)
    assert not holds(written, region="us", size=100)
    assert holds(written, region="eu", size=100, plan="free")
    assert not holds(written, region="eu", size=100, plan="free", test=True)


def test_without_conditions_everything_passes():
    assert holds([])
