"""Scenarios a second through the path of `usance simulate --jsonl`, against `json.loads` and `json.dumps` of the same.

Each scenario is one contract with one invoice; the whole of it is done: read, checked, billed, posted, recognised,
written. Times are of the processor, best of several rounds; the ratio is what holds on another machine.

    python -m benchmarks.simulate [--json]
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import msgspec

from benchmarks.timing import best
from usance.scenario.reading import read_json
from usance.scenario.runner import read_scenario, run

SCENARIOS = 1_000
_SCENARIO: dict[str, Any] = {
    "contract": {
        "starts_on": "2025-07-01",
        "ends_on": "2025-07-31",
        "items": [{"id": "seats", "product": "Seats", "prices": [{"model": "per_unit", "unit_amount": "10.00"}]}],
    }
}


def lines() -> list[bytes]:
    """As many different one-invoice scenarios as are measured."""
    made = []
    for number in range(SCENARIOS):
        item = {**_SCENARIO["contract"]["items"][0], "quantity": str(number + 1)}
        made.append(json.dumps({"contract": {**_SCENARIO["contract"], "items": [item]}}).encode())
    return made


def measure() -> dict[str, Any]:
    """Scenarios a second, and how many times the time of reading and writing the same documents they take."""
    sent = lines()
    results = [msgspec.json.encode(run(read_scenario(read_json(line)))) for line in sent]
    assert all(b"INV-000001" in result and b"INV-000002" not in result for result in results)
    ours = best(lambda: [msgspec.json.encode(run(read_scenario(read_json(line)))) for line in sent])
    documents = [json.loads(result) for result in results]
    yardstick = best(lambda: ([json.loads(line) for line in sent], [json.dumps(document) for document in documents]))
    return {"scenarios_per_second": round(SCENARIOS / ours), "times_json": round(ours / yardstick, 1)}


def main(*, as_json: bool = False) -> None:
    """Measure and print."""
    found = measure()
    if as_json:
        print(json.dumps(found))
        return
    print("simulate --jsonl, one-invoice scenarios, one core")
    print(
        f"  {found['scenarios_per_second']:,} scenarios/s = {found['times_json']} x json.loads + json.dumps of the same"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true")
    main(as_json=parser.parse_args().json)
