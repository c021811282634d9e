"""What grants hold while they burn down, and which of them is used next."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from usance.credits.entries import Draw, Given, Lapse, Reason
from usance.credits.grant import Grant, Kept
from usance.kernel.amount import ZERO

Rank = tuple[int, datetime, datetime, str]


class Pot:
    """What one grant holds at the moment that the burn-down has reached."""

    __slots__ = ("balance", "givings", "grant", "open", "rank")

    def __init__(self, grant: Grant) -> None:
        self.grant = grant
        self.balance = ZERO
        self.rank = grant.rank()
        self.open = False
        """Whether the grant is in force."""
        self.givings = 0
        """How often it was given: a unit drawn before the last time cannot come back."""


class Pots:
    """All grants: their balances and the ledger of what moved. Those that hold something stand in the order of use.

    Raises ValueError for two grants of one id.
    """

    def __init__(self, grants: Iterable[Grant]) -> None:
        self.by_id: dict[str, Pot] = {}
        for grant in grants:
            if grant.id in self.by_id:
                raise ValueError(f"two grants have the id {grant.id}")
            self.by_id[grant.id] = Pot(grant)
        self.given: list[Given] = []
        self.draws: list[Draw] = []
        self.lapses: list[Lapse] = []
        self._ready: list[tuple[Rank, Pot]] = []

    @property
    def empty(self) -> bool:
        """Whether no grant in force holds anything."""
        return not self._ready

    def give(self, pot: Pot, at: datetime) -> None:
        """Give a grant: for the first time, or again, when its rest lapses but for what rolls over."""
        rollover = pot.grant.rollover
        kept = ZERO if rollover is None or not pot.open else rollover.of(pot.balance)
        self.keep(pot, at, kept, "given_again")
        self._credit(pot, at, pot.grant.amount)
        self._set(pot, pot.balance + pot.grant.amount, pot.grant.rank(at))
        pot.open = True
        pot.givings += 1

    def open_with(self, pot: Pot, at: datetime, balance: Decimal) -> None:
        """Take over a balance that was worked out before."""
        self._credit(pot, at, balance)
        self._set(pot, balance, pot.grant.rank(at))
        pot.open = True
        pot.givings += 1

    def keep(self, pot: Pot, at: datetime, kept: Decimal, reason: Reason) -> None:
        """Leave a grant with what it keeps: the rest lapses, and what is missing is given."""
        self._lapse(pot, at, pot.balance - kept, reason)
        self._credit(pot, at, kept - pot.balance)
        self._set(pot, kept)

    def end(self, pot: Pot, at: datetime) -> None:
        """End a grant: what it holds lapses."""
        self.keep(pot, at, ZERO, "voided" if pot.grant.voided else "expired")
        pot.open = False

    def reset(self, at: datetime, kept: Mapping[str, Kept]) -> None:
        """Leave every grant in force with what it keeps when usage starts anew."""
        for name, pot in sorted(self.by_id.items()):
            if pot.open:
                self.keep(pot, at, kept[name].of(pot.balance) if name in kept else ZERO, "reset")

    def draw(self, ref: str, at: datetime, need: Decimal) -> list[tuple[Pot, int, Decimal]]:
        """Cover up to `need` units in the order of use; which pots gave how much, with their number of givings."""
        taken = []
        while need > 0 and self._ready:
            pot = self._ready[0][1]
            units = min(need, pot.balance)
            need -= units
            self._set(pot, pot.balance - units)
            self.draws.append(Draw(pot.grant.id, ref, at, units))
            taken.append((pot, pot.givings, units))
        return taken

    def give_back(self, pot: Pot, givings: int, draw: Draw) -> None:
        """Give back units drawn after a number of givings. They lapse when the grant ended or was given again since."""
        self.draws.append(draw)
        if pot.open and pot.givings == givings:
            self._set(pot, pot.balance - draw.amount)
        else:
            self._lapse(pot, draw.at, -draw.amount, "returned_late")

    def _credit(self, pot: Pot, at: datetime, units: Decimal) -> None:
        if units > 0:
            self.given.append(Given(pot.grant.id, at, units))

    def _lapse(self, pot: Pot, at: datetime, units: Decimal, reason: Reason) -> None:
        if units > 0:
            self.lapses.append(Lapse(pot.grant.id, at, units, reason))

    def _set(self, pot: Pot, balance: Decimal, rank: Rank | None = None) -> None:
        if pot.balance > 0:
            del self._ready[bisect_left(self._ready, pot.rank, key=_rank)]
        pot.balance = balance
        pot.rank = rank or pot.rank
        if balance > 0:
            insort(self._ready, (pot.rank, pot), key=_rank)


def _rank(entry: tuple[Rank, Pot]) -> Rank:
    return entry[0]
