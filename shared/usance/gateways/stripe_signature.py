"""Stripe's webhook signatures, checked on raw bytes.

    Stripe-Signature: t=<unix seconds>,v1=<hex>[,v1=<hex>]   HMAC-SHA256 of "<t>.<body>" under the endpoint's secret

The SDK checks text and reads the wall clock; here bytes are checked, as they came, against an instant that is given.
Any `v1` of any secret is enough (secrets are replaced while both are in use); other schemes say nothing. As with
Stripe's own check only old signatures are refused: one dated in the future is the sender's clock, not a replay.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

TOLERANCE: Final = timedelta(seconds=300)

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND: Final = timedelta(seconds=1)
_MOST_DIGITS: Final = 12


def is_signed(body: bytes, header: str, secrets: Sequence[str], now: datetime) -> bool:
    """Whether one of the secrets signed these bytes at most 300 s before an instant. Never raises for a bad header."""
    fields = [(name, value) for name, _, value in (part.partition("=") for part in header.split(","))]
    sent = next((value for name, value in fields if name == "t"), "")
    if not (sent.isascii() and sent.isdigit() and len(sent) <= _MOST_DIGITS):
        return False
    if int(sent) < (now - TOLERANCE - _EPOCH) // _SECOND:
        return False
    given = [value.encode(errors="replace") for name, value in fields if name == "v1"]
    content = sent.encode() + b"." + body
    wanted = [hmac.new(secret.encode(), content, hashlib.sha256).hexdigest().encode() for secret in secrets if secret]
    # Bytes, because comparing texts that are not ASCII raises.
    return any(hmac.compare_digest(one, other) for one in given for other in wanted)
