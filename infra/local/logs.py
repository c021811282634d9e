"""What the functions logged, from CloudWatch Logs as they wrote it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from infra.local.emulator import client

_EVENTS: Final = 10_000


def recent(endpoint: str, *, function: str = "", lines: int = 100) -> Iterator[tuple[str, str, str]]:
    """The last log lines of the functions whose name contains `function`: time, function, text; oldest first."""
    logs = client("logs", endpoint)
    found: list[tuple[int, str, str]] = []
    for group in _groups(logs):
        name = group.rpartition("/")[2]
        if function.lower() not in name.lower():
            continue
        for event in logs.filter_log_events(logGroupName=group, limit=_EVENTS)["events"]:
            found.extend((event["timestamp"], name, line) for line in event["message"].splitlines() if _said(line))
    found.sort(key=lambda one: one[0])
    for milliseconds, name, line in found[-lines:]:
        yield datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%H:%M:%S"), name, line


def _groups(logs: Any) -> list[str]:  # noqa: ANN401 - boto3 makes its clients at run time
    pages = logs.get_paginator("describe_log_groups").paginate()
    return [str(group["logGroupName"]) for page in pages for group in page["logGroups"]]


def _said(line: str) -> bool:
    return bool(line.strip()) and not line.startswith(("START RequestId", "END RequestId", "REPORT RequestId"))
