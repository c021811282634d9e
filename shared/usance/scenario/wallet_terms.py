"""A customer's wallet as scenarios write it: money that is put in, and how it fills itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal, Self

from pydantic import Field, model_validator

from usance.catalog.authored import Authored, NotNegative, Positive, refuse
from usance.catalog.wallet import AutomaticTopUp
from usance.kernel.amount import ONE, ZERO, plain
from usance.kernel.errors import Fault
from usance.kernel.money import Money


class WalletTerms(Authored):
    """How the customer's wallet works."""

    auto_top_up: AutomaticTopUp | None = None
    """Buy money when little is left after an invoice."""


class WalletFact(Authored):
    """Money that is put into the wallet, or with `void` the rest of a credit that is withdrawn."""

    amount: Positive | None = None
    kind: Literal["purchased", "promotional"] = "purchased"
    expires_on: date | None = None
    """The last day on which it can be used."""
    priority: int = Field(0, ge=-1000, le=1000)
    """The lowest is spent first."""
    cost_basis: NotNegative | None = None
    """What the customer paid for one unit of a purchased credit, at most 1 (the default)."""
    label: str | None = Field(None, min_length=1, max_length=255)
    reference: str | None = Field(None, min_length=1, max_length=255)
    void: str | None = Field(None, min_length=1, max_length=255)
    """The label of the credit to withdraw."""

    @property
    def basis(self) -> Decimal:
        """What the customer paid for one unit of it."""
        if self.kind == "promotional":
            return ZERO
        return ONE if self.cost_basis is None else self.cost_basis

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        faults = []
        if (self.amount is None) == (self.void is None):
            faults.append(Fault("", "not_one_fact", "needs either amount, to put money in, or void, to withdraw it"))
        if self.cost_basis is not None and (self.kind == "promotional" or self.cost_basis > 1):
            why = "is what was paid for one unit of purchased credit, from 0 to 1; promotional credit costs nothing"
            faults.append(Fault("/cost_basis", "out_of_range", why))
        refuse(faults)
        return self


def wallet_faults(terms: WalletTerms, facts: Sequence[tuple[int, date, WalletFact]], currency: str) -> Iterable[Fault]:
    """Everything wrong with a scenario's wallet. Facts are given with their places and the customer's days."""
    amounts = [(f"/facts/{place}/wallet/amount", fact.amount) for place, _day, fact in facts]
    known = terms.auto_top_up
    if known is not None:
        named = {"threshold": known.threshold, "amount": known.amount, "target": known.target}
        amounts += [(f"/customer/wallet/auto_top_up/{name}", amount) for name, amount in named.items()]
    for pointer, amount in amounts:
        try:
            Money.parse(plain(amount or ZERO), currency)
        except ValueError as error:
            yield Fault(pointer, "not_money", str(error))
    labels = {fact.label for _place, _day, fact in facts}
    for place, day, fact in facts:
        if fact.expires_on is not None and fact.expires_on < day:
            yield Fault(f"/facts/{place}/wallet/expires_on", "out_of_range", f"lies before {day}, when it is put in")
        if fact.void is not None and fact.void not in labels:
            detail = f"no fact puts money with the label {fact.void!r} into the wallet"
            yield Fault(f"/facts/{place}/wallet/void", "unknown_credit", detail)
