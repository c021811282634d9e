"""Alerts as people write them: which are refused, and with which faults."""

from __future__ import annotations

from typing import Any

import pytest

from usance.catalog.alert import Alert
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
        {"on": "balance", "contract": "c", "entitlement": "api", "thresholds": ["0"], "recurring": 5},
    ],
)
def test_good_alerts_read_as_they_were_written(document: dict[str, Any]) -> None:
    one = read_document(Alert, document)
    assert Alert.model_validate(one.to_json()) == one


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({**USAGE, "metric": None}, {"/metric": "missing"}),
        ({**USAGE, "customer": None}, {"/customer": "missing"}),
        ({**USAGE, "contract": "c"}, {"/contract": "not_allowed"}),
        ({**SPEND, "contract": None}, {"/contract": "missing"}),
        ({**WALLET, "customer": None, "currency": None}, {"/customer": "missing", "/currency": "missing"}),
        ({**WALLET, "entitlement": "api"}, {"/entitlement": "not_allowed"}),
        (
            {**WALLET, "currency": None, "entitlement": "api", "contract": "c"},
            {"/customer": "not_allowed"},
        ),
        (
            {**SPEND, "metric": "cpu", "window": "P1M", "customer": "acme", "currency": "USD"},
            dict.fromkeys(("/metric", "/window", "/customer", "/currency"), "not_allowed"),
        ),
        (
            {**WALLET, "window": "P1M", "thresholds": [7, 5, "7.0"]},
            {"/window": "not_allowed", "/thresholds/2": "duplicate"},
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
