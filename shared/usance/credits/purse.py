"""One giving of a credit grant: what it is worth in money, what of it has been paid out, and what rolls over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from usance.credits.entries import Reason
from usance.credits.grant import Grant
from usance.kernel.amount import ZERO, to_quantity, to_whole

Rank = tuple[tuple[int, datetime, datetime, str], datetime]


class Purse:
    """Credits that are usable in [`start`, `end`).

    Money paid out is whole minor units; the credits that it took are worked out for all of it and rounded once, so that
    nothing drifts and the last cent is never missing.
    """

    def __init__(self, grant: Grant, start: datetime, end: datetime, rate: Decimal, exponent: int) -> None:
        self.grant = grant
        self.start = start
        self.end = end
        self.rank: Rank = (grant.rank(start), start)
        self.credits = grant.amount
        """What was given, and what rolled over into it."""
        self.rolled_over = ZERO
        """What of it was a rest of the giving before."""
        self.lapsed = ZERO
        self.closed = False
        self.paid = 0
        """Minor units."""
        self.drawn = ZERO
        """Credits that were paid out."""
        self.next: Purse | None = None
        self._minor_in_one = rate.scaleb(exponent)

    @property
    def rest(self) -> Decimal:
        return self.credits - self.drawn

    @property
    def available(self) -> int:
        """Whole minor units that it can still pay."""
        return int(to_whole(self.credits * self._minor_in_one, "down")) - self.paid

    @property
    def reason(self) -> Reason:
        """Why its rest lapses when it ends."""
        if self.next is not None:
            return "given_again"
        return "voided" if self.grant.voided else "expired"

    def take(self, minor: int) -> Decimal:
        """Pay minor units out, at most those that are available; how many credits they took."""
        self.paid += minor
        before = self.drawn
        self.drawn = min(self.credits, to_quantity(self.paid / Fraction(self._minor_in_one)))
        return self.drawn - before

    def close(self) -> None:
        """End it: what rolls over goes to the next giving, and the rest lapses."""
        kept = ZERO
        if self.next is not None and self.grant.rollover is not None:
            kept = self.grant.rollover.of(self.rest)
            self.next.credits += kept
            self.next.rolled_over = min(kept, self.rest)
        self.lapsed = max(ZERO, self.rest - kept)
        self.closed = True


def purses(grant: Grant, until: datetime, rate: Decimal, exponent: int) -> Iterator[Purse]:
    """The givings of a grant up to an instant, in order, each with the next one."""
    instants = [*grant.given_at(until)]
    made = [Purse(grant, at, grant.ends_at, rate, exponent) for at in instants]
    for one, following in pairwise(made):
        one.end, one.next = following.start, following
    if made and grant.recurrence is not None:
        made[-1].end = next(grant.recurrence.between(instants[-1], grant.ends_at), grant.ends_at)
    yield from made
