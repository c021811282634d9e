"""Records of the control plane as an organisation makes, finds and lists them.

An id is drawn from the request that makes a record: a request repeated under its idempotency key makes the same id,
so that what a crash left half done is completed and nothing is made twice.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from usance.kernel.errors import Conflict, NotFound
from usance.kernel.ids import derived_id, new_id
from usance.ports import Body, ControlPlane, Kind, Record

_TRIES: Final = 8


@dataclass(frozen=True, slots=True)
class Intent:
    """A request that makes something. `at` is when it was first made; `seed` names it when it can be repeated;
    `salt` goes into secrets and is known to nobody outside."""

    at: datetime
    seed: tuple[str, ...] = ()
    salt: str = ""

    def id(self, prefix: str) -> str:
        """The id of what this request makes of a kind: one of each, the same however often it is repeated."""
        return derived_id(prefix, self.at, *self.seed) if self.seed else new_id(prefix, self.at)

    def secret(self, root: str, name: str) -> bytes | None:
        """Bytes that only who holds `root` can work out again; None when the request cannot be repeated."""
        if not self.seed:
            return None
        return hmac.digest(root.encode(), f"{self.salt}\x1f{name}".encode(), hashlib.sha256)


def register(control: ControlPlane, record: Record) -> Record:
    """Create a record; what this very request created before is success. Raises Conflict for a taken external id."""
    try:
        control.create(record)
    except Conflict:
        known = control.get(record.organisation, record.kind, record.id)
        if known is None or known.id != record.id:
            raise
        return known
    return record


def find(control: ControlPlane, organisation: str, kind: Kind, reference: str) -> Record:
    """A record by id or external id. Raises NotFound."""
    record = control.get(organisation, kind, reference)
    if record is None:
        raise NotFound(f"there is no {kind.name.lower().replace('_', ' ')} {reference[:255]!r}")
    return record


def change(control: ControlPlane, record: Record, edit: Callable[[Record], Body | None]) -> Record:
    """Replace a record's body by what `edit` makes of the record, whatever version it is by then; None leaves it."""
    for _ in range(_TRIES):
        body = edit(record)
        if body is None:
            return record
        successor = replace(record, body=body, version=record.version + 1)
        try:
            control.replace(successor)
        except Conflict:
            record = find(control, record.organisation, record.kind, record.id)
            continue
        return successor
    raise Conflict(f"others keep changing {record.id}; try again")
