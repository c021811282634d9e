"""The api function over the memory twins, called with the events that an HTTP API sends (payload format 2.0)."""

from __future__ import annotations

import importlib
import json
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from usance import wiring
from usance.kernel.clock import FixedClock
from usance.kernel.instant import parse_instant
from usance.metering.event import Event
from usance.ports import Kind
from usance.store.memory import MemoryControlPlane, MemoryObjects, MemorySecrets, MemoryTables, MemoryWorkflows
from usance.usecases.bill import Billing, Look, bill_contract
from usance.usecases.directory import Directory

WALL = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
OPERATOR = "operatorKeyOf48Letters"
SETTINGS = {
    "CONTROL_TABLE": "control",
    "USAGE_TABLE": "usage",
    "DOCUMENTS_TABLE": "documents",
    "LEDGER_TABLE": "ledger",
    "BUCKET": "bucket",
    "OPERATOR_SECRET": "operator",
    "BILLING_RUN_ARN": "arn:billing-run",
}


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def body(self) -> Any:
        return json.loads(self.text)

    @property
    def codes(self) -> dict[str, str]:
        """Fault codes by pointer."""
        return {fault["pointer"]: fault["code"] for fault in self.body.get("errors", [])}


@dataclass
class Api:
    """The API of an installation in memory."""

    control: MemoryControlPlane = field(default_factory=MemoryControlPlane)
    tables: MemoryTables = field(default_factory=MemoryTables)
    objects: MemoryObjects = field(default_factory=MemoryObjects)
    secrets: MemorySecrets = field(default_factory=MemorySecrets)
    workflows: MemoryWorkflows = field(default_factory=MemoryWorkflows)
    clock: FixedClock = field(default_factory=lambda: FixedClock(WALL))
    usage: list[tuple[str, Event]] = field(default_factory=list)
    handler: Any = None
    key: str = ""

    def install(self, monkeypatch: Any) -> Api:
        for name, value in SETTINGS.items():
            monkeypatch.setenv(name, value)
        self.directory = Directory(self.control, self.clock)
        for name in ("control_plane", "tables", "objects", "directory"):
            port = self.control if name == "control_plane" else getattr(self, name)
            monkeypatch.setattr(wiring, name, lambda _settings, port=port: port)
        monkeypatch.setattr(wiring, "billing", lambda _settings: self.billing)
        monkeypatch.setattr(wiring, "secrets", lambda: self.secrets)
        monkeypatch.setattr(wiring, "workflows", lambda **_arns: self.workflows)
        monkeypatch.setattr(wiring, "clock", lambda: self.clock)
        monkeypatch.setattr(wiring, "operator_key", lambda _secret: OPERATOR)
        self.handler = importlib.import_module("functions.api.handler").handler
        return self

    @property
    def billing(self) -> Billing:
        return Billing(self.control, self.tables, self.objects, self._read_usage)

    def _read_usage(self, organisation, event_type, customers, start, end):
        return [
            event
            for owner, event in self.usage
            if owner == organisation
            and event.event_type == event_type
            and event.customer in customers
            and start <= event.timestamp < end
        ]

    # -- requests ------------------------------------------------------------------------------------------------------

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        query: dict[str, Any] | None = None,
        raw: bytes | str | None = None,
        encode: bool = False,
        **headers: str,
    ) -> Answer:
        content = raw if raw is not None else None if body is None else json.dumps(body)
        sent = {"authorization": f"Bearer {self.key if key is None else key}"}
        if content is not None:
            sent["content-type"] = "application/json"
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        event: dict[str, Any] = {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": urlencode(query or {}),
            "headers": {name: value for name, value in sent.items() if value},
            "requestContext": {
                "http": {"method": method, "path": path, "sourceIp": "192.0.2.1"},
                "requestId": "r",
                "stage": "$default",
                "domainName": "api.example.com",
            },
            "isBase64Encoded": False,
        }
        if query:
            event["queryStringParameters"] = {name: str(value) for name, value in query.items()}
        if isinstance(content, bytes) or encode:
            data = content if isinstance(content, bytes) else str(content).encode()
            event |= {"body": b64encode(data).decode(), "isBase64Encoded": True}
        elif content is not None:
            event["body"] = content
        made = self.handler(event, SimpleNamespace(aws_request_id="r"))
        assert set(made) <= {"statusCode", "headers", "body", "isBase64Encoded", "cookies"}
        answer = Answer(made["statusCode"], {name.lower(): v for name, v in made["headers"].items()}, made["body"])
        if answer.status >= 400:
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.body["status"] == answer.status
            assert answer.body["instance"] == path
        return answer

    def get(self, path: str, **more: Any) -> Answer:
        return self.send("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> Answer:
        return self.send("POST", path, body, **more)

    def made(self, path: str, body: Any, **more: Any) -> Any:
        """The body of an answer to a POST that must succeed."""
        answer = self.post(path, body, **more)
        assert answer.status in (200, 201, 202), answer.text
        return answer.body

    # -- what tests begin with -----------------------------------------------------------------------------------------

    def open(self, name: str = "Northwind", **members: Any) -> str:
        """Create an organisation in test mode, go on with its key, and give its id."""
        body = {"name": name, "mode": "test", "test_clock": "2025-07-01T00:00:00Z", **members}
        made = self.made("/v1/organisations", body, key=OPERATOR)
        self.key = made["api_key"]["key"]
        return str(made["id"])

    def catalogue(self) -> None:
        """An event type, a metric and a customer."""
        self.made("/v1/event-types", {"name": "compute", "fields": {"hours": "Decimal", "region": "String"}})
        metric = {"external_id": "cpu", "event_type": "compute", "aggregate": "sum", "field": "hours"}
        self.made("/v1/metrics", metric)
        self.made("/v1/customers", {"name": "ACME Inc.", "external_id": "acme"})

    def use(self, organisation: str, at: str, hours: str, customer: str = "acme") -> None:
        event = Event(f"e{len(self.usage):03}", "compute", customer, parse_instant(at), {"hours": hours})
        self.usage.append((organisation, event))

    def move(self, to: str) -> None:
        self.clock.move(max(self.clock.at, WALL))
        assert self.post("/v1/test-clock", {"now": to}).status == 200

    def bill(self, organisation: str) -> int:
        """Bill every contract of an organisation as a run on its test clock does; the number of documents."""
        record = self.control.get(organisation, Kind.ORGANISATION, organisation)
        assert record is not None
        as_of = parse_instant(record.body["test_clock"])
        contracts = self.control.list(organisation, Kind.CONTRACT).records
        billed = [
            bill_contract(self.billing, organisation, Look(one.id), as_of, pass_through_months=True)
            for one in contracts
        ]
        return sum(len(one.documents) for one in billed)

    def dump(self) -> dict[str, Any]:
        """Everything that is kept anywhere, but for idempotency keys."""
        kept: dict[str, Any] = {
            f"{item.key.table} {item.key.partition} {item.key.sort}": (item.version, item.body)
            for item in self.tables.scan()
            if not item.key.partition.endswith("#idempotency")
        }
        for organisation in self.control.organisations():
            for kind in Kind:
                for record in self.control.list(organisation, kind).records:
                    kept[f"{organisation} {record.id}"] = (record.version, record.body)
        kept["objects"] = [one.name for one in self.objects.list("")]
        kept["secrets"] = dict(self.secrets._values)
        kept["runs"] = dict(self.workflows._started)
        return dict(json.loads(json.dumps(kept, default=str)))


CONTRACT: dict[str, Any] = {
    "id": "acme-direct",
    "customer": "acme",
    "starts_on": "2025-07-01",
    "ends_on": "2026-06-30",
    "payment_terms": {"net_days": 30},
    "items": [
        {
            "id": "compute",
            "product": {"name": "Compute usage", "kind": "point_in_time"},
            "quantity": {"metric": "cpu", "unit": "CPU-hour"},
            "billing": {"every": "P1M", "timing": "arrears"},
            "prices": [{"model": "per_unit", "unit_amount": "0.05"}],
        },
        {
            "id": "platform",
            "product": "Platform fee",
            "billing": {"every": "P1M", "timing": "advance"},
            "prices": {"model": "flat", "amount": "500"},
        },
    ],
}
