"""Rows of a file to events: which column is what, and which go into an event's data.

A row without an id of its own gets one from the file's content and its place in it, so that two equal rows are two
events and the same file imported twice is the same events.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from usance.kernel.errors import Fault, InvalidInput, MalformedBody

Empty = Literal["omit", "zero"]
_MEMBERS: Final = ("customer", "timestamp", "id")
_TYPES: Final = frozenset({"String", "Int64", "Decimal", "Float64", "Bool", "Date", "DateTime", "UUID"})
_NUMBERS: Final = frozenset({"Int64", "Decimal", "Float64"})
_BOOLS: Final = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


@dataclass(frozen=True, slots=True)
class DataColumn:
    """A field of an event's data and the column it comes from."""

    name: str
    column: str
    type: str


@dataclass(frozen=True, slots=True)
class Columns:
    """What each column is."""

    members: Mapping[str, str]
    data: tuple[DataColumn, ...]
    empty: Empty

    @classmethod
    def parse(cls, members: list[str], fields: list[str], empty: Empty) -> Columns:
        """From `member=column` and `field=column[:Type]`. Raises InvalidInput with every fault."""
        faults: list[Fault] = []
        named = {name: name for name in _MEMBERS[:2]}
        for text in members:
            name, equals, column = text.partition("=")
            if not equals or not column or name not in _MEMBERS:
                why = f"{text!r} is not customer=, timestamp= or id= and the name of a column"
                faults.append(Fault("/map", "wrong_form", why))
            named[name] = column
        data = []
        for text in fields:
            name, equals, rest = text.partition("=")
            column, _, kind = rest.partition(":")
            if not name or (equals and not column) or (kind and kind not in _TYPES):
                why = f"{text!r} is not field=column or field=column:Type, with one of {', '.join(sorted(_TYPES))}"
                faults.append(Fault("/field", "wrong_form", why))
            data.append(DataColumn(name, column or name, kind or "String"))
        if faults:
            raise InvalidInput("the mapping has faults", faults)
        return cls(named, tuple(data), empty)

    def check(self, columns: list[str]) -> None:
        """Raise InvalidInput naming every column that the file lacks."""
        wanted = [("/map", column) for column in self.members.values()]
        wanted += [("/field", one.column) for one in self.data]
        faults = [
            Fault(where, "missing", f"the file has no column {column!r}; it has {', '.join(columns)}")
            for where, column in wanted
            if column not in columns
        ]
        if faults:
            raise InvalidInput("the mapping does not fit the file", faults)

    def event(self, row: Mapping[str, Any], default_id: str) -> dict[str, Any]:
        """The event of a row. What is empty is left out, or zero where a number was asked for."""
        id = row.get(self.members["id"]) if "id" in self.members else None
        event: dict[str, Any] = {"id": id or default_id}
        event |= {name: row[column] for name, column in self.members.items() if name != "id" and row[column] != ""}
        columns = self.data or tuple(
            DataColumn(name, name, "String") for name in row if name not in set(self.members.values())
        )
        data = ((one.name, self._value(row.get(one.column), one.type)) for one in columns)
        return {**event, "data": {name: value for name, value in data if value is not None}}

    def _value(self, value: object, kind: str) -> object:
        if value is None or value == "":
            return "0" if self.empty == "zero" and kind in _NUMBERS else None
        if kind == "Bool" and isinstance(value, str):
            return _BOOLS.get(value.strip().lower(), value)
        return value


@dataclass(frozen=True, slots=True)
class Source:
    """A file's rows. `digest` stands for its content."""

    path: Path
    digest: str
    content: bytes

    @classmethod
    def open(cls, path: Path) -> Source:
        """Read a file, unpacked when it is gzip. Raises InvalidInput when it cannot be."""
        try:
            raw = path.read_bytes()
            content = gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw
        except (OSError, EOFError) as error:
            raise InvalidInput("the file cannot be read", [Fault("/file", "invalid_value", str(error))]) from None
        return cls(path, hashlib.sha256(content).hexdigest(), content)

    @property
    def lines(self) -> bool:
        """Whether the file has one JSON object a line."""
        return self.path.name.removesuffix(".gz").endswith((".ndjson", ".jsonl"))

    def events(self, mapping: Columns) -> Iterator[tuple[int, dict[str, Any]]]:
        """Number and event of each row; a row's number is that of its line, the header of a CSV file being line 1."""
        rows = self._objects() if self.lines else self._table(mapping)
        for number, row in rows:
            if self.lines and isinstance(row.get("data"), dict) and not mapping.data:
                yield number, {"id": f"file-{self.digest[:16]}-{number}", **row}
                continue
            if self.lines:
                mapping.check(sorted({*row, *(one.column for one in mapping.data)}))
            yield number, mapping.event(row, f"file-{self.digest[:16]}-{number}")

    def _table(self, mapping: Columns) -> Iterator[tuple[int, dict[str, Any]]]:
        try:
            text = self.content.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise MalformedBody(f"{self.path} is not UTF-8") from None
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        columns = list(reader.fieldnames or [])
        mapping.check(columns)
        try:
            for row in reader:
                if None in row or None in row.values():
                    raise MalformedBody(f"{self.path}, line {reader.line_num}: it has not {len(columns)} columns")
                yield reader.line_num, row
        except csv.Error as error:
            raise MalformedBody(f"{self.path}, line {reader.line_num}: {error}") from None

    def _objects(self) -> Iterator[tuple[int, dict[str, Any]]]:
        decode = msgspec.json.Decoder(dict[str, Any], float_hook=str).decode
        for number, line in enumerate(self.content.splitlines(), start=1):
            if line.strip():
                try:
                    yield number, decode(line)
                except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                    raise MalformedBody(f"{self.path}, line {number}: {error}") from None
