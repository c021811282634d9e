"""A scenario's wallet and payments, played to the use cases over a world."""

from __future__ import annotations

from typing import Any

from usance.catalog.wallet import WalletSettings
from usance.credits.wallet_entries import WalletCredit
from usance.kernel.amount import plain
from usance.kernel.money import Money
from usance.payments.attempt import Attempt
from usance.payments.outcome import ChargeResult, Outcome
from usance.payments.payment import allocated
from usance.payments.policy import CollectionPolicy
from usance.records.documents import read_state
from usance.records.organisations import read_organisation
from usance.records.payments import open_attempt
from usance.records.wallet_hints import expiries
from usance.records.wallets import new_head, read_head, read_wallet
from usance.usecases.lapse import lapse_expired
from usance.usecases.registry import Intent
from usance.usecases.settle_payment import Books, Moment, settle
from usance.usecases.top_up import top_up_low
from usance.usecases.wallet_changes import Deposit, deposit
from usance.usecases.wallets import NewCredit, add_credit, change_settings, void_credit, wallet_balance


class PlayedWallet:
    """The wallet of a scenario's customer in a world."""

    def __init__(self, world, organisation, scenario):
        self.world, self.organisation, self.scenario = world, organisation, scenario
        self.wallet = scenario.customer.id, scenario.currency
        terms = scenario.customer.wallet.auto_top_up
        if terms is not None:
            settings = WalletSettings.model_validate(terms.to_json())
            change_settings(world.control, world.tables, organisation, self.wallet, settings)

    @property
    def tenant(self):
        return read_organisation(self.world.control, self.organisation)

    def expiries(self, until):
        return [one.at for one in expiries(self.world.tables, self.organisation, until)]

    def sweep(self, at):
        lapse_expired(self.world.tables, self.tenant, at)
        top_up_low(self.world.tables, self.tenant, at)

    def take_in(self, fact, at):
        known = read_wallet(self.world.tables, self.organisation, *self.wallet)
        if fact.void is not None:
            for held in known.latest(at).holdings:
                if held.credit.label == fact.void:
                    void_credit(self.world.control, self.world.tables, self.tenant, self.wallet, held.credit.id, at)
            top_up_low(self.world.tables, self.tenant, at)
            return
        intent = Intent(at, (self.organisation, str(len(known.entries))))
        members: dict[str, Any] = fact.model_dump(exclude={"void"}, exclude_unset=True)
        if fact.kind == "purchased":
            members.setdefault("reference", "a fact")
        new = NewCredit.model_validate(members)
        add_credit(self.world.control, self.world.tables, self.tenant, intent, self.wallet, new, at)

    def receive(self, fact, at, number):
        """Money that arrives settles the oldest open invoices; the last payment carries what is left."""
        left = Money.parse(plain(fact.amount), self.scenario.currency)
        parts: list[tuple[str, Money]] = []
        for body in self._documents():
            part = allocated(left, read_state(self.world.tables, self.organisation, body["id"]).amount_due)
            if part:
                parts.append((body["id"], part))
                left -= part
        if not parts:
            self._keep(left, at, number)
        for place, (invoice, part) in enumerate(parts, start=1):
            self._pay(invoice, part + left if place == len(parts) else part, at, f"{number}-{place}")

    def balance(self):
        return str(wallet_balance(self.world.tables, self.organisation, *self.wallet, self.scenario.until))

    def _pay(self, invoice, amount, at, name):
        attempt = Attempt(f"att_{name}", invoice, int(name.replace("-", "")), amount, "bank", "", "", at)
        self.world.tables.transact(open_attempt(self.organisation, attempt))
        books = Books(self.world.tables, self.organisation, Moment(at, self.tenant.zone, at), CollectionPolicy())
        settle(books, invoice, attempt.id, ChargeResult(Outcome.SUCCEEDED, None, amount))

    def _keep(self, amount, at, number):
        """Money for which nothing is open yet. No use case takes it in by itself: whoever does will post the cash."""
        head = read_head(self.world.tables, self.organisation, *self.wallet) or new_head(*self.wallet)
        credit = WalletCredit(f"wcr_{number}", "purchased", amount, at)
        changes = deposit(self.organisation, head, [Deposit(credit, paid_by=None)], at.date())
        self.world.tables.transact(changes)

    def _documents(self):
        found = [
            body
            for (_table, partition, sort), body in self.world.dump().items()
            if partition.startswith(f"{self.organisation}#doc#") and sort == "document" and body["kind"] == "invoice"
        ]
        return sorted(found, key=lambda body: body["number"])


def wallet_entries(entries):
    """What was posted about wallets, without ids, which come from requests."""
    return sorted(
        (
            entry["event"],
            entry["posted_on"],
            entry["effective_on"],
            [(line["account"], line.get("debit"), line.get("credit")) for line in entry["lines"]],
        )
        for entry in entries
        if entry["event"].startswith("wallet_")
    )
