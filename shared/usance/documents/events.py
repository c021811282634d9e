"""The events behind a line as a CSV file that is safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Final

from usance.records.evidence import EvidenceEvent

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
MOST_ROWS: Final = 25_000
"""A function's answer has room for 6 MB."""


def events_csv(events: Sequence[EvidenceEvent]) -> str:
    """Rows of event id, timestamp (UTC) and value. Past `MOST_ROWS` the last row says how many are left out."""
    out = io.StringIO()
    write = csv.writer(out)
    write.writerow(("event", "timestamp", "value"))
    for event in events[:MOST_ROWS]:
        write.writerow((_harmless(event.id), event.timestamp, event.value))
    if len(events) > MOST_ROWS:
        write.writerow((f"{len(events) - MOST_ROWS} more events: ask the sender for them", "", ""))
    return out.getvalue()


def _harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return "'" + text if text.startswith(_FORMULA) else text
