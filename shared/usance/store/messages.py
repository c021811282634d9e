"""Messages of queues and inputs of workflows: JSON texts of a bounded size."""

from __future__ import annotations

from usance.kernel.errors import BodyTooLarge
from usance.ports import Body
from usance.store.body import encode
from usance.store.bounds import MAX_MESSAGE_BYTES


def message_text(body: Body) -> str:
    """The text of a message. Raises TypeError as bodies do, BodyTooLarge over 256 KB."""
    text = encode(body)
    if len(text) > MAX_MESSAGE_BYTES:
        raise BodyTooLarge(f"a message of {len(text)} bytes is over the limit of {MAX_MESSAGE_BYTES}")
    return text.decode()
