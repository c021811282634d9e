"""An issued document with, for each line, its derivation and the events behind it."""

from __future__ import annotations

from typing import Any

from usance.kernel.amount import plain
from usance.kernel.instant import show_instant
from usance.scenario.books import Issued


def explained(issued: Issued) -> dict[str, Any]:
    """JSON values of a document whose metered lines name every event they were measured from."""
    body = issued.document.to_json()
    for place, events in issued.evidence.items():
        body["lines"][place]["events"] = [
            {"id": event.id, "timestamp": show_instant(event.timestamp), "value": plain(event.value)}
            for event in events
        ]
    return body
