"""Requests that carry an idempotency key: what was asked, and the answer once there is one.

    {org}#idempotency  {hash of route and key}   {"fingerprint", "at", "salt", "answer"}

The installation's own requests are under `~operator`. Kept for a day; an item that the table has not dropped yet
counts as gone.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from usance.kernel.instant import parse_instant, show_instant
from usance.ports import Delete, Item, Key, Put, Table, Tables

KEPT: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Claim:
    """A request under a key. `at` is when it was first made; `salt` is random and known to nobody outside; `fresh`
    says that it was made just now, and not found."""

    key: Key
    fingerprint: str
    at: datetime
    salt: str
    answer: dict[str, Any] | None = None
    version: int | None = None
    fresh: bool = False

    def put(self) -> Put:
        """The change that writes this claim over the version it was read at."""
        body = {
            "fingerprint": self.fingerprint,
            "at": show_instant(self.at),
            "salt": self.salt,
            "answer": self.answer,
        }
        return Put(self.key, body, expect=self.version, expires_at=self.at + KEPT)

    def drop(self) -> Delete:
        """The change that takes back a claim of the version it was read at."""
        return Delete(self.key, self.version or 1)


def claim_key(scope: str, route: str, key: str) -> Key:
    """Where the claim of a request is. `scope` is the organisation's id, or `~operator`."""
    digest = hashlib.sha256(f"{route}\x1f{key}".encode()).hexdigest()
    return Key(Table.DOCUMENTS, f"{scope}#idempotency", digest)


def read_claim(tables: Tables, key: Key, now: datetime) -> tuple[Claim | None, int | None]:
    """The claim under a key that is still held, and the version of whatever is stored there."""
    item = tables.get(key)
    if item is None:
        return None, None
    claim = _read(item)
    return (claim if now < claim.at + KEPT else None), item.version


def _read(item: Item) -> Claim:
    body = item.body
    return Claim(
        item.key, body["fingerprint"], parse_instant(body["at"]), body["salt"], body["answer"], version=item.version
    )
