"""The ingest function's events per second, against `json.loads` of the same body.

The handler is the real one, with the real boto3 clients under it; only their transport is cut short, so that the
processor's work is measured and no network. Every request that boto3 would have sent is counted. Times are of the
processor, best of several rounds: on a shared machine only the ratios say something.

    python -m benchmarks.ingest [--json]
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import random
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from botocore.awsrequest import AWSResponse, HTTPHeaders

from usance import wiring
from usance.catalog.event_type import EventType
from usance.kernel.clock import FixedClock
from usance.ports import Kind, Record
from usance.records.keys import new_api_key
from usance.settings import IngestSettings
from usance.store.memory import MemoryControlPlane
from usance.usecases.directory import Directory

SIZES = (1, 10, 100, 1_000, 5_000)
SETTINGS = {
    "CONTROL_TABLE": "control",
    "USAGE_TABLE": "usage",
    "DOCUMENTS_TABLE": "documents",
    "LEDGER_TABLE": "ledger",
    "BUCKET": "bucket",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "benchmark",
    "AWS_SECRET_ACCESS_KEY": "benchmark",
    "POWERTOOLS_LOG_LEVEL": "CRITICAL",
}
NOW = datetime(2025, 8, 1, tzinfo=UTC)
FIELDS = {"cpu_hours_consumed": "Decimal", "region": "String", "machine": "String", "requests": "Int64"}


def body(events: int, seed: int) -> str:
    """A batch of events of about 230 bytes each, with ids that do not compress."""
    draw = random.Random(seed)
    return json.dumps(
        [
            {
                "id": str(uuid.UUID(int=draw.getrandbits(128), version=4)),
                "customer": f"cus_{draw.randrange(1_000):06}",
                "timestamp": f"2025-07-{draw.randrange(1, 29):02}T{draw.randrange(24):02}:{draw.randrange(60):02}:00Z",
                "data": {
                    "cpu_hours_consumed": draw.randrange(100_000) / 1_000,
                    "region": draw.choice(["us-east", "eu-west", "ap-south"]),
                    "machine": "m-large",
                    "requests": draw.randrange(10_000),
                },
            }
            for _ in range(events)
        ]
    )


class _Content:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, *_: object, **__: object) -> Iterator[bytes]:
        yield self._content


class Endpoint:
    """The handler over boto3 clients whose requests go nowhere and are counted."""

    def __init__(self) -> None:
        os.environ.update(SETTINGS)
        self.sent: Counter[str] = Counter()
        control, settings = MemoryControlPlane(), IngestSettings.load()
        self.key, key_record = new_api_key("org_bench", "live", ["events:write"], "benchmark", NOW)
        event_type = EventType.model_validate({"name": "compute", "fields": FIELDS}).to_json()
        control.create(key_record)
        control.create(Record("org_bench", Kind.EVENT_TYPE, "evt_compute", event_type, NOW, "compute"))
        # The directory is warm in what is measured; a minute never passes on this clock.
        directory = Directory(control, FixedClock(NOW))
        wiring.directory = lambda _settings: directory  # type: ignore[assignment] # takes the place of a cached factory
        wiring.clock = lambda: FixedClock(NOW)  # type: ignore[assignment] # as above
        for port in (wiring.tables(settings), wiring.objects(settings)):
            client = vars(port)["_client"]
            client.meta.events.register("before-send", self._answer)
        self._handler: Callable[[Any, Any], dict[str, Any]] = import_module("functions.ingest.handler").handler

    def _answer(self, request: Any, event_name: str = "", **_rest: object) -> AWSResponse:  # noqa: ANN401 - botocore's
        service, _, operation = event_name.removeprefix("before-send.").partition(".")
        self.sent[operation] += 1
        return AWSResponse(request.url, 200, HTTPHeaders(), _Content(b"{}" if service == "dynamodb" else b""))

    def post(self, content: str) -> None:
        """Send one request; a refusal is an error of the benchmark."""
        event = {
            "rawPath": "/v1/usage/compute",
            "headers": {"content-type": "application/json", "authorization": f"Bearer {self.key}"},
            "pathParameters": {"event_type": "compute"},
            "body": content,
            "isBase64Encoded": False,
        }
        answer = self._handler(event, None)
        if answer["statusCode"] != 200:
            raise RuntimeError(answer["body"])


def best(work: Callable[[], object], repeats: int, rounds: int = 7) -> float:
    """Seconds of processor time of one call, best of several rounds."""
    times = []
    for _ in range(rounds):
        began = time.process_time()
        for _ in range(repeats):
            work()
        times.append((time.process_time() - began) / repeats)
    return min(times)


def measure(endpoint: Endpoint, events: int) -> dict[str, Any]:
    """One row: a request of so many events."""
    content = body(events, events)
    repeats = max(2, 2_000 // events)
    endpoint.post(content)
    endpoint.sent.clear()
    parse = best(lambda: json.loads(content), repeats)
    accept = best(lambda: endpoint.post(content), repeats)
    requests = 7 * repeats
    return {
        "events": events,
        "bytes_per_event": round(len(content) / events),
        "events_per_second": round(events / accept),
        "ratio_to_json_loads": round(accept / parse, 2),
        "calls_per_request": {name: count / requests for name, count in sorted(endpoint.sent.items())},
    }


def main() -> None:
    """Measure, and print a table or JSON."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("--json", action="store_true", help="print JSON")
    as_json = arguments.parse_args().json
    logging.disable(logging.CRITICAL)
    endpoint = Endpoint()
    rows = [measure(endpoint, events) for events in SIZES]
    if as_json:
        print(json.dumps(rows))
        return
    print("ingest handler, transport stubbed")
    print(f"{'events/request':>16} {'events/s':>12} {'against json.loads':>20}   calls sent per request")
    for row in rows:
        calls = ", ".join(f"{count:g} {name}" for name, count in row["calls_per_request"].items())
        ratio = f"{row['ratio_to_json_loads']}×"
        print(f"{row['events']:>16,} {row['events_per_second']:>12,} {ratio:>20}   {calls}")


if __name__ == "__main__":
    main()
