"""Form bodies with brackets: `metadata[invoice_id]=inv_1&off_session=true`."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

_PART = re.compile(r"\[([^\]]*)\]")


def parse(text: str) -> dict[str, Any]:
    """Names with brackets become objects; a list's places are names too (`expand[0]`)."""
    result: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        head, _, _ = name.partition("[")
        path = [head, *_PART.findall(name)]
        place = result
        for part in path[:-1]:
            inner = place.setdefault(part, {})
            place = inner if isinstance(inner, dict) else {}
        place[path[-1]] = value
    return result
