"""The events behind the metered lines of an issued document, as they were when it was issued.

documents/{org}/{document}/{sha256}.jsonl.zst   {"line", "id", "timestamp", "value"} a line, by line and time
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
import zstandard

from usance.invoicing.document import Document
from usance.ports import Objects


@dataclass(frozen=True, slots=True)
class EvidenceEvent:
    """An event behind a line as it was when the document was issued. `value` is what the metric took from it."""

    id: str
    timestamp: str
    value: str


def read_evidence(objects: Objects, document: Document) -> Mapping[int, Sequence[EvidenceEvent]]:
    """The events behind each metered line, by its place among the lines and in order of time.

    Raises ValueError when the document names evidence that cannot be read.
    """
    if document.evidence is None:
        return {}
    content = objects.get(document.evidence)
    if content is None:
        raise ValueError(f"{document.id} names {document.evidence}, and there is no such object")
    lines: dict[int, list[EvidenceEvent]] = {}
    plain = zstandard.ZstdDecompressor().decompressobj().decompress(content)
    for row in msgspec.json.decode(b"[" + b",".join(plain.splitlines()) + b"]"):
        lines.setdefault(row["line"], []).append(EvidenceEvent(row["id"], row["timestamp"], row["value"]))
    return lines
