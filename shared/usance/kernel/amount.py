"""Exact amounts: decimals that are not yet money, the one rounding door, and splitting without a lost cent.

An amount stays exact until it becomes a line. Products and sums of prices and quantities fit the precision set here
(30 digits of quantity times 12 decimals of price); a quotient is cut at 60 digits, and what several of them in a row
leave wrong at the end is settled before an amount is rounded, so that a tie stays one. `to_minor` is the only place in
Usance where an amount is rounded.
"""

from __future__ import annotations

import decimal
from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Literal

PRECISION = 60
"""Significant digits of decimal arithmetic in this process."""

_SETTLED = decimal.Context(prec=PRECISION - 4, rounding=ROUND_HALF_EVEN)
"""Significant digits that several quotients in a row leave right."""

MAX_DIGITS = 30
"""Digits a quantity may have, on both sides of the point together."""

MAX_DECIMALS = 12
"""Decimal places a quantity or a unit price may have."""

ZERO = Decimal(0)
ONE = Decimal(1)

Rounding = Literal["up", "down", "nearest"]
"""Whole-number rounding of quantities: up (ceiling), down (floor), nearest (half away from zero)."""

_WHOLE: dict[Rounding, str] = {"up": ROUND_CEILING, "down": ROUND_FLOOR, "nearest": ROUND_HALF_UP}


def use_exact_arithmetic() -> None:
    """Set `PRECISION` for this thread and every later one. Called once, when the kernel is imported."""
    decimal.DefaultContext.prec = PRECISION
    decimal.getcontext().prec = PRECISION


def exact(text: str | int | Decimal | None) -> Decimal:
    """A quantity or price as an exact decimal.

    Takes a decimal text, an integer or a decimal. Raises ValueError with what to do for None, floats, NaN, infinities,
    exponents, more than `MAX_DIGITS` digits or more than `MAX_DECIMALS` decimals. Minus zero becomes zero.
    """
    if text is None:
        raise ValueError("is null: write an amount, or leave the member out where it may be")
    if isinstance(text, bool) or not isinstance(text, str | int | Decimal):
        raise ValueError('write amounts as text, for example "0.05": a binary fraction is not exact')
    if isinstance(text, str):
        text = _read(text)
    elif isinstance(text, int) and abs(text) >= 10**MAX_DIGITS:
        raise ValueError(f"has more than {MAX_DIGITS} digits")
    return _within_bounds(Decimal(text))


def _read(text: str) -> Decimal:
    body = text[1:] if text[:1] == "-" else text
    whole, point, fraction = body.partition(".")
    parts = (whole, fraction) if point else (whole,)
    if len(text) > MAX_DIGITS * 2 or not all(part.isascii() and part.isdigit() for part in parts):
        raise ValueError('is not a plain decimal such as "12", "-0.5" or "1234.56"')
    return Decimal(text)


def _within_bounds(value: Decimal) -> Decimal:
    # On digits and exponent alone: arithmetic on a decimal that nobody has checked yet may overflow, underflow or
    # take as long as its exponent is large.
    if not value.is_finite():
        raise ValueError("is not a finite number")
    if not value:
        return ZERO
    sign, digits, exponent = value.as_tuple()
    surplus = max(0, -int(exponent) - MAX_DECIMALS)
    if any(digits[-surplus:] if surplus else ()):
        raise ValueError(f"has more than {MAX_DECIMALS} decimals")
    if len(digits) - surplus + max(0, int(exponent)) > MAX_DIGITS:
        raise ValueError(f"has more than {MAX_DIGITS} digits")
    return Decimal((sign, digits[:-surplus], int(exponent) + surplus)) if surplus else value


def plain(value: Decimal) -> str:
    """The shortest plain text of a decimal: no exponent, no trailing zeros, no minus zero."""
    if not value:
        return "0"
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def to_minor(amount: Decimal, exponent: int) -> int:
    """The rounding door: an exact amount in major units to whole minor units, half away from zero."""
    # 3.25 / 3 x 9 / 30 is 0.325, and 0.32499... where the first quotient was cut.
    return int(_SETTLED.plus(amount).scaleb(exponent).to_integral_value(rounding=ROUND_HALF_UP))


def to_whole(quantity: Decimal, rounding: Rounding, places: int = 0) -> Decimal:
    """A quantity rounded to whole units (packages, blocks), or to a number of decimals; never for money."""
    if not places:
        return quantity.to_integral_value(rounding=_WHOLE[rounding])
    return quantity.scaleb(places).to_integral_value(rounding=_WHOLE[rounding]).scaleb(-places)


def to_places(value: Decimal, places: int) -> Decimal:
    """A value rounded half away from zero to a number of decimals, for showing rates; never for money."""
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def to_quantity(ratio: Fraction) -> Decimal:
    """A ratio as a quantity: rounded half away from zero to `MAX_DECIMALS` decimals; never for money."""
    return Decimal(share(10**MAX_DECIMALS, ratio)).scaleb(-MAX_DECIMALS)


def share(total: int, part: Fraction) -> int:
    """Whole minor units of a share of a total, half away from zero. The base of cumulative rounding."""
    scaled = Fraction(total) * part
    magnitude = abs(scaled)
    whole = (2 * magnitude.numerator + magnitude.denominator) // (2 * magnitude.denominator)
    return whole if scaled >= 0 else -whole


def split(total: int, weights: Sequence[Decimal | int]) -> list[int]:
    """Split whole minor units in proportion to weights by largest remainder; parts sum to the total exactly.

    Ties go to the earliest part. Weights must not be negative; when all are zero the whole goes to the first part.
    Raises ValueError for no weights or a negative one.
    """
    if not weights:
        raise ValueError("nothing to split over")
    shares = [Fraction(weight) for weight in weights]
    if min(shares) < 0:
        raise ValueError("weights must not be negative")
    whole = sum(shares)
    if not whole:
        return [total] + [0] * (len(weights) - 1)
    sign, magnitude = (-1, -total) if total < 0 else (1, total)
    quotas = [magnitude * weight / whole for weight in shares]
    parts = [quota.numerator // quota.denominator for quota in quotas]
    by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - quotas[i], i))
    for index in by_remainder[: magnitude - sum(parts)]:
        parts[index] += 1
    return [sign * part for part in parts]
