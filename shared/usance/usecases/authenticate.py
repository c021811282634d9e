"""Who asks: an API key to an organisation and what the key may do.

No key, an unknown one, a revoked one and one of the wrong mode get one and the same answer. The tenant comes from the
key alone.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from usance.kernel.errors import Forbidden, Unauthenticated
from usance.ports import Kind
from usance.records.keys import key_hash, read_key_name
from usance.usecases.directory import Directory

ADMIN: Final = "admin"
"""The scope that includes every other."""

_NOBODY: Final = "0" * 64
"""Compared with when there is no record, so that an unknown key takes as long as a wrong one."""
_HINT: Final = "send your API key as Authorization: Bearer usk_… or as x-api-key"


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever holds a key: the organisation, the key's id and mode, and what it may do."""

    organisation: str
    key: str
    mode: str
    scopes: frozenset[str]

    def require(self, scope: str) -> None:
        """Raise Forbidden unless the key has a scope."""
        if scope not in self.scopes and ADMIN not in self.scopes:
            raise Forbidden(f"this key lacks the scope {scope}")


def authenticate(directory: Directory, headers: Mapping[str, str], scope: str | None = None) -> Principal:
    """The holder of the key in a request's headers, whose names are in lower case.

    Raises Unauthenticated, and Forbidden when the key lacks the scope. A revoked key is refused within a minute.
    """
    text = presented_key(headers)
    name = read_key_name(text) if text else None
    if text is None or name is None:
        raise Unauthenticated(_HINT)
    record = directory.record(name.organisation, Kind.API_KEY, name.key)
    body = record.body if record else {}
    right = hmac.compare_digest(key_hash(text), str(body.get("hash", _NOBODY)))
    if record is None or not right or body.get("revoked_at") or body.get("mode") != name.mode:
        raise Unauthenticated(_HINT)
    principal = Principal(name.organisation, record.id, name.mode, frozenset(body["scopes"]))
    if scope is not None:
        principal.require(scope)
    return principal


def presented_key(headers: Mapping[str, str]) -> str | None:
    """The key in a request's headers; None when there is none, or two that differ."""
    scheme, _, bearer = headers.get("authorization", "").strip().partition(" ")
    keys = {headers.get("x-api-key", "").strip(), bearer.strip() if scheme.lower() == "bearer" else ""} - {""}
    return keys.pop() if len(keys) == 1 else None
