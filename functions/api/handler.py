"""The control plane, previews, invoices and their hosted page.

Trigger   HTTP API, every address but POST /v1/usage/{event_type}
Output    JSON; errors are problem+json with every fault. The addresses are in docs/api/openapi.json, and at /docs
Repeated  a POST with an Idempotency-Key is done once; without one, what has an external id is refused as taken
"""

from __future__ import annotations

from typing import Any

from functions.api.app import answer
from usance.settings import ApiSettings

_settings = ApiSettings.load()


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401 - Lambda's context
    """Answer one request."""
    return answer(_settings, event, context)
