"""API keys. The text is shown once; what is kept is its hash, in a record that the key itself says where to find.

    usk_{live|test}_{organisation id after org_}_{key id after key_}_{secret}

The secret has over 190 bits of randomness, so that one round of SHA-256 is enough.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from usance.kernel.ids import new_id
from usance.ports import Kind, Record

Mode = Literal["live", "test"]

_KEY: Final = re.compile(r"usk_(live|test)_([0-9a-z]{4,40})_([0-9a-z]{4,40})_[A-Za-z0-9]{32,64}", re.ASCII)
_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_SECRET_LENGTH: Final = 32


@dataclass(frozen=True, slots=True)
class KeyName:
    """What a key's text says about itself: its mode, and where its record is."""

    mode: str
    organisation: str
    key: str


def new_api_key(
    organisation: str,
    mode: Mode,
    scopes: Iterable[str],
    label: str,
    at: datetime,
    *,
    id: str | None = None,
    secret: str | None = None,
) -> tuple[str, Record]:
    """A fresh key: its text, which cannot be had again, and the record to create. Id and secret are for requests that
    may be repeated and must then make the same key."""
    id = id or new_id("key", at)
    secret = secret or "".join(secrets.choice(_ALPHABET) for _ in range(_SECRET_LENGTH))
    text = f"usk_{mode}_{organisation.removeprefix('org_')}_{id.removeprefix('key_')}_{secret}"
    body = {"hash": key_hash(text), "mode": mode, "scopes": sorted(scopes), "revoked_at": None, "label": label}
    return text, Record(organisation, Kind.API_KEY, id, body, at)


def key_hash(text: str) -> str:
    """What is kept of a key."""
    return hashlib.sha256(text.encode()).hexdigest()


def read_key_name(text: str) -> KeyName | None:
    """Where the record of a key is; None for a text that is no key."""
    match = _KEY.fullmatch(text)
    return KeyName(match[1], f"org_{match[2]}", f"key_{match[3]}") if match else None
