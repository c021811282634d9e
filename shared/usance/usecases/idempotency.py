"""Do what a request asks once for each idempotency key, and give the first answer to every repetition.

A claim is written before the work and its answer after it. A request that finds a claim without an answer is the
repetition of one that crashed, or that is still under way: it does the work again, which is safe because every id it
makes follows from the claim.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import msgspec

from usance.kernel.errors import BodyTooLarge, Conflict, IdempotencyMismatch
from usance.ports import Tables, TransactionRefused
from usance.records.idempotency import Claim, claim_key, read_claim
from usance.usecases.registry import Intent

_TRIES: Final = 4
_MOST_BYTES: Final = 300_000
"""Longer answers are worked out again rather than kept: an item has room for 400 KB."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked. `scope` is the organisation's id, or `~operator`."""

    scope: str
    route: str
    key: str
    content: Any

    @property
    def fingerprint(self) -> str:
        """The same for the same request, whatever the order of its members."""
        return hashlib.sha256(msgspec.json.encode([self.route, self.content], order="deterministic")).hexdigest()


def claim(tables: Tables, request: Request, now: datetime) -> Claim:
    """The claim of a request, made or found. One with an answer is done. `now` is the wall clock's.

    Raises IdempotencyMismatch when the key was used for another request.
    """
    key, fingerprint = claim_key(request.scope, request.route, request.key), request.fingerprint
    for _ in range(_TRIES):
        known, version = read_claim(tables, key, now)
        if known is not None:
            if known.fingerprint != fingerprint:
                raise IdempotencyMismatch("this idempotency key was used for another request: take a new one")
            return known
        fresh = Claim(key, fingerprint, now, secrets.token_hex(16), version=version)
        with contextlib.suppress(TransactionRefused):
            tables.transact([fresh.put()])
            return replace(fresh, version=(version or 0) + 1, fresh=True)
    raise Conflict("others keep using this idempotency key; try again")


def intent(request: Request, claimed: Claim) -> Intent:
    """What the work makes its ids from."""
    return Intent(claimed.at, (request.scope, request.route, request.key), claimed.salt)


def keep_answer(tables: Tables, claimed: Claim, status: int, body: Any) -> None:  # noqa: ANN401 - JSON values
    """Keep the answer of a claim, for its repetitions. The first answer kept stands."""
    answer = {"status": status, "body": body}
    if len(msgspec.json.encode(answer)) > _MOST_BYTES:
        return
    with contextlib.suppress(TransactionRefused, BodyTooLarge):
        tables.transact([replace(claimed, answer=answer).put()])


def give_back(tables: Tables, claimed: Claim) -> None:
    """Give a key back whose request was refused, so that the mended request may use it."""
    with contextlib.suppress(TransactionRefused):
        tables.transact([claimed.drop()])
