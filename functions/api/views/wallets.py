"""Wallets as answers."""

from __future__ import annotations

from typing import Literal, Self

from functions.api.views.shape import Money, Page, View
from usance.catalog.wallet import WalletSettings
from usance.credits.wallet_entries import WalletDraw, WalletLapse
from usance.kernel.amount import plain
from usance.kernel.instant import show_instant
from usance.records.wallets import WalletHead
from usance.usecases.wallets import CreditState, WalletState


class LapseView(View):
    """What of a credit is gone without having paid for anything."""

    reason: Literal["expired", "voided"]
    at: str
    amount: Money

    @classmethod
    def of(cls, lapse: WalletLapse) -> Self:
        return cls(reason=lapse.reason, at=show_instant(lapse.at), amount=Money.of(lapse.amount))


class CreditView(View):
    """Money that was put into a wallet. Its amount is what it paid for, what lapsed, and what is left."""

    id: str
    kind: Literal["purchased", "promotional"]
    amount: Money
    left: Money
    priority: int
    cost_basis: str
    """What the customer paid for one unit of it."""
    label: str | None
    reference: str | None
    """How it was paid: as the seller said, or the payment or invoice that it came from."""
    created_at: str
    expires_at: str | None
    """First instant at which it cannot be used."""
    lapses: list[LapseView]

    @classmethod
    def of(cls, state: CreditState) -> Self:
        credit = state.credit
        return cls(
            id=credit.id,
            kind=credit.kind,
            amount=Money.of(credit.amount),
            left=Money.of(state.left),
            priority=credit.priority,
            cost_basis=plain(credit.cost_basis),
            label=credit.label,
            reference=credit.source,
            created_at=show_instant(credit.at),
            expires_at=None if credit.expires_at is None else show_instant(credit.expires_at),
            lapses=[LapseView.of(lapse) for lapse in state.lapses],
        )


class ApplicationView(View):
    """What of a credit paid for an invoice."""

    invoice: str
    credit: str
    at: str
    amount: Money

    @classmethod
    def of(cls, draw: WalletDraw) -> Self:
        return cls(invoice=draw.ref, credit=draw.credit, at=show_instant(draw.at), amount=Money.of(draw.amount))


class SettingsView(View):
    """How a wallet is topped up."""

    auto_top_up: WalletSettings | None
    open_top_up: str | None
    """The invoice of a top-up that is not paid yet."""

    @classmethod
    def of(cls, head: WalletHead) -> Self:
        return cls(auto_top_up=head.auto_top_up, open_top_up=head.open_top_up)


class WalletView(View):
    """A wallet at a moment."""

    currency: str
    balance: Money
    purchased: Money
    promotional: Money
    credits: list[CreditView]
    """In the order in which they came in, those used up included."""
    applications: list[ApplicationView]
    """Which credit paid for what, in order of time."""
    settings: SettingsView
    """As they are now."""

    @classmethod
    def of(cls, state: WalletState) -> Self:
        wallet = state.wallet
        return cls(
            currency=wallet.currency,
            balance=Money.of(wallet.balance),
            purchased=Money.of(wallet.balance_of("purchased")),
            promotional=Money.of(wallet.balance_of("promotional")),
            credits=[CreditView.of(one) for one in state.credits],
            applications=[ApplicationView.of(draw) for draw in wallet.draws],
            settings=SettingsView.of(state.head),
        )


class Wallets(Page):
    """A customer's wallets, all of them."""

    data: list[WalletView]
