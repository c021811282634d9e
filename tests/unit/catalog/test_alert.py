"""Alerts: which are refused, and which thresholds a value has reached."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usance.catalog.alert import Alert, reached
from usance.catalog.faults import read_document
from usance.kernel.errors import InvalidInput

USAGE = {"on": "usage", "metric": "cpu", "customer": "acme", "thresholds": [100, 50]}
SPEND = {"on": "spend", "contract": "c", "thresholds": [100, 50]}
WALLET = {"on": "balance", "customer": "acme", "currency": "USD", "thresholds": [0, 20]}


def codes(document: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(InvalidInput) as refused:
        read_document(Alert, document)
    return {fault.pointer: fault.code for fault in refused.value.faults}


@pytest.mark.parametrize(
    "document",
    [
        USAGE,
        SPEND,
        WALLET,
        {**USAGE, "customer": None, "contract": "c", "window": "P1W", "recurring": "0.5"},
        {"on": "balance", "customer": "acme", "entitlement": "api", "thresholds": ["0"]},
    ],
)
def test_good_alerts_read_as_they_were_written(document: dict[str, Any]) -> None:
    one = read_document(Alert, document)
    assert Alert.model_validate(one.to_json()) == one


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({**USAGE, "metric": None}, {"/metric": "missing"}),
        ({**USAGE, "customer": None}, {"/contract": "missing"}),
        ({**USAGE, "contract": "c"}, {"/contract": "not_allowed"}),
        ({**SPEND, "contract": None}, {"/contract": "missing"}),
        ({**WALLET, "customer": None, "currency": None}, {"/customer": "missing", "/entitlement": "missing"}),
        ({**WALLET, "entitlement": "api"}, {"/entitlement": "not_allowed"}),
        (
            {**SPEND, "metric": "cpu", "window": "P1M", "customer": "acme", "currency": "USD"},
            dict.fromkeys(("/metric", "/window", "/customer", "/currency"), "not_allowed"),
        ),
        (
            {**WALLET, "recurring": 5, "thresholds": [7, 5, "7.0"]},
            {"/recurring": "not_allowed", "/thresholds/2": "duplicate"},
        ),
        ({**USAGE, "thresholds": [0, "0.00"]}, {"/thresholds/0": "out_of_range", "/thresholds/1": "duplicate"}),
        ({**USAGE, "thresholds": []}, {"/thresholds": "wrong_length"}),
        (
            {**USAGE, "thresholds": [-1], "recurring": 0},
            {"/thresholds/0": "invalid_value", "/recurring": "invalid_value"},
        ),
        ({**USAGE, "on": "weather"}, {"/on": "not_allowed"}),
    ],
)
def test_what_does_not_fit_together_is_refused_with_every_fault(
    document: dict[str, Any], expected: dict[str, str]
) -> None:
    assert codes(document) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0", []),
        ("49.999999999999", []),
        ("50", ["50"]),
        ("99", ["50"]),
        ("100", ["50", "100"]),
        # 100, then every 30: 130, 160, 190 …
        ("129.9", ["50", "100"]),
        ("130", ["50", "100", "130"]),
        ("165", ["50", "100", "160"]),
        ("-5", []),
    ],
)
def test_usage_reaches_a_threshold_at_its_value(value: str, expected: list[str]) -> None:
    alert = read_document(Alert, {**USAGE, "recurring": 30})
    assert reached(alert, Decimal(value)) == [Decimal(text) for text in expected]


@pytest.mark.parametrize(("value", "expected"), [("20.01", []), ("20", ["20"]), ("0.01", ["20"]), ("-3", ["0", "20"])])
def test_a_balance_falls_to_a_threshold(value: str, expected: list[str]) -> None:
    assert reached(read_document(Alert, WALLET), Decimal(value)) == [Decimal(text) for text in expected]


@given(st.integers(0, 10**12), st.integers(1, 10**6), st.integers(1, 10**6))
def test_the_last_recurring_threshold_is_the_highest_multiple_that_is_not_above(
    value: int, threshold: int, step: int
) -> None:
    alert = read_document(Alert, {**USAGE, "thresholds": [threshold], "recurring": step})
    found = [int(one) for one in reached(alert, Decimal(value))]
    # Slowly: count up by whole numbers.
    steps = max(0, value - threshold) // step
    expected = [] if value < threshold else [threshold] + ([threshold + steps * step] if steps else [])
    assert found == expected
