"""Amounts as Stripe counts them: whole numbers of the smallest unit, where Stripe's unit is mostly ISO 4217's.

Exceptions: the króna and Uganda's shilling have no decimals but are counted in hundredths, for old callers; the ariary
has two decimals in ISO 4217 and none there. Of three decimals the last must be zero.
"""

from __future__ import annotations

from typing import Final

from usance.kernel.currency import exponent
from usance.kernel.money import Money

_DECIMALS: Final = {"ISK": 2, "UGX": 2, "MGA": 0}


def to_stripe(money: Money) -> tuple[int, str]:
    """The amount and the currency in lower case. Raises ValueError for an amount that Stripe cannot take exactly."""
    places = exponent(money.currency)
    shift = _DECIMALS.get(money.currency, places) - places
    amount = money.minor * 10**shift if shift >= 0 else _whole(money.minor, 10**-shift, money)
    if places == 3:
        _whole(money.minor, 10, money)
    return amount, money.currency.lower()


def from_stripe(amount: object, currency: object) -> Money:
    """The money that an amount of Stripe's is. Raises ValueError for what is none."""
    if type(amount) is not int or not isinstance(currency, str):
        raise ValueError(f"{amount!r} {currency!r} is not an amount of Stripe's")
    code = currency.upper()
    places = exponent(code)
    shift = places - _DECIMALS.get(code, places)
    money = Money(amount, code)
    return Money(amount * 10**shift, code) if shift >= 0 else Money(_whole(amount, 10**-shift, money), code)


def _whole(amount: int, step: int, money: Money) -> int:
    whole, rest = divmod(amount, step)
    if rest:
        raise ValueError(f"{money.minor} of {money.currency} cannot be said exactly in the unit that Stripe takes")
    return whole
