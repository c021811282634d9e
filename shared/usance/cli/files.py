"""Scenario files and their usage files on disk. The only part of the command line that opens them."""

from __future__ import annotations

import csv
import gzip
import io
import sys
import zlib
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
        yield from _rows(content, named)
    else:
        detail = f"{named!r} is neither .csv nor .ndjson (nor one of them with .gz)"
        raise InvalidInput("the usage file cannot be read", [Fault("/events_file", "not_allowed", detail)])


def _rows(content: bytes, named: str) -> Iterator[object]:
    try:
        rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        for row in rows:
            if None in row:
                raise MalformedBody(f"{named}, line {rows.line_num}: has more cells than the heading")
            yield _event(row)
    except (csv.Error, UnicodeDecodeError) as error:
        raise _unreadable(f"{named} is not CSV in UTF-8: {error}", "/events_file") from None


def _event(row: dict[str | Any, str | Any]) -> dict[str, Any]:
    """A row of CSV: the columns that an event has are its members, the others its data; empty cells are left out."""
    event: dict[str, Any] = {"data": {}}
    for name, value in row.items():
        if value:
            (event if name in _EVENT_MEMBERS else event["data"])[name] = value
    return event


def _bytes(path: Path, pointer: str) -> bytes:
    try:
        content = path.read_bytes()
        return gzip.decompress(content) if path.suffix == ".gz" else content
    except OSError as error:
        raise _unreadable(f"{path} cannot be read: {error.strerror or error}", pointer) from None
    except (EOFError, zlib.error) as error:
        raise _unreadable(f"{path} is not whole: {error}", pointer) from None


def _unreadable(detail: str, pointer: str) -> InvalidInput:
    return InvalidInput("a file cannot be read", [Fault(pointer, "unreadable_file", detail)])


def scenario_lines(name: str) -> Iterator[tuple[bytes, Path]]:
    """The lines of a file (`-`: standard input) that are not blank, each with the folder its files are looked for in.

    Raises InvalidInput when the file cannot be read.
    """
    if name == "-":
        yield from ((line, Path()) for line in sys.stdin.buffer if line.strip())
        return
    try:
        with Path(name).open("rb") as lines:
            yield from ((line, Path(name).parent) for line in lines if line.strip())
    except OSError as error:
        raise _unreadable(f"{name} cannot be read: {error.strerror or error}", "") from None
