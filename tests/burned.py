"""Grants and uses of January, written short: what the tests of burn-down are made of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from usance.credits.entries import Use
from usance.credits.grant import Grant, Recurring
from usance.kernel.recurrence import Cadence

JANUARY = datetime(2024, 1, 1, tzinfo=UTC)
FEBRUARY = datetime(2024, 2, 1, tzinfo=UTC)
MARCH = datetime(2024, 3, 1, tzinfo=UTC)


def day(number: int, hour: int = 0) -> datetime:
    return JANUARY + timedelta(days=number - 1, hours=hour)


def grant(name: str, amount: int | str, at: datetime = JANUARY, **more) -> Grant:
    return Grant(name, "calls", "quantity", Decimal(amount), at, **more)


def use(ref: str, at: datetime, amount: int | str, waits_until: datetime | None = FEBRUARY, consumer: str = "") -> Use:
    return Use(ref, at, Decimal(amount), waits_until, consumer)


def every(cadence: str, anchor: datetime = JANUARY, **more) -> Recurring:
    return Recurring(anchor, Cadence.parse(cadence), **more)


def numbers(burned) -> dict[str, int]:
    return {name: int(balance) for name, balance in burned.balances.items()}
