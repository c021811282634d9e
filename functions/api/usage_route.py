"""How sending usage looks in the OpenAPI document. The route itself is the ingest function's."""

from __future__ import annotations

from typing import Any, Final

USAGE_PATH: Final = "/v1/usage/{event_type}"

_EVENT: Final = {
    "type": "object",
    "required": ["customer", "timestamp", "data"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string", "maxLength": 255, "description": "Copies under one id count once."},
        "customer": {"type": "string", "maxLength": 255, "description": "Id or external id."},
        "timestamp": {"type": "string", "format": "date-time"},
        "data": {"type": "object", "description": "The fields of the event type."},
    },
    "examples": [
        {
            "id": "vm-17/2025-07-03T10",
            "customer": "acme",
            "timestamp": "2025-07-03T10:00:00Z",
            "data": {"cpu_hours_consumed": "12.5", "region": "us-east"},
        }
    ],
}
_FAULT: Final = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in ("pointer", "code", "detail")},
}
_RECEIPT: Final = {
    "type": "object",
    "properties": {
        "accepted": {"type": "integer"},
        "duplicates": {"type": "integer"},
        "refused": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "index": {"type": "integer"},
                    "id": {"type": "string"},
                    "errors": {"type": "array", "items": _FAULT},
                },
            },
        },
    },
}


def usage_operation() -> dict[str, Any]:
    """The operation object of `POST /v1/usage/{event_type}`."""
    return {
        "tags": ["usage"],
        "summary": "Send events",
        "description": "One event, an array, or one event a line; plain or gzip; up to 10,000 events or 6 MB. Good "
        "events are accepted and bad ones refused by index. The answer comes after the durable write.",
        "operationId": "send_usage",
        "parameters": [
            {"name": "event_type", "in": "path", "required": True, "schema": {"type": "string"}},
            {
                "name": "atomic",
                "in": "query",
                "description": "Whether one bad event refuses all.",
                "schema": {"type": "boolean", "default": False},
            },
            {
                "name": "Idempotency-Key",
                "in": "header",
                "description": "Part of the identity of events without an id: equal events under equal keys are one.",
                "schema": {"type": "string", "maxLength": 255},
            },
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"oneOf": [_EVENT, {"type": "array", "items": _EVENT}]}},
                "application/x-ndjson": {"schema": {"type": "string"}},
            },
        },
        "responses": {
            "200": {"description": "What became of the events", "content": {"application/json": {"schema": _RECEIPT}}}
        },
    }
