"""Rounding for the slow rater, in fractions: none of it is the product's."""

from fractions import Fraction

DECIMALS = {"USD": 2, "JPY": 0, "KWD": 3}
HALF = Fraction(1, 2)


def floored(value):
    return value.numerator // value.denominator


def rounded(value, places=0, how="nearest"):
    """To so many decimals, as a fraction; a half away from zero, `up` and `down` by magnitude."""
    scale = 10**places
    magnitude = abs(Fraction(value)) * scale
    whole = floored(magnitude)
    rest = magnitude - whole
    whole += {"nearest": rest >= HALF, "up": rest > 0, "down": False}[how]
    return Fraction(whole if value >= 0 else -whole, scale)


def minor(value):
    """A whole number of minor units from a fraction of them."""
    return int(rounded(value))


def spread(amount, weights):
    """Whole parts of a whole amount by largest remainder; ties to the largest weight, then to the first."""
    total = sum(weights)
    if not total:
        return [0] * len(weights)
    exact = [Fraction(amount * weight, total) for weight in weights]
    parts = [floored(part) for part in exact]
    order = sorted(range(len(weights)), key=lambda n: (-(exact[n] - parts[n]), -weights[n], n))
    for place in order[: amount - sum(parts)]:
        parts[place] += 1
    return parts
