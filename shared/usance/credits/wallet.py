"""A wallet: a customer's money in one currency, as a fold over entries that never change.

Money is spent by priority, then earliest expiry (never is last), then promotional before purchased, oldest, id. At one
instant money expires first, then credits come in, then debits are undone, then credits are voided, then debits go out.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from usance.catalog.wallet import AutomaticTopUp
from usance.credits.wallet_entries import (
    Entry,
    Kind,
    WalletCredit,
    WalletDebit,
    WalletDraw,
    WalletLapse,
    WalletReturn,
    WalletVoid,
)
from usance.kernel.errors import Conflict
from usance.kernel.money import Money

_TURNS = (WalletCredit, WalletReturn, WalletVoid, WalletDebit)
_NEXT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Holding:
    """What is left of a credit."""

    credit: WalletCredit
    left: Money


@dataclass(frozen=True, slots=True)
class Wallet:
    """A wallet at a moment, with all that has happened at that instant: credits = draws + lapses + balance."""

    currency: str
    holdings: tuple[Holding, ...]
    """Credits that hold something, in the order of spending."""
    draws: tuple[WalletDraw, ...]
    lapses: tuple[WalletLapse, ...]

    @property
    def balance(self) -> Money:
        """Money that is there."""
        return Money.total([held.left for held in self.holdings], self.currency)

    def balance_of(self, kind: Kind) -> Money:
        """Money of one kind that is there."""
        return Money.total([held.left for held in self.holdings if held.credit.kind == kind], self.currency)


def wallet_at(entries: Iterable[Entry], currency: str, at: datetime) -> Wallet:
    """The wallet at an instant. The order of the entries does not matter, and a copy of one counts once.

    Raises Conflict for a debit of more than there is, for two entries of one id, and where a debit or credit that is
    undone or voided is not there. Raises ValueError for another currency.
    """
    fold = _Fold(currency)
    for entry in _in_turn(entries, at):
        fold.expire(entry.at)
        fold.take(entry)
    fold.expire(at)
    holdings = tuple(Holding(credit, Money(fold.left[credit.id], currency)) for credit in fold.spendable())
    return Wallet(currency, holdings, tuple(fold.draws), tuple(fold.lapses))


def apply(
    entries: Iterable[Entry], amount: Money, at: datetime, *, debit: str = "", ref: str = ""
) -> tuple[WalletDraw, ...]:
    """What the wallet pays of an amount at an instant, by credit in the order of spending; at most what it holds."""
    draws, due = [], amount
    for held in wallet_at(entries, amount.currency, at).holdings:
        paid = min(held.left, due)
        if paid.minor > 0:
            draws.append(WalletDraw(held.credit.id, held.credit.kind, debit, ref, at, paid))
            due -= paid
    return tuple(draws)


def entered_at(last: datetime | None, at: datetime) -> datetime:
    """The instant of an entry that is recorded at one: later than the last one's, so that no entry ever comes in before
    another that counted without it, whatever the clocks of those who record them say."""
    return at if last is None or at > last else last + _NEXT


def top_up(settings: AutomaticTopUp, balance: Money, open_top_ups: int) -> Money | None:
    """How much to buy now: nothing above the threshold, and nothing while a top-up is open, paid or not known yet."""
    if open_top_ups or balance.amount > settings.threshold:
        return None
    if settings.target is not None:
        return Money.of(settings.target, balance.currency) - balance
    return None if settings.amount is None else Money.of(settings.amount, balance.currency)


def _in_turn(entries: Iterable[Entry], until: datetime) -> list[Entry]:
    known: dict[str, Entry] = {}
    for entry in entries:
        if known.setdefault(entry.id, entry) != entry:
            raise Conflict(f"the wallet has two entries with the id {entry.id}")
    past = [entry for entry in known.values() if entry.at <= until]
    return sorted(past, key=lambda entry: (entry.at, _TURNS.index(type(entry)), entry.id))


class _Fold:
    """What credits hold, in minor units, while entries are taken in order of time."""

    def __init__(self, currency: str) -> None:
        self.left: dict[str, int] = {}
        self.draws: list[WalletDraw] = []
        self.lapses: list[WalletLapse] = []
        self._currency = currency
        self._credits: dict[str, WalletCredit] = {}
        self._order: list[WalletCredit] = []
        self._gone: dict[str, WalletLapse] = {}
        self._debits: dict[str, list[WalletDraw]] = {}

    def spendable(self) -> list[WalletCredit]:
        return [credit for credit in self._order if self.left[credit.id]]

    def expire(self, at: datetime) -> None:
        """Let lapse what expires by an instant."""
        ending = [(one.expires_at, one.id, one) for one in self._order if one.expires_at and one.expires_at <= at]
        for expired_at, _, credit in sorted(ending, key=lambda end: end[:2]):
            lapsed_at = max(expired_at, credit.at)
            self._end(WalletLapse(credit.id, credit.kind, lapsed_at, self._money(0), "expired"))

    def take(self, entry: Entry) -> None:
        """Take the next entry."""
        if isinstance(entry, WalletCredit):
            self._put_in(entry)
        elif isinstance(entry, WalletDebit):
            self._spend(entry)
        elif isinstance(entry, WalletReturn):
            self._undo(entry)
        elif entry.credit not in self._credits:
            raise Conflict(f"the wallet has no credit {entry.credit} to void")
        elif entry.credit not in self._gone:
            kind = self._credits[entry.credit].kind
            self._end(WalletLapse(entry.credit, kind, entry.at, self._money(0), "voided"))

    def _put_in(self, credit: WalletCredit) -> None:
        self.left[credit.id] = (credit.amount + self._money(0)).minor
        self._credits[credit.id] = credit
        insort(self._order, credit, key=lambda one: one.rank)
        self.expire(credit.at)

    def _spend(self, debit: WalletDebit) -> None:
        due = (debit.amount + self._money(0)).minor
        self._debits[debit.id] = []
        for credit in self._order:
            if minor := min(due, self.left[credit.id]):
                due -= minor
                self.left[credit.id] -= minor
                draw = WalletDraw(credit.id, credit.kind, debit.id, debit.ref, debit.at, self._money(minor))
                self._debits[debit.id].append(draw)
        if due:
            raise Conflict(f"debit {debit.id} of {debit.amount} is {self._money(due)} more than the wallet has")
        self.draws += self._debits[debit.id]

    def _undo(self, entry: WalletReturn) -> None:
        if entry.debit not in self._debits:
            raise Conflict(f"the wallet has no debit {entry.debit} to undo")
        for draw in self._debits[entry.debit]:
            self.draws.append(replace(draw, at=entry.at, amount=-draw.amount))
            self.left[draw.credit] += draw.amount.minor
            if draw.credit in self._gone:
                self._lapse(replace(self._gone[draw.credit], at=entry.at))
        self._debits[entry.debit] = []

    def _end(self, lapse: WalletLapse) -> None:
        self._gone[lapse.credit] = lapse
        self._order.remove(self._credits[lapse.credit])
        self._lapse(lapse)

    def _lapse(self, lapse: WalletLapse) -> None:
        if minor := self.left[lapse.credit]:
            self.lapses.append(replace(lapse, amount=self._money(minor)))
            self.left[lapse.credit] = 0

    def _money(self, minor: int) -> Money:
        return Money(minor, self._currency)
