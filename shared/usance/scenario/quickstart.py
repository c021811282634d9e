"""The quick start: one contract and three months of usage, made by arithmetic so that everybody gets the same.

The demo plays it through HTTP; `examples/quickstart.yaml` and its events file are written from it
(`python -m usance.scenario.quickstart examples`), so that simulating the file and running the demo can be compared.
"""

from __future__ import annotations

import gzip
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
import yaml

STARTS: Final = "2025-07-01T00:00:00Z"
ENDS: Final = "2025-10-01T00:00:00Z"
"""When the demo's clock stands still: July to September are billed, and October's fee in advance."""

EVENTS: Final = 20_000
EVENTS_FILE: Final = "quickstart_events.ndjson.gz"

_START: Final = datetime(2025, 7, 1, tzinfo=UTC)
_STEP: Final = timedelta(seconds=397)
"""20,000 steps are 91.9 of the quarter's 92 days."""
_REGIONS: Final = ("us-east", "us-west", "eu-central", "ap-south")
_TIERS: Final = ("hot", "cold")

EVENT_TYPES: Final[dict[str, dict[str, str]]] = {
    "compute_events": {"cpu_hours_consumed": "Decimal", "region": "String"},
    "storage_events": {"storage_gb_month": "Decimal", "storage_tier": "String"},
}

METRICS: Final[dict[str, dict[str, str]]] = {
    "cpu_hours": {
        "name": "Total CPU hours",
        "event_type": "compute_events",
        "aggregate": "sum",
        "field": "cpu_hours_consumed",
    },
    "storage_gb_month": {
        "name": "Total storage GB-months",
        "event_type": "storage_events",
        "aggregate": "sum",
        "field": "storage_gb_month",
    },
}


def _expected(
    number: str, issued_on: str, compute: tuple[str, str], storage: tuple[str, str], total: str
) -> dict[str, Any]:
    lines = [
        {"item": "compute", "quantity": compute[0], "amount": compute[1]},
        {"item": "storage", "quantity": storage[0], "amount": storage[1]},
        {"item": "platform", "amount": "500.00"},
    ]
    return {"number": number, "issued_on": issued_on, "lines": lines, "total": total}


CUSTOMER: Final[dict[str, Any]] = {
    "name": "ACME Inc.",
    "address": {"country": "US", "state": "CA", "zip": "94105"},
}

CONTRACT: Final[dict[str, Any]] = {
    "id": "acme-direct",
    "starts_on": "2025-07-01",
    "ends_on": "2026-06-30",
    "payment_terms": {"net_days": 30},
    "items": [
        {
            "id": "compute",
            "product": {"name": "Compute usage", "kind": "point_in_time"},
            "quantity": {"metric": "cpu_hours", "unit": "CPU-hour"},
            "billing": {"every": "P1M", "timing": "arrears"},
            "prices": [{"model": "per_unit", "unit_amount": "0.05"}],
        },
        {
            "id": "storage",
            "product": {"name": "Storage", "kind": "point_in_time"},
            "quantity": {"metric": "storage_gb_month", "unit": "GB-month"},
            "billing": {"every": "P1M", "timing": "arrears"},
            "prices": [
                {
                    "model": "tiered",
                    "tiers": [
                        {"up_to": "500", "unit_amount": "0.10"},
                        {"up_to": "800", "unit_amount": "0.08"},
                        {"up_to": None, "unit_amount": "0.05"},
                    ],
                }
            ],
        },
        {
            "id": "platform",
            "product": {"name": "Platform fee", "kind": "period_of_time"},
            "billing": {"every": "P1M", "timing": "advance"},
            "prices": [{"model": "flat", "amount": "500.00"}],
        },
    ],
}


EXPECTED: Final[dict[str, Any]] = {
    # Quantities are the sums of the events' decimals; amounts are worked out from them by hand:
    #   July       12,139.62 x 0.05 = 606.9810    500 x 0.10 + 300 x 0.08 + 127.234 x 0.05 = 80.36170
    #   August     12,140.39 x 0.05 = 607.0195    500 x 0.10 + 300 x 0.08 + 130.709 x 0.05 = 80.53545
    #   September  11,700.79 x 0.05 = 585.0395    500 x 0.10 + 300 x 0.08 +  95.557 x 0.05 = 78.77785
    "invoices": [
        {"number": "INV-000001", "issued_on": "2025-07-01", "due_on": "2025-07-31", "total": "500.00"},
        _expected("INV-000002", "2025-08-01", ("12139.62", "606.98"), ("927.234", "80.36"), "1187.34"),
        _expected("INV-000003", "2025-09-01", ("12140.39", "607.02"), ("930.709", "80.54"), "1187.56"),
        _expected("INV-000004", "2025-10-01", ("11700.79", "585.04"), ("895.557", "78.78"), "1163.82"),
    ],
    "problems": [],
}
"""What simulating the quick start must come to, and what the demo issues."""


def usage() -> Iterator[dict[str, Any]]:
    """The events, oldest first, three of compute for each one of storage. Quantities are decimal text."""
    for number in range(EVENTS):
        at = f"{_START + number * _STEP:%Y-%m-%dT%H:%M:%SZ}"
        event: dict[str, Any] = {"id": f"qs-{number:05}", "customer": "acme", "timestamp": at}
        if number % 4 == 3:
            quantity = number * 53 % 900 + 100
            data = {"storage_gb_month": f"0.{quantity:03}", "storage_tier": _TIERS[number // 4 % 2]}
            yield {**event, "event_type": "storage_events", "data": data}
        else:
            quantity = number * 37 % 480 + 1
            data = {"cpu_hours_consumed": f"{quantity // 100}.{quantity % 100:02}", "region": _REGIONS[number % 4]}
            yield {**event, "event_type": "compute_events", "data": data}


def events_file() -> bytes:
    """The events as compressed NDJSON, always the same bytes."""
    return gzip.compress(b"".join(msgspec.json.encode(event) + b"\n" for event in usage()), mtime=0)


def scenario() -> dict[str, Any]:
    """The quick start as a scenario, without the events, which it names."""
    return {
        "organisation": {"currency": "USD", "timezone": "UTC"},
        "customer": {"id": "acme", **CUSTOMER},
        "metrics": METRICS,
        "contract": CONTRACT,
        "events_file": EVENTS_FILE,
        "as_of": ENDS,
        "expect": EXPECTED,
    }


def scenario_file() -> str:
    """The scenario as YAML."""
    head = (
        "# The quick start: what `make demo` plays through HTTP, as one file to simulate.\n"
        "# Written by `python -m usance.scenario.quickstart examples`.\n"
    )
    return head + yaml.safe_dump(scenario(), sort_keys=False)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    (folder / "quickstart.yaml").write_text(scenario_file())
    (folder / EVENTS_FILE).write_bytes(events_file())
