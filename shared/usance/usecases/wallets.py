"""Wallets of customers: put money in, withdraw it, see what is there and what it paid for.

Issuing a document lets the wallet pay (`issue`), what was received beyond what is due goes in (`settle_payment`), what
expires is posted by `lapse`, what runs low is bought by `top_up`.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal

from pydantic import Field

from usance.catalog.authored import Authored, NotNegative, Positive
from usance.catalog.wallet import WalletSettings
from usance.credits.wallet import Wallet
from usance.credits.wallet_entries import WalletCredit, WalletLapse
from usance.kernel.amount import ONE, ZERO, plain
from usance.kernel.currency import EXPONENTS
from usance.kernel.errors import Conflict, Fault, InvalidInput, NotFound, Unavailable
from usance.kernel.instant import day_start, local_day
from usance.kernel.money import Money
from usance.kernel.period import ONE_DAY
from usance.ports import ControlPlane, Kind, Record, Tables, TransactionRefused
from usance.records.organisations import Organisation
from usance.records.wallets import (
    StoredWallet,
    WalletHead,
    currencies,
    head_puts,
    new_head,
    put_void,
    read_head,
    read_wallet,
    void_of,
)
from usance.usecases.contracts import LAST_DAY
from usance.usecases.registry import Intent, find
from usance.usecases.wallet_changes import Deposit, deposit, lapsed

_TRIES: Final = 8
_BUSY: Final = "others keep using this wallet; try again"


class NewCredit(Authored):
    """Money for a wallet."""

    amount: Positive = Field(examples=["50.00"])
    """What it is worth, in major units of the wallet's currency."""
    kind: Literal["purchased", "promotional"] = "purchased"
    """Bought by the customer, or given."""
    expires_on: date | None = None
    """The last day on which it can be used, in the customer's time zone; without it, it never expires."""
    priority: int = Field(0, ge=-1000, le=1000)
    """The lowest is spent first."""
    cost_basis: NotNegative | None = None
    """What the customer paid for one unit of a purchased credit, at most 1 (the default)."""
    label: str | None = Field(None, min_length=1, max_length=255)
    reference: str | None = Field(None, min_length=1, max_length=255, examples=["bank transfer 4711"])
    """How it was paid. Purchased credits need it: recording one records that its money was received."""


@dataclass(frozen=True, slots=True)
class CreditState:
    """A credit at a moment: what is left of it, and what of it lapsed."""

    credit: WalletCredit
    left: Money
    lapses: tuple[WalletLapse, ...]


@dataclass(frozen=True, slots=True)
class WalletState:
    """A customer's wallet at a moment. `credits` are all that had come in, in that order, those used up included."""

    head: WalletHead
    wallet: Wallet
    credits: tuple[CreditState, ...]

    def credit(self, id: str) -> CreditState | None:
        """A credit by its id."""
        return next((one for one in self.credits if one.credit.id == id), None)


# -- see ---------------------------------------------------------------------------------------------------------------


def see_wallet(
    control: ControlPlane, tables: Tables, organisation: str, customer: str, currency: str, at: datetime
) -> WalletState:
    """A customer's wallet at an instant, past or present, empty where nothing ever came in. An instant of whole seconds
    means all of its second. Raises NotFound for the customer and the currency."""
    owner = _owner(control, organisation, customer, currency)
    return _seen(read_wallet(tables, organisation, owner.id, currency), _all_of_its_second(at))


def see_wallets(
    control: ControlPlane, tables: Tables, organisation: str, customer: str, at: datetime
) -> list[WalletState]:
    """All wallets of a customer at an instant, by currency. Raises NotFound."""
    owner = find(control, organisation, Kind.CUSTOMER, customer)
    at = _all_of_its_second(at)
    return [
        _seen(read_wallet(tables, organisation, owner.id, currency), at)
        for currency in currencies(tables, organisation, owner.id)
    ]


def wallet_balance(tables: Tables, organisation: str, customer: str, currency: str, as_of: datetime) -> Money:
    """What a customer, by its id, has in its wallet of a currency at an instant."""
    return read_wallet(tables, organisation, customer, currency).at(_all_of_its_second(as_of)).balance


# -- change ------------------------------------------------------------------------------------------------------------


def add_credit(
    control: ControlPlane,
    tables: Tables,
    organisation: Organisation,
    intent: Intent,
    wallet: tuple[str, str],
    new: NewCredit,
    present: datetime,
) -> CreditState:
    """Put money into a wallet, named by its customer and currency; what this very request put in before is success.

    Raises NotFound, and InvalidInput with every fault.
    """
    customer, currency = wallet
    owner = _owner(control, organisation.id, customer, currency)
    zone = str(owner.body.get("timezone") or organisation.zone)
    _refuse(_faults(new, currency, local_day(present, zone)))
    credit = WalletCredit(
        id=intent.id("wcr"),
        kind=new.kind,
        amount=Money.parse(plain(new.amount), currency),
        at=present,
        expires_at=None if new.expires_on is None else day_start(new.expires_on + ONE_DAY, zone),
        priority=new.priority,
        cost_basis=_cost_basis(new),
        label=new.label,
        source=new.reference,
    )
    on = local_day(present, organisation.zone)
    for _ in range(_TRIES):
        known = read_wallet(tables, organisation.id, owner.id, currency)
        mine = _seen_now(known, present).credit(credit.id)
        if mine is not None:
            return mine
        credit = replace(credit, at=known.head.next_at(present))
        try:
            tables.transact(deposit(organisation.id, known.head, [Deposit(credit)], on))
        except TransactionRefused:
            # Somebody used the wallet meanwhile, or the answer to our own write was lost: read again.
            continue
        return CreditState(credit, credit.amount, ())
    raise Unavailable(_BUSY)


def void_credit(
    control: ControlPlane,
    tables: Tables,
    organisation: Organisation,
    wallet: tuple[str, str],
    credit: str,
    present: datetime,
) -> CreditState:
    """Withdraw what is left of a credit; one that was withdrawn before stays as it is.

    Raises NotFound, and Conflict when nothing is left of it.
    """
    customer, currency = wallet
    owner = _owner(control, organisation.id, customer, currency)
    on = local_day(present, organisation.zone)
    for _ in range(_TRIES):
        known = read_wallet(tables, organisation.id, owner.id, currency)
        state = _seen_now(known, present).credit(credit)
        if state is None:
            raise NotFound(f"the wallet has no credit {credit[:255]!r}")
        if any(lapse.reason == "voided" for lapse in state.lapses):
            return state
        if not state.left:
            raise Conflict("nothing is left of the credit")
        void = void_of(credit, known.head.next_at(present))
        lapse = WalletLapse(credit, state.credit.kind, void.at, state.left, "voided")
        changes = lapsed(organisation.id, known.head, state.credit, lapse, (on, on))
        with contextlib.suppress(TransactionRefused):
            tables.transact([put_void(organisation.id, owner.id, currency, void), *changes])
            return CreditState(state.credit, Money.zero(currency), (lapse,))
    raise Unavailable(_BUSY)


def change_settings(
    control: ControlPlane, tables: Tables, organisation: str, wallet: tuple[str, str], settings: WalletSettings
) -> WalletHead:
    """Say how a wallet is topped up. It is looked at after the next document that the customer is issued.

    Raises NotFound, InvalidInput.
    """
    customer, currency = wallet
    owner = _owner(control, organisation, customer, currency)
    amounts = {"threshold": settings.threshold, "amount": settings.amount, "target": settings.target}
    _refuse([fault for name, amount in amounts.items() for fault in _money_faults(f"/{name}", amount, currency)])
    for _ in range(_TRIES):
        head = read_head(tables, organisation, owner.id, currency) or new_head(owner.id, currency)
        if head.auto_top_up == settings:
            return head
        head = replace(head, auto_top_up=settings)
        with contextlib.suppress(TransactionRefused):
            tables.transact(head_puts(organisation, head))
            return head
    raise Unavailable(_BUSY)


# -- parts -------------------------------------------------------------------------------------------------------------


def _owner(control: ControlPlane, organisation: str, customer: str, currency: str) -> Record:
    owner = find(control, organisation, Kind.CUSTOMER, customer)
    if currency not in EXPONENTS:
        raise NotFound(f"there is no currency {currency[:255]!r}: name it by its ISO 4217 code, such as USD")
    return owner


def _seen(known: StoredWallet, at: datetime) -> WalletState:
    wallet = known.at(at)
    left = {held.credit.id: held.left for held in wallet.holdings}
    zero = Money.zero(known.head.currency)
    came_in = sorted((one for one in known.credits if one.at <= at), key=lambda one: (one.at, one.id))
    states = (
        CreditState(one, left.get(one.id, zero), tuple(lapse for lapse in wallet.lapses if lapse.credit == one.id))
        for one in came_in
    )
    return WalletState(known.head, wallet, tuple(states))


def _seen_now(known: StoredWallet, present: datetime) -> WalletState:
    last = known.head.at
    return _seen(known, present if last is None else max(present, last))


def _all_of_its_second(at: datetime) -> datetime:
    # Entries that are recorded at one instant follow each other by a microsecond.
    return at if at.microsecond else at.replace(microsecond=999_999)


def _cost_basis(new: NewCredit) -> Decimal:
    if new.kind == "promotional":
        return ZERO
    return ONE if new.cost_basis is None else new.cost_basis


def _faults(new: NewCredit, currency: str, today: date) -> list[Fault]:
    faults = _money_faults("/amount", new.amount, currency)
    if new.expires_on is not None and not today <= new.expires_on <= LAST_DAY:
        faults.append(Fault("/expires_on", "out_of_range", f"lies outside {today}, which is today, to {LAST_DAY}"))
    if new.kind == "purchased" and new.reference is None:
        why = "is needed for purchased credit: say how it was paid, or give it as promotional"
        faults.append(Fault("/reference", "missing", why))
    if new.cost_basis is not None and (new.kind == "promotional" or new.cost_basis > 1):
        why = "is what was paid for one unit of purchased credit, from 0 to 1; promotional credit costs nothing"
        faults.append(Fault("/cost_basis", "out_of_range", why))
    return faults


def _money_faults(pointer: str, amount: Decimal | None, currency: str) -> list[Fault]:
    try:
        Money.parse(plain(amount or ZERO), currency)
    except ValueError as error:
        return [Fault(pointer, "not_money", str(error))]
    return []


def _refuse(faults: list[Fault]) -> None:
    if faults:
        raise InvalidInput("the request has faults", faults)
