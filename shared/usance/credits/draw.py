"""Credits pay for charges: which grant pays how much of which charge, in whole minor units.

A grant pays for a charge when it is in force on some of the charge's service period. Each giving of a grant that recurs
is a pot of its own, which lasts until the next. Charges are paid in the order in which their service periods begin, so
that everything is worked out anew, and a late charge finds the pots of its own time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import takewhile

from usance.credits.entries import Given, Lapse
from usance.credits.grant import Grant
from usance.credits.purse import Purse, purses
from usance.kernel.amount import ONE, ZERO
from usance.kernel.currency import exponent
from usance.kernel.errors import CannotBill, Fault, InvalidInput
from usance.kernel.money import Money

_NO_RATES: Mapping[str, Decimal] = {}


@dataclass(frozen=True, slots=True)
class Payable:
    """A charge that credits may pay: its service period [`from_`, `until`), and the money."""

    ref: str
    from_: datetime
    until: datetime
    amount: Money


@dataclass(frozen=True, slots=True)
class CreditDraw:
    """What a grant paid of a charge, in money and in credits."""

    grant: str
    ref: str
    given_at: datetime
    """Which giving of the grant it was."""
    amount: Money
    credits: Decimal


@dataclass(frozen=True, slots=True)
class Paid:
    """What credits paid. For each grant, in credits: given = drawn + expired + balance."""

    by_charge: Mapping[str, Money]
    """What was paid of each charge, zero included."""
    draws: tuple[CreditDraw, ...]
    balances: Mapping[str, Decimal]
    """Credits of each grant at the moment asked for."""
    given: tuple[Given, ...]
    expired: tuple[Lapse, ...]


def pay(
    grants: Iterable[Grant],
    charges: Iterable[Payable],
    currency: str,
    until: datetime,
    rates: Mapping[str, Decimal] = _NO_RATES,
) -> Paid:
    """Pay charges from credits; balances are those at `until`.

    `rates` says how many major units of the currency one credit of a pricing unit is worth; without a unit it is one.
    Charges of zero or less are paid nothing. Where a charge's service begins later than `until`, the balances are those
    then. Raises CannotBill for a unit without a rate, ValueError for another currency and for two grants of one id.
    """
    known = sorted(grants, key=lambda grant: grant.id)
    due = sorted(charges, key=lambda charge: (charge.from_, charge.until, charge.ref))
    moment = max([until, *(charge.from_ for charge in due)])
    held = _held(known, max([moment, *(charge.until for charge in due)]), exponent(currency), rates)
    paid = {charge.ref: Money.zero(currency) for charge in due}
    draws: list[CreditDraw] = []
    still_open = held
    for charge in due:
        still_open = _close(still_open, charge.from_)
        for draw in _pay(charge, still_open, currency):
            paid[charge.ref] += draw.amount
            draws.append(draw)
    _close(still_open, moment)
    return _paid(dict.fromkeys([grant.id for grant in known], ZERO), held, paid, draws, moment)


def allocate(billable: Money, credits: Sequence[Money]) -> Money:
    """What is left to pay of an amount once chosen credits are taken off, all of them.

    Raises InvalidInput for more credit than there is to pay, and for negative credit: none of it is dropped silently.
    """
    faults = [Fault(f"/{n}", "out_of_range", "must not be negative") for n, one in enumerate(credits) if one.minor < 0]
    total = Money.total(credits, billable.currency)
    if total.minor > max(0, billable.minor):
        why = f"allocates {total} {total.currency}, and {billable} is billable: take off at most that"
        faults.append(Fault("", "exceeds_billable", why))
    if faults:
        raise InvalidInput("The credits cannot be allocated", faults)
    return billable - total


def _held(grants: Sequence[Grant], until: datetime, places: int, rates: Mapping[str, Decimal]) -> list[Purse]:
    if len({grant.id for grant in grants}) < len(grants):
        raise ValueError("two grants have one id")
    held = [purse for grant in grants for purse in purses(grant, until, _rate(grant, rates), places)]
    return sorted(held, key=lambda purse: (purse.start, purse.grant.id))


def _rate(grant: Grant, rates: Mapping[str, Decimal]) -> Decimal:
    if grant.unit is None:
        return ONE
    if grant.unit not in rates:
        raise CannotBill(f"grant {grant.id} is in {grant.unit}, and the contract has no rate for that pricing unit")
    return rates[grant.unit]


def _close(held: Sequence[Purse], at: datetime) -> list[Purse]:
    """Close what ends by an instant; what stays open."""
    for purse in held:
        if purse.end <= at:
            purse.close()
    return [purse for purse in held if not purse.closed]


def _pay(charge: Payable, held: Sequence[Purse], currency: str) -> Iterator[CreditDraw]:
    left = (charge.amount + Money.zero(currency)).minor
    for purse in sorted(takewhile(lambda purse: purse.start < charge.until, held), key=lambda purse: purse.rank):
        minor = min(left, purse.available)
        if minor > 0:
            left -= minor
            credits = purse.take(minor)
            yield CreditDraw(purse.grant.id, charge.ref, purse.start, Money(minor, currency), credits)


def _paid(
    balances: dict[str, Decimal],
    held: Sequence[Purse],
    paid: Mapping[str, Money],
    draws: Sequence[CreditDraw],
    at: datetime,
) -> Paid:
    given, lapses = [], []
    for purse in held:
        if purse.start > at and not purse.paid:
            continue
        given.append(Given(purse.grant.id, purse.start, purse.credits - purse.rolled_over))
        if not purse.closed:
            balances[purse.grant.id] += purse.rest
        elif purse.lapsed:
            lapses.append(Lapse(purse.grant.id, purse.end, purse.lapsed, purse.reason))
    return Paid(paid, tuple(draws), balances, tuple(given), tuple(lapses))
