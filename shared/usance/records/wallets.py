"""Wallets in the documents table.

    {org}#wallet#{customer}#{currency}  head               instant of the last entry, how to top up, what of it is open
                                        credit#{id}        money that came in
                                        debit#{document}   what paid for a document
                                        void#{credit}      a credit withdrawn
                                        lapse#{credit}     what of a credit expired or was voided, once it is posted
    {org}#wallets#{customer}            {currency}         list entry

Every entry is written over the version of the head that was read, so that no money is ever spent twice. Entries never
change; a balance is worked out from them (`credits.wallet`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from usance.catalog.wallet import WalletSettings
from usance.credits.wallet import Wallet, entered_at, top_up, wallet_at
from usance.credits.wallet_entries import Entry, WalletCredit, WalletDebit, WalletLapse, WalletVoid
from usance.kernel.amount import plain
from usance.kernel.instant import parse_instant, show_instant
from usance.kernel.money import Money
from usance.ports import Body, Item, Key, Put, Table, Tables
from usance.records.wallet_hints import put_expiry

HEAD: Final = "head"


@dataclass(frozen=True, slots=True)
class WalletHead:
    """What stands above a wallet's entries. `left` is what came in less what went out and lapsed, as far as posted: the
    balance is never more. `top_ups` counts those ever made; `open_top_up` is the invoice of one not paid yet."""

    customer: str
    currency: str
    left: Money
    at: datetime | None = None
    auto_top_up: WalletSettings | None = None
    open_top_up: str | None = None
    top_ups: int = 0
    version: int | None = None

    def entered(self, at: datetime, change: Money) -> WalletHead:
        """The head after an entry of an instant that `entered_at` gave."""
        return replace(self, at=at, left=self.left + change)

    def next_at(self, at: datetime) -> datetime:
        """The instant of the next entry when it is recorded at one."""
        return entered_at(self.at, at)

    def wants(self, balance: Money) -> Money | None:
        """How much to buy now that there is so much; None for nothing."""
        settings = self.auto_top_up
        if settings is None or not settings.enabled:
            return None
        return top_up(settings, balance, 1 if self.open_top_up else 0)


@dataclass(frozen=True, slots=True)
class StoredWallet:
    """A wallet as it is recorded: its head, its entries, and by credit what has lapsed and is posted."""

    head: WalletHead
    entries: tuple[Entry, ...] = ()
    posted: Mapping[str, WalletLapse] = field(default_factory=dict)

    def at(self, as_of: datetime) -> Wallet:
        """The wallet at an instant, with all that was recorded at it."""
        return wallet_at(self.entries, self.head.currency, as_of)

    def latest(self, present: datetime) -> Wallet:
        """The wallet now: at the present instant or that of its last entry, which entries at once may have moved on."""
        last = self.head.at
        return self.at(present if last is None else max(present, last))

    @property
    def credits(self) -> list[WalletCredit]:
        """All money that came in."""
        return [one for one in self.entries if isinstance(one, WalletCredit)]

    def credit(self, id: str) -> WalletCredit | None:
        """A credit by its id."""
        return next((one for one in self.credits if one.id == id), None)


def read_head(tables: Tables, organisation: str, customer: str, currency: str) -> WalletHead | None:
    """The head of a wallet; None where there is no wallet."""
    item = tables.get(_key(organisation, customer, currency, HEAD))
    return None if item is None else _head(item)


def new_head(customer: str, currency: str) -> WalletHead:
    """The head of a wallet that nobody has written yet."""
    return WalletHead(customer, currency, Money.zero(currency))


def read_wallet(tables: Tables, organisation: str, customer: str, currency: str) -> StoredWallet:
    """A wallet, empty where there is none."""
    # The head first: an entry that is written in between makes its version old, and writing over it is refused.
    head = read_head(tables, organisation, customer, currency) or new_head(customer, currency)
    return read_entries(tables, organisation, head)


def read_entries(tables: Tables, organisation: str, head: WalletHead) -> StoredWallet:
    """The wallet whose head was read."""
    customer, currency = head.customer, head.currency
    entries: list[Entry] = []
    posted: dict[str, WalletLapse] = {}
    if head.at is not None:
        for item in tables.query(Table.DOCUMENTS, _partition(organisation, customer, currency)):
            kind, _, name = item.key.sort.partition("#")
            if kind == "lapse":
                posted[name] = _lapse(item.body, name, currency)
            elif kind != HEAD:
                entries.append(_ENTRIES[kind](item.body, name, currency))
    return StoredWallet(head, tuple(entries), posted)


def currencies(tables: Tables, organisation: str, customer: str) -> list[str]:
    """The currencies in which a customer has a wallet, by code."""
    return [item.key.sort for item in tables.query(Table.DOCUMENTS, _of_customer(organisation, customer))]


# -- changes -----------------------------------------------------------------------------------------------------------


def head_puts(organisation: str, head: WalletHead) -> list[Put]:
    """Write a head over the version it was read at; the first time with the wallet's list entry."""
    settings = head.auto_top_up
    body = {
        "customer": head.customer,
        "currency": head.currency,
        "left": str(head.left),
        "at": None if head.at is None else show_instant(head.at),
        "auto_top_up": None if settings is None else settings.to_json(),
        "open_top_up": head.open_top_up,
        "top_ups": head.top_ups,
    }
    written = Put(_key(organisation, head.customer, head.currency, HEAD), body, expect=head.version)
    if head.version is not None:
        return [written]
    return [written, Put(Key(Table.DOCUMENTS, _of_customer(organisation, head.customer), head.currency), {})]


def credit_puts(organisation: str, customer: str, new: WalletCredit) -> list[Put]:
    """A new credit, and when to look whether something of it expired."""
    currency = new.amount.currency
    body = {
        "at": show_instant(new.at),
        "kind": new.kind,
        "amount": str(new.amount),
        "expires_at": None if new.expires_at is None else show_instant(new.expires_at),
        "priority": new.priority,
        "cost_basis": plain(new.cost_basis),
        "label": new.label,
        "source": new.source,
    }
    made = [Put(_key(organisation, customer, currency, f"credit#{new.id}"), body)]
    if new.expires_at is not None:
        made.append(put_expiry(organisation, customer, currency, new.id, new.expires_at))
    return made


def put_debit(organisation: str, customer: str, new: WalletDebit) -> Put:
    """What paid for a document: one for each."""
    body = {"at": show_instant(new.at), "amount": str(new.amount)}
    return Put(_key(organisation, customer, new.amount.currency, f"debit#{new.ref}"), body)


def put_void(organisation: str, customer: str, currency: str, new: WalletVoid) -> Put:
    """Withdraw a credit."""
    return Put(_key(organisation, customer, currency, f"void#{new.credit}"), {"at": show_instant(new.at)})


def put_lapse(organisation: str, customer: str, lapse: WalletLapse) -> Put:
    """Say that what lapsed of a credit is posted."""
    body = {
        "at": show_instant(lapse.at),
        "amount": str(lapse.amount),
        "kind": lapse.kind,
        "reason": lapse.reason,
    }
    return Put(_key(organisation, customer, lapse.amount.currency, f"lapse#{lapse.credit}"), body)


def debit_of(document: str, amount: Money, at: datetime) -> WalletDebit:
    """What pays for a document at an instant."""
    return WalletDebit(document, document, amount, at)


def void_of(credit: str, at: datetime) -> WalletVoid:
    """What withdraws a credit at an instant."""
    return WalletVoid(f"void:{credit}", credit, at)


# -- keys and bodies ---------------------------------------------------------------------------------------------------


def _partition(organisation: str, customer: str, currency: str) -> str:
    return f"{organisation}#wallet#{customer}#{currency}"


def _key(organisation: str, customer: str, currency: str, sort: str) -> Key:
    return Key(Table.DOCUMENTS, _partition(organisation, customer, currency), sort)


def _of_customer(organisation: str, customer: str) -> str:
    return f"{organisation}#wallets#{customer}"


def _head(item: Item) -> WalletHead:
    body, currency = item.body, item.body["currency"]
    settings = body["auto_top_up"]
    return WalletHead(
        customer=body["customer"],
        currency=currency,
        left=Money.parse(body["left"], currency),
        at=None if body["at"] is None else parse_instant(body["at"]),
        auto_top_up=None if settings is None else WalletSettings.model_validate(settings),
        open_top_up=body["open_top_up"],
        top_ups=body["top_ups"],
        version=item.version,
    )


def _credit(body: Body, name: str, currency: str) -> WalletCredit:
    expires_at = body["expires_at"]
    return WalletCredit(
        id=name,
        kind=body["kind"],
        amount=Money.parse(body["amount"], currency),
        at=parse_instant(body["at"]),
        expires_at=None if expires_at is None else parse_instant(expires_at),
        priority=body["priority"],
        cost_basis=Decimal(body["cost_basis"]),
        label=body["label"],
        source=body["source"],
    )


def _debit(body: Body, name: str, currency: str) -> WalletDebit:
    return debit_of(name, Money.parse(body["amount"], currency), parse_instant(body["at"]))


def _void(body: Body, name: str, _currency: str) -> WalletVoid:
    return void_of(name, parse_instant(body["at"]))


def _lapse(body: Body, name: str, currency: str) -> WalletLapse:
    amount = Money.parse(body["amount"], currency)
    return WalletLapse(name, body["kind"], parse_instant(body["at"]), amount, body["reason"])


_ENTRIES: Final[Mapping[str, Any]] = {"credit": _credit, "debit": _debit, "void": _void}
