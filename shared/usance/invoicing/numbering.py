"""Document numbers: gap-free for each business entity and kind, taken in the transaction that issues the document."""

from __future__ import annotations

from typing import Final

from usance.invoicing.document import DocumentKind

DEFAULT_ENTITY: Final = "default"
"""The business entity of organisations that have named none."""

_PREFIX: dict[DocumentKind, str] = {DocumentKind.INVOICE: "INV", DocumentKind.CREDIT_NOTE: "CN"}


def number_text(kind: DocumentKind, ordinal: int) -> str:
    """The number of the ordinal-th document of a kind: INV-000001."""
    return f"{_PREFIX[kind]}-{ordinal:06}"
