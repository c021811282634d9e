"""Scenario files and their usage files on disk. The only part of the command line that opens them."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from usance.kernel.errors import Fault, InvalidInput, MalformedBody
from usance.scenario.reading import read_json, read_yaml

_EVENT_MEMBERS: Final = ("id", "event_type", "customer", "customer_id", "timestamp")


def load_scenario(path: Path) -> object:
    """The values of a scenario file, with the events of its `events_file` among its events.

    JSON by its suffix, YAML otherwise. Raises InvalidInput and MalformedBody that name the file.
    """
    read = read_json if path.suffix == ".json" else read_yaml
    try:
        return with_events(read(_bytes(path, "")), path.parent)
    except MalformedBody as error:
        raise MalformedBody(f"{path}: {error.detail}") from None


def with_events(scenario: object, folder: Path) -> object:
    """A scenario's values with the events of its `events_file`, which lies in or below a folder, among its events."""
    if not isinstance(scenario, dict) or not isinstance(scenario.get("events_file"), str):
        return scenario
    named = scenario["events_file"]
    rest = {name: value for name, value in scenario.items() if name != "events_file"}
    written = rest.get("events") or []
    if not isinstance(written, list):
        return rest
    return {**rest, "events": [*written, *_events(folder / named, named)]}


def _events(path: Path, named: str) -> Iterator[object]:
    content = _bytes(path, "/events_file")
    name = path.name.removesuffix(".gz")
    if name.endswith((".ndjson", ".jsonl")):
        for number, line in enumerate(content.splitlines(), start=1):
            if line.strip():
                try:
                    yield read_json(line)
                except MalformedBody as error:
                    raise MalformedBody(f"{named}, line {number}: {error.detail}") from None
    elif name.endswith(".csv"):
        rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        yield from (_event(row) for row in rows)
    else:
        detail = f"{named!r} is neither .csv nor .ndjson (nor one of them with .gz)"
        raise InvalidInput("the usage file cannot be read", [Fault("/events_file", "not_allowed", detail)])


def _event(row: dict[str | Any, str | Any]) -> dict[str, Any]:
    """A row of CSV: the columns that an event has are its members, the others its data; empty cells are left out."""
    event: dict[str, Any] = {"data": {}}
    for name, value in row.items():
        if value == "" or value is None:
            continue
        (event if name in _EVENT_MEMBERS else event["data"])[name or "surplus"] = value
    return event


def _bytes(path: Path, pointer: str) -> bytes:
    try:
        content = path.read_bytes()
        return gzip.decompress(content) if path.suffix == ".gz" else content
    except OSError as error:
        detail = f"{path} cannot be read: {error.strerror or error}"
        raise InvalidInput("a file cannot be read", [Fault(pointer, "unreadable_file", detail)]) from None
