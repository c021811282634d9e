"""A grant: so much of an entitlement, from an instant on, once or again and again.

Grants live in instants, contracts in days: `Recurring` stands between the two. Its instants are anchored in local time,
so that monthly means the same time of day in the grant's zone, day 31 clamps and returns, and nights with a change of
clocks move nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal

from usance.catalog.modifiers import GrantType
from usance.kernel.amount import ZERO
from usance.kernel.instant import day_start, zone
from usance.kernel.recurrence import Cadence, Recurrence

END_OF_TIME = datetime.max.replace(tzinfo=UTC)
"""Later than every expiry: where a grant without one stands in the order of use."""

_MIDNIGHT = time()


@dataclass(frozen=True, slots=True)
class Kept:
    """What of a rest is kept when a grant is given again or usage is reset: min(maximum, max(minimum, rest))."""

    maximum: Decimal
    minimum: Decimal = ZERO

    def of(self, rest: Decimal) -> Decimal:
        """Units that are there afterwards, besides what is given anew. More than the rest where the minimum is."""
        return min(self.maximum, max(self.minimum, rest))


@dataclass(frozen=True, slots=True)
class Recurring:
    """Every `cadence` before and after `anchor`, at the anchor's time of day in a zone; none at `until` or later."""

    anchor: datetime
    cadence: Cadence
    zone: str = "UTC"
    until: datetime | None = None

    def at(self, n: int) -> datetime:
        """The n-th instant; the anchor's is number 0. Instants outside the calendar are the end of time."""
        local = self.anchor.astimezone(zone(self.zone))
        return _instant(_boundary(Recurrence(local.date(), self.cadence), n), local.time(), self.zone)

    def between(self, after: datetime, before: datetime) -> Iterator[datetime]:
        """The instants later than one and earlier than another, in order."""
        before = before if self.until is None else min(before, self.until)
        local = self.anchor.astimezone(zone(self.zone))
        days = Recurrence(local.date(), self.cadence)
        n = days.index_at(after.astimezone(zone(self.zone)).date())
        while (instant := _instant(_boundary(days, n), local.time(), self.zone)) < before:
            if instant > after:
                yield instant
            n += 1


def _boundary(days: Recurrence, n: int) -> date:
    try:
        return days.boundary(n)
    except (ValueError, OverflowError):
        return date.max


def _instant(day: date, clock: time, zone_name: str) -> datetime:
    if day == date.max:
        return END_OF_TIME
    if clock == _MIDNIGHT:
        return day_start(day, zone_name)
    return datetime.combine(day, clock, zone(zone_name)).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Grant:
    """So much of an entitlement, usable in [`effective_at`, `ends_at`).

    A grant that recurs is given anew at each instant of `recurrence` that lies within; what is left then is lost, but
    for what `rollover` keeps.
    """

    id: str
    entitlement: str
    type: GrantType
    amount: Decimal
    """Units or credits, each time that it is given; zero for a feature."""
    effective_at: datetime
    priority: int = 0
    """The lowest is used first."""
    expires_at: datetime | None = None
    """First instant at which it cannot be used any more; None for never."""
    recurrence: Recurring | None = None
    rollover: Kept | None = None
    lapses_when_given_again: bool = False
    """Whether, in the order of use, it counts as expiring when it is given the next time."""
    voided_at: datetime | None = None
    """Since when it is withdrawn."""
    unit: str | None = None
    """For credits in a pricing unit: its code."""
    label: str | None = None
    source: str = ""
    """What gave it: of a contract, an item, an invoice, a person."""
    cycle: date | None = None
    """First day of the billing period whose invoice gave it."""

    @property
    def ends_at(self) -> datetime:
        """First instant at which it cannot be used: expired or withdrawn."""
        return min(self.expires_at or END_OF_TIME, self.voided_at or END_OF_TIME)

    @property
    def voided(self) -> bool:
        """Whether it ends because it was withdrawn, before it would have expired."""
        return self.voided_at is not None and self.voided_at < (self.expires_at or END_OF_TIME)

    def given_at(self, until: datetime) -> Iterator[datetime]:
        """The instants up to and including `until` at which it is given, in order."""
        if self.effective_at >= self.ends_at or self.effective_at > until:
            return
        yield self.effective_at
        if self.recurrence is not None:
            for instant in self.recurrence.between(self.effective_at, self.ends_at):
                if instant > until:
                    return
                yield instant

    def rank(self, given_at: datetime | None = None) -> tuple[int, datetime, datetime, str]:
        """Where it stands in the order of use: priority, earliest expiry (never is last), oldest, id.

        `given_at` is when it was given the last time, for grants whose rest lapses when they are given again."""
        expiry = self.expires_at or END_OF_TIME
        if self.lapses_when_given_again and self.recurrence is not None:
            last = given_at or self.effective_at
            expiry = next(self.recurrence.between(last, expiry), expiry)
        return self.priority, expiry, self.effective_at, self.id
