"""What went wrong in a scenario without stopping it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from usance.kernel.instant import show_instant


@dataclass(frozen=True, slots=True)
class Problem:
    """A stable code, what happened, when, and the event it happened to."""

    code: str
    detail: str
    at: datetime | None = None
    event: str | None = None

    def to_json(self) -> dict[str, Any]:
        """JSON values."""
        body = {"code": self.code, "detail": self.detail}
        if self.at is not None:
            body["at"] = show_instant(self.at)
        if self.event is not None:
            body["event"] = self.event
        return body
