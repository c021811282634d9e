"""Verified webhooks of providers, each stored once under the provider's event id.

    {org}#hook#{provider}  {event id}   what it says, its raw text, and what became of it

`status` is received until it was applied or, with the reason, ignored. Kept for 400 days as evidence.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from usance.kernel.instant import parse_instant, show_instant
from usance.kernel.money import Money
from usance.payments.outcome import ChargeResult, Outcome
from usance.ports import Item, Key, ProviderNotice, Put, Table, Tables

_KEPT = timedelta(days=400)


class NoticeStatus(StrEnum):
    """What became of a notice."""

    RECEIVED = "received"
    APPLIED = "applied"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class StoredNotice:
    """A stored notice, what became of it, and its item for the next write."""

    notice: ProviderNotice
    status: NoticeStatus
    item: Item


def notice_key(organisation: str, provider: str, event: str) -> Key:
    """Where a provider's event is."""
    return Key(Table.DOCUMENTS, f"{organisation}#hook#{provider}", event)


def put_notice(organisation: str, provider: str, notice: ProviderNotice, raw: str, now: datetime) -> Put:
    """The change that stores a verified notice; refused when its event is stored already."""
    body = {
        "event": notice.event,
        "type": notice.type,
        "created_at": show_instant(notice.created_at),
        "attempt": notice.attempt,
        "result": None if notice.result is None else _result_json(notice.result),
        "raw": raw,
        "received_at": show_instant(now),
        "status": NoticeStatus.RECEIVED.value,
        "reason": None,
    }
    return Put(notice_key(organisation, provider, notice.event), body, expires_at=now + _KEPT)


def close_notice(stored: StoredNotice, status: NoticeStatus, reason: str | None, now: datetime) -> Put:
    """The change that says what became of a notice."""
    item = stored.item
    body = {**item.body, "status": status.value, "reason": reason, "closed_at": show_instant(now)}
    return Put(item.key, body, expect=item.version, expires_at=item.expires_at)


def read_notice(tables: Tables, organisation: str, provider: str, event: str) -> StoredNotice | None:
    """A stored notice."""
    item = tables.get(notice_key(organisation, provider, event))
    if item is None:
        return None
    body = item.body
    notice = ProviderNotice(
        event=body["event"],
        type=body["type"],
        created_at=parse_instant(body["created_at"]),
        attempt=body["attempt"],
        result=None if body["result"] is None else _result(body["result"]),
    )
    return StoredNotice(notice, NoticeStatus(body["status"]), item)


def _result_json(result: ChargeResult) -> dict[str, Any]:
    return {
        "outcome": result.outcome.value,
        "reference": result.reference,
        "amount": None if result.amount is None else {"amount": str(result.amount), "currency": result.amount.currency},
        "code": result.code,
        "message": result.message,
    }


def _result(body: dict[str, Any]) -> ChargeResult:
    amount = body["amount"]
    return ChargeResult(
        outcome=Outcome(body["outcome"]),
        reference=body["reference"],
        amount=None if amount is None else Money.parse(amount["amount"], amount["currency"]),
        code=body["code"],
        message=body["message"],
    )
