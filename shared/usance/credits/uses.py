"""Uses on their way: what is covered at once, what waits for a grant, what a correction gives back."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from usance.credits.entries import Draw, Use
from usance.credits.pots import Pot, Pots
from usance.kernel.amount import ZERO

Rest = tuple[Use, Decimal]


@dataclass(slots=True)
class _Claim:
    """A use, or a correction, and what of it is still without an answer."""

    use: Use
    rest: Decimal


@dataclass(slots=True)
class _Tab:
    """What one consumer used in one billing period: corrections look here for what to give back."""

    waiting: list[_Claim] = field(default_factory=list)
    drawn: list[tuple[Pot, int, Decimal]] = field(default_factory=list)
    excess: list[_Claim] = field(default_factory=list)
    """Corrections of more than was used before them; later uses of the period are set against them."""


class Uses:
    """All uses, in order of time, over the pots that cover them."""

    def __init__(self, pots: Pots) -> None:
        self._pots = pots
        self._tabs: dict[tuple[str, datetime | None], _Tab] = {}
        self._queue: deque[_Claim] = deque()
        self._waiting: list[_Claim] = []
        self._closed: list[_Claim] = []

    def take(self, use: Use, at: datetime) -> None:
        """Take the next use: cover it as far as grants go, and let the rest wait."""
        tab = self._tabs.setdefault((use.consumer, use.waits_until), _Tab())
        if use.amount < 0:
            self._correct(tab, use, at)
            return
        claim = _Claim(use, use.amount)
        _offset(tab.excess, claim)
        self._draw(claim, tab, at)
        if claim.rest:
            tab.waiting.append(claim)
            self._waiting.append(claim)
            self._queue.append(claim)

    def cover(self, at: datetime) -> None:
        """Cover what waits, in order of time, with what grants hold now."""
        while self._queue and not self._pots.empty:
            claim = self._queue[0]
            if claim.use.waits_at(at):
                self._draw(claim, self._tabs[claim.use.consumer, claim.use.waits_until], at)
                if claim.rest:
                    return
            self._queue.popleft()

    def reset(self, *, preserve: bool) -> None:
        """Start usage anew. Without `preserve`, what waits is overage from now on."""
        if preserve:
            return
        self._closed += self._waiting
        self._waiting = []
        self._queue.clear()
        self._tabs.clear()

    def left(self, until: datetime) -> tuple[list[Rest], list[Rest]]:
        """What is overage at a moment, and what still waits, both in the order of use."""
        waiting = [claim for claim in self._waiting if claim.rest]
        over = [claim for claim in self._closed if claim.rest]
        over += [claim for claim in waiting if not claim.use.waits_at(until)]
        return _in_order(over), _in_order(claim for claim in waiting if claim.use.waits_at(until))

    def _draw(self, claim: _Claim, tab: _Tab, at: datetime) -> None:
        taken = self._pots.draw(claim.use.ref, at, claim.rest)
        tab.drawn += taken
        claim.rest -= sum((units for _, _, units in taken), ZERO)

    def _correct(self, tab: _Tab, use: Use, at: datetime) -> None:
        # What no grant covered is taken back before what one did, the latest first: in this order it was taken.
        claim = _Claim(use, use.amount)
        _offset(tab.waiting, claim)
        while claim.rest and tab.drawn:
            pot, givings, units = tab.drawn.pop()
            back = min(units, -claim.rest)
            claim.rest += back
            if units > back:
                tab.drawn.append((pot, givings, units - back))
            self._pots.give_back(pot, givings, Draw(pot.grant.id, use.ref, at, -back))
        if claim.rest:
            tab.excess.append(claim)
            self._waiting.append(claim)
        self.cover(at)


def _offset(others: list[_Claim], claim: _Claim) -> None:
    """Set a claim against claims of the other sign, the latest first."""
    while claim.rest and others:
        other = others[-1]
        units = min(abs(claim.rest), abs(other.rest))
        sign = 1 if claim.rest > 0 else -1
        claim.rest -= sign * units
        other.rest += sign * units
        if not other.rest:
            others.pop()


def _in_order(claims: Iterable[_Claim]) -> list[Rest]:
    return sorted(
        ((claim.use, claim.rest) for claim in claims), key=lambda rest: (rest[0].at, rest[0].ref, rest[0].consumer)
    )
