"""The ingest function over the memory twins, called with the events that an HTTP API sends."""

from __future__ import annotations

import base64
import importlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from usance import wiring
from usance.catalog.event_type import EventType
from usance.kernel.clock import FixedClock
from usance.ports import Kind, Record
from usance.records.keys import Mode, new_api_key
from usance.store.memory import MemoryControlPlane, MemoryObjects, MemoryTables
from usance.usecases.directory import Directory

NOW = datetime(2025, 8, 1, 12, tzinfo=UTC)
SETTINGS = {
    "CONTROL_TABLE": "control",
    "USAGE_TABLE": "usage",
    "DOCUMENTS_TABLE": "documents",
    "LEDGER_TABLE": "ledger",
    "BUCKET": "bucket",
}
GOOD = {"id": "e1", "customer": "acme", "timestamp": "2025-07-03T10:00:00Z", "data": {"hours": 1.5, "region": "eu"}}


class Counted:
    """A port whose calls are listed."""

    def __init__(self, port: Any, calls: list[str]) -> None:
        self._port, self._calls = port, calls

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)

        def call(*arguments: Any, **named: Any) -> Any:
            self._calls.append(name)
            return method(*arguments, **named)

        return call


class UsageEndpoint:
    """POST /v1/usage/{event_type} of an installation in memory."""

    def __init__(self, monkeypatch: Any) -> None:
        for name, value in SETTINGS.items():
            monkeypatch.setenv(name, value)
        self.control, self.tables, self.objects = MemoryControlPlane(), MemoryTables(), MemoryObjects()
        self.clock = FixedClock(NOW)
        self.calls: list[str] = []
        self.key = self.organisation("org_aaaa")
        self.event_type("org_aaaa", "compute", {"hours": "Decimal", "region": "String"})
        directory = Directory(Counted(self.control, self.calls), self.clock)
        monkeypatch.setattr(wiring, "directory", lambda _settings: directory)
        monkeypatch.setattr(wiring, "tables", lambda _settings: Counted(self.tables, self.calls))
        monkeypatch.setattr(wiring, "objects", lambda _settings: Counted(self.objects, self.calls))
        monkeypatch.setattr(wiring, "clock", lambda: self.clock)
        self._handler = importlib.import_module("functions.ingest.handler").handler

    def organisation(self, id: str, *, mode: Mode = "live", scopes: tuple[str, ...] = ("events:write",), **body) -> str:
        if self.control.get(id, Kind.ORGANISATION, id) is None:
            self.control.create(Record(id, Kind.ORGANISATION, id, {"name": id, "mode": mode, **body}, NOW))
        text, record = new_api_key(id, mode, scopes, "test", NOW)
        self.control.create(record)
        return text

    def event_type(self, organisation: str, name: str, fields: dict[str, Any], **terms: Any) -> None:
        body = EventType.model_validate({"name": name, "fields": fields, **terms}).to_json()
        self.control.create(Record(organisation, Kind.EVENT_TYPE, f"evt_{name}", body, NOW, name))

    def post(
        self,
        body: Any,
        event_type: str = "compute",
        *,
        key: str | None = None,
        query: dict[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        **more: str,
    ) -> tuple[int, dict[str, Any]]:
        """Send a body (JSON values, or bytes as they are); status and document."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"content-type": "application/json", "authorization": f"Bearer {self.key if key is None else key}"}
        sent |= {name.replace("_", "-"): value for name, value in {**(headers or {}), **more}.items()}
        try:
            text, encoded = content.decode(), False
        except UnicodeDecodeError:
            text, encoded = base64.b64encode(content).decode(), True
        event = {
            "version": "2.0",
            "routeKey": "POST /v1/usage/{event_type}",
            "rawPath": f"/v1/usage/{event_type}",
            "rawQueryString": "",
            "headers": {name: value for name, value in sent.items() if value},
            "pathParameters": {"event_type": event_type},
            "requestContext": {"http": {"method": "POST"}, "requestId": "r"},
            "body": text,
            "isBase64Encoded": encoded,
        }
        if query:
            event["queryStringParameters"] = query
        self.calls.clear()
        answer = self._handler(event, SimpleNamespace(aws_request_id="r"))
        assert set(answer) == {"statusCode", "headers", "body"}
        good = answer["statusCode"] == 200
        assert answer["headers"]["content-type"] == ("application/json" if good else "application/problem+json")
        return answer["statusCode"], json.loads(answer["body"])

    def kept(self) -> int:
        """How many items and objects there are."""
        return len(list(self.tables.scan())) + len(list(self.objects.list("")))
