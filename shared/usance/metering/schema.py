"""Checks events against an event type and brings them into the form they are kept in. All faults of an event at once.

Compiled from the stored document of an event type (`EventType.to_json`), which was checked when it was saved.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from usance.kernel.errors import Fault
from usance.kernel.instant import parse_instant, show_instant
from usance.metering.express import MAX_NAME, Express
from usance.metering.field import CHECKS, Refused, kept
from usance.metering.line import Line
from usance.metering.wire import Number, Wire

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class Schema:
    """An event type as the hot path needs it."""

    __slots__ = ("_checks", "_declared", "_future", "_past", "_refuse_unknown", "express")

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.express = Express(document)
        fields: Mapping[str, Mapping[str, Any]] = document["fields"]
        self._checks = [(name, CHECKS[one["type"]], bool(one["required"])) for name, one in fields.items()]
        self._declared = frozenset(fields)
        self._refuse_unknown = document["unknown_fields"] == "refuse"
        self._past = timedelta(days=document["past_days"])
        self._future = timedelta(hours=document["future_hours"])

    def window(self, now: datetime) -> tuple[datetime, datetime]:
        """The earliest and the latest timestamp that is taken at a moment."""
        return now - self._past, now + self._future

    def read(self, wire: Wire, window: tuple[datetime, datetime]) -> Line | list[Fault]:
        """The event in its kept form, with an empty id when it came without one; or all that is wrong with it."""
        faults: list[Fault] = []
        id = "" if wire.id is None else _name(wire.id, "/id", faults)
        customer = _customer(wire, faults)
        timestamp = _timestamp(wire.timestamp, window, faults)
        data = self._data(wire.data, faults)
        if faults or timestamp is None:
            return faults
        return Line(id, customer, timestamp, data)

    def _data(self, data: object, faults: list[Fault]) -> dict[str, Any]:
        if type(data) is not dict:
            code, detail = ("missing", "is missing") if data is None else ("wrong_type", "must be an object of fields")
            faults.append(Fault("/data", code, detail))
            return {}
        present = 0
        for name, check, required in self._checks:
            value = data.get(name)
            if value is None:
                if required:
                    faults.append(Fault(f"/data/{name}", "missing", "is missing: the event type requires it"))
                data.pop(name, None)
                continue
            present += 1
            try:
                data[name] = check(value)
            except Refused as refusal:
                faults.append(Fault(f"/data/{name}", refusal.code, refusal.detail))
        if len(data) > present:
            self._unknown(data, faults)
        return data

    def _unknown(self, data: dict[str, Any], faults: list[Fault]) -> None:
        for name in data.keys() - self._declared:
            where = "/data/" + name[:64].replace("~", "~0").replace("/", "~1")
            if self._refuse_unknown:
                faults.append(Fault(where, "unknown_field", "is not a field of this event type"))
                continue
            try:
                data[name] = kept(data[name])
                kept(name)
            except Refused as refusal:
                faults.append(Fault(where, refusal.code, refusal.detail))


def _customer(wire: Wire, faults: list[Fault]) -> str:
    if wire.customer is None:
        if wire.customer_id is None:
            faults.append(Fault("/customer", "missing", "is missing: name the customer by your id or ours"))
            return ""
        return _name(wire.customer_id, "/customer_id", faults)
    if wire.customer_id is not None:
        faults.append(Fault("/customer_id", "unknown_member", "says the same as customer: send one of the two"))
    return _name(wire.customer, "/customer", faults)


def _name(value: object, pointer: str, faults: list[Fault]) -> str:
    # Plain ASCII without control characters is nearly every name; the pattern is only for the rest.
    if type(value) is not str:
        faults.append(Fault(pointer, "wrong_type", "must be text"))
    elif not 0 < len(value) <= MAX_NAME:
        faults.append(Fault(pointer, "wrong_length", f"must have 1 to {MAX_NAME} characters"))
    elif not (value.isascii() and value.isprintable()) and _CONTROL.search(value):
        faults.append(Fault(pointer, "invalid_text", "must not have control characters"))
    else:
        return value
    return ""


def _timestamp(value: object, window: tuple[datetime, datetime], faults: list[Fault]) -> datetime | None:
    if value is None:
        faults.append(Fault("/timestamp", "missing", "is missing"))
        return None
    try:
        instant = _instant(value)
    except ValueError as error:
        faults.append(Fault("/timestamp", "invalid_timestamp", str(error)))
        return None
    if instant < window[0]:
        detail = f"lies before {show_instant(window[0])}, the earliest that this event type takes now"
        faults.append(Fault("/timestamp", "timestamp_too_old", detail))
    elif instant > window[1]:
        detail = f"lies after {show_instant(window[1])}, the latest that this event type takes now"
        faults.append(Fault("/timestamp", "timestamp_in_future", detail))
    return instant


def _instant(value: object) -> datetime:
    if type(value) is str:
        # The common form, 2025-07-03T10:00:00Z: everything else that fromisoformat takes has another length or shape.
        if len(value) == 20 and value[4] == value[7] == "-" and value[10] == "T" and value[19] == "Z":
            if value[13] != ":" or value[16] != ":" or value < "1970":
                return parse_instant(value)
            return datetime.fromisoformat(value).replace(tzinfo=UTC)
        return parse_instant(value)
    if type(value) is Number:
        if "e" in value or "E" in value:
            raise ValueError("must not be a number with an exponent")
        return parse_instant(Decimal(value))
    return parse_instant(value)
