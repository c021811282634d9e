"""The wallet of a scenario's customer: what production records in tables, here in a list.

Entries and what they post are made by the same functions as production's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from usance.catalog.wallet import AutomaticTopUp
from usance.credits.wallet import Wallet as Folded
from usance.credits.wallet import entered_at, top_up, wallet_at
from usance.credits.wallet_entries import Entry, WalletCredit, WalletDebit, WalletDraw, WalletVoid
from usance.invoicing.document import Document
from usance.invoicing.wallet import buys_credit, credit_entry, lapse_entry, top_up_document
from usance.kernel.amount import ZERO, plain
from usance.kernel.ids import derived_id
from usance.kernel.instant import day_start, local_day, show_instant
from usance.kernel.money import Money
from usance.kernel.period import ONE_DAY
from usance.ledger.account import CASH, CUSTOMER_CREDIT_PENDING, Account
from usance.ledger.journal import JournalEntry
from usance.scenario.books import Books, Issued
from usance.scenario.wallet_terms import WalletFact

_LEFT = "payment"
"""Source of a credit that was left of a payment."""


@dataclass(slots=True)
class Wallet:
    """The wallet. `zone` is the organisation's, in which it posts; `customer_zone` that in which credits expire."""

    books: Books
    customer: str
    currency: str
    zone: str
    customer_zone: str
    auto_top_up: AutomaticTopUp | None = None
    entries: list[Entry] = field(default_factory=list)
    last: datetime | None = None
    top_ups: int = 0
    open_top_up: str | None = None
    _posted: set[str] = field(default_factory=set)

    # -- money goes in -------------------------------------------------------------------------------------------------

    def take_in(self, fact: WalletFact, at: datetime) -> bool:
        """Put money in, or withdraw the credits of a label. Returns whether there was anything to do."""
        if fact.void is not None:
            return self._void(fact.void, at)
        expires_at = None if fact.expires_on is None else day_start(fact.expires_on + ONE_DAY, self.customer_zone)
        credit = WalletCredit(
            id=self._name(at),
            kind=fact.kind,
            amount=Money.parse(plain(fact.amount or ZERO), self.currency),
            at=self._enter(at),
            expires_at=expires_at,
            priority=fact.priority,
            cost_basis=fact.basis,
            label=fact.label,
            source=fact.reference,
        )
        self._put_in(credit, CASH)
        return True

    def take_left(self, amount: Money, at: datetime) -> None:
        """Keep what is left of a payment; it was posted with the payment."""
        if amount:
            name, entered = self._name(at), self._enter(at)
            self.entries.append(WalletCredit(name, "purchased", amount, entered, label="Payment", source=_LEFT))

    def take_bought(self, issued: Issued, at: datetime) -> None:
        """Put in what a top-up bought, now that its invoice is paid."""
        if not buys_credit(issued.document) or issued.due:
            return
        name, entered, source = self._name(at), self._enter(at), issued.document.number
        credit = WalletCredit(name, "purchased", issued.total, entered, label="Top-up", source=source)
        self._put_in(credit, CUSTOMER_CREDIT_PENDING)
        if self.open_top_up == issued.document.id:
            self.open_top_up = None

    # -- money goes out ------------------------------------------------------------------------------------------------

    def pays(self, document: Document, at: datetime) -> Money | None:
        """Pay what the wallet can of a document that is being issued; None for nothing."""
        if not self.entries or document.total.minor <= 0:
            return None
        entered = entered_at(self.last, at)
        paid = min(self._at(entered).balance, document.total)
        if not paid:
            return None
        self.entries.append(WalletDebit(document.id, document.number or "", paid, self._enter(at)))
        return paid

    def tops_up(self, at: datetime) -> Document | None:
        """The invoice of a top-up, without its number, where too little is left now."""
        if self.auto_top_up is None:
            return None
        amount = top_up(self.auto_top_up, self.now(at).balance, 1 if self.open_top_up else 0)
        if amount is None:
            return None
        self.top_ups += 1
        day = local_day(at, self.zone)
        document = top_up_document(self.books.organisation, self.customer, amount, day, self.top_ups)
        self.open_top_up = document.id
        return document

    def expiries(self, after: datetime | None, until: datetime) -> Iterator[datetime]:
        """Instants past one and up to another at which something may expire."""
        for one in self._credits().values():
            at = one.expires_at
            if at is not None and at <= until and (after is None or at > after):
                yield at

    def lapse(self, at: datetime) -> bool:
        """Post what has expired by an instant, or was withdrawn. Returns whether anything was."""
        if not self.entries:
            return False
        lapses = [one for one in self.now(at).lapses if one.credit not in self._posted]
        for one in lapses:
            self._posted.add(one.credit)
            days = {"posted_on": local_day(at, self.zone), "effective_on": local_day(one.at, self.zone)}
            self._post(lapse_entry(self.books.organisation, self.customer, self._credits()[one.credit], one, **days))
            self.last = one.at if self.last is None else max(self.last, one.at)
        return bool(lapses)

    def _void(self, label: str, at: datetime) -> bool:
        held = [one.credit for one in self.now(at).holdings if one.credit.label == label]
        for credit in held:
            self.entries.append(WalletVoid(f"void:{credit.id}", credit.id, self._enter(at)))
        self.lapse(at)
        return bool(held)

    # -- what there is -------------------------------------------------------------------------------------------------

    def now(self, at: datetime) -> Folded:
        """The wallet at an instant, with all that was recorded at it."""
        return self._at(at if self.last is None else max(at, self.last))

    def to_json(self, at: datetime) -> dict[str, Any]:
        """What is there, and by credit, in the order in which they came in, what each of them paid."""
        if not self.entries:
            return {}
        wallet = self.now(at)
        left = {held.credit.id: held.left for held in wallet.holdings}
        of_payments = (held.left for held in wallet.holdings if held.credit.source == _LEFT)
        return {
            "currency": self.currency,
            "balance": str(wallet.balance),
            "promotional": str(wallet.balance_of("promotional")),
            "purchased": str(wallet.balance_of("purchased")),
            "unallocated": str(Money.total(of_payments, self.currency)),
            "entries": [
                self._entry(credit, wallet, left.get(credit.id, Money.zero(self.currency)))
                for credit in self._credits().values()
            ],
        }

    def _entry(self, credit: WalletCredit, wallet: Folded, left: Money) -> dict[str, Any]:
        lapsed: dict[str, str] = {one.reason: str(one.amount) for one in wallet.lapses if one.credit == credit.id}
        expires_at = credit.expires_at
        last_day = None if expires_at is None else local_day(expires_at, self.customer_zone) - ONE_DAY
        return {
            "at": show_instant(credit.at),
            "kind": credit.kind,
            "amount": str(credit.amount),
            **({"label": credit.label} if credit.label else {}),
            **({"expires_on": last_day.isoformat()} if last_day else {}),
            "applied": [_applied(draw) for draw in wallet.draws if draw.credit == credit.id],
            **lapsed,
            "left": str(left),
        }

    # -- parts ---------------------------------------------------------------------------------------------------------

    def _at(self, at: datetime) -> Folded:
        return wallet_at(self.entries, self.currency, at)

    def _credits(self) -> dict[str, WalletCredit]:
        return {one.id: one for one in self.entries if isinstance(one, WalletCredit)}

    def _enter(self, at: datetime) -> datetime:
        self.last = entered_at(self.last, at)
        return self.last

    def _name(self, at: datetime) -> str:
        return derived_id("wcr", at, self.books.organisation, str(len(self.entries)))

    def _put_in(self, credit: WalletCredit, paid_by: Account) -> None:
        self.entries.append(credit)
        on = local_day(credit.at, self.zone)
        self._post(credit_entry(self.books.organisation, self.customer, credit, on, paid_by=paid_by))

    def _post(self, entry: JournalEntry | None) -> None:
        if entry is not None:
            self.books.journal.append(entry)


def _applied(draw: WalletDraw) -> dict[str, str]:
    return {"invoice": draw.ref, "amount": str(draw.amount)}
