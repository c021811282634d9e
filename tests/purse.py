"""A till whose customer has a wallet, and what must hold of every wallet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.till import ORG, Till
from usance.catalog.wallet import WalletSettings
from usance.credits.wallet_entries import WalletCredit, WalletDebit
from usance.invoicing.document import Document
from usance.kernel.instant import parse_instant
from usance.kernel.money import Money
from usance.ports import Kind
from usance.records.documents import DocumentState, read_document
from usance.records.due import due_pointers
from usance.records.organisations import Organisation, read_organisation
from usance.records.wallets import StoredWallet, read_wallet
from usance.usecases.bill import Look, bill_contract
from usance.usecases.lapse import lapse_expired
from usance.usecases.registry import Intent
from usance.usecases.top_up import top_up_low
from usance.usecases.wallets import (
    CreditState,
    NewCredit,
    add_credit,
    change_settings,
    void_credit,
    wallet_balance,
)

WALLET = ("acme", "USD")
CUSTOMER = "cus_acme"


def dollars(amount: str) -> Money:
    return Money.parse(amount, "USD")


def fee(amount: str, id: str = "fee", **billing: Any) -> dict[str, Any]:
    return {
        "id": id,
        "product": "Platform",
        "quantity": 1,
        "billing": {"every": "P1M", "timing": "advance", **billing},
        "prices": {"model": "flat", "amount": amount},
    }


@dataclass
class Purse(Till):
    """The till, with what fills and empties the wallet of its customer."""

    def open(self, *, test_clock: str | None = None, method: bool = False) -> Purse:
        self.organisation(ORG, test_clock=test_clock)
        body: dict[str, Any] = {"name": "ACME Inc."}
        if method:
            body |= {"payment_method": "pm_1"}
            owner = {"customer": CUSTOMER, "provider": "stripe", "provider_customer": "cus_x", "reference": "pm_x"}
            self.record(ORG, Kind.PAYMENT_METHOD, "pm_1", owner)
        self.record(ORG, Kind.CUSTOMER, CUSTOMER, body, "acme")
        return self

    @property
    def tenant(self) -> Organisation:
        return read_organisation(self.control, ORG)

    @property
    def guarded(self) -> tuple[Any, Any]:
        return self.fuse.guard(self.control), self.fuse.guard(self.tables)

    def put(self, amount: str, name: str = "c1", at: str | None = None, **more: Any) -> CreditState:
        """Put money in as the API does; the same name is the same request."""
        present = self.clock.now() if at is None else parse_instant(at)
        if more.get("kind") != "promotional":
            more.setdefault("reference", "transfer")
        intent = Intent(datetime(2025, 7, 1, tzinfo=present.tzinfo), (ORG, "credit", name))
        new = NewCredit.model_validate({"amount": amount, **more})
        return add_credit(*self.guarded, self.tenant, intent, WALLET, new, present)

    def void(self, credit: str, at: str | None = None) -> CreditState:
        present = self.clock.now() if at is None else parse_instant(at)
        return void_credit(*self.guarded, self.tenant, WALLET, credit, present)

    def settings(self, **settings: Any) -> None:
        change_settings(*self.guarded, ORG, WALLET, WalletSettings.model_validate(settings))

    def bill(self, contract: str = "ctr_1", at: str | None = None, *, pointed: bool = False) -> list[Document]:
        """Bill a contract; `pointed` follows the pointers that are due by then."""
        as_of = self.clock.now() if at is None else parse_instant(at)
        pointers = tuple(
            moment for name, moment in due_pointers(self.tables, ORG, as_of) if pointed and name == contract
        )
        return list(bill_contract(self.billing, ORG, Look(contract, pointers), as_of).documents)

    def lapse(self, at: str) -> int:
        return lapse_expired(self.fuse.guard(self.tables), self.tenant, parse_instant(at))

    def sweep(self, at: datetime | None = None) -> None:
        """What the sweep does with wallets."""
        as_of = at or self.clock.now()
        lapse_expired(self.tables, self.tenant, as_of)
        top_up_low(self.tables, self.tenant, as_of)

    # -- what is recorded ----------------------------------------------------------------------------------------------

    @property
    def stored(self) -> StoredWallet:
        return read_wallet(self.tables, ORG, CUSTOMER, "USD")

    def balance(self, at: str | None = None) -> str:
        as_of = self.clock.now() if at is None else parse_instant(at)
        return str(wallet_balance(self.tables, ORG, CUSTOMER, "USD", as_of))

    def document(self, id: str) -> Document:
        return read_document(self.tables, ORG, id)

    def sound(self, at: datetime | None = None) -> None:
        """Money in is money out and money there, in the wallet and in the books, and documents say the same."""
        stored, as_of = self.stored, at or self.clock.now()
        wallet = stored.latest(as_of)
        came_in = Money.total((one.amount for one in stored.credits), "USD")
        applied = Money.total((draw.amount for draw in wallet.draws), "USD")
        lapsed = Money.total((lapse.amount for lapse in wallet.lapses), "USD")
        assert came_in == applied + lapsed + wallet.balance
        posted = Money.total((lapse.amount for lapse in stored.posted.values()), "USD")
        assert stored.head.left == came_in - applied - posted
        balances = self.balances()
        assert balances.get(("customer_credit", "USD"), 0) == stored.head.left.minor
        debits = {one.ref: one.amount for one in stored.entries if isinstance(one, WalletDebit)}
        documents = [body for key, body in self.dump().items() if key[2] == "document"]
        assert debits == {
            body["id"]: Money.parse(body["wallet_applied"], "USD")
            for body in documents
            if body["wallet_applied"] != "0.00"
        }
        receivable = Money.total((one.total - one.wallet_applied - one.paid for one in self.states()), "USD")
        assert balances.get(("accounts_receivable", "USD"), 0) == receivable.minor

    def states(self) -> list[DocumentState]:
        """Of all documents, in order of id."""
        return [self.state(key[1].rpartition("#")[2]) for key in sorted(self.dump()) if key[2] == "state"]

    def credit_ids(self) -> list[str]:
        return [one.id for one in self.stored.entries if isinstance(one, WalletCredit)]


class Overtaking:
    """At the call-th call of the tables, lets something else happen first."""

    def __init__(self, purse: Purse, happens: Callable[[], Any], call: int) -> None:
        self.done, self._left, self._happens = False, call, happens
        for name in ("get", "query", "transact"):
            setattr(purse.tables, name, self._slow(getattr(purse.tables, name)))

    def _slow(self, method):
        def call(*arguments, **named):
            if not self._left and not self.done:
                self.done = True
                self._happens()
            self._left -= not self.done
            return method(*arguments, **named)

        return call
