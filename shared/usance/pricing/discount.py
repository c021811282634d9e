"""Discounts: what windows of time give off, spread over the billing periods in them.

    percent   value% of what is there      fixed   value, never more than what is there
    then      at most `max_per_period` for each window, at most `max_lifetime` over all of them

A window longer than a billing period gives off what its periods so far come to together, spread by share, the rest to
the last. A window shorter than a billing period counts as many times as windows begin in the period.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from usance.catalog.modifiers import Discount
from usance.kernel.amount import ZERO, plain
from usance.kernel.derivation import Derivation, derived, given
from usance.kernel.money import Money
from usance.pricing.rounding import rounded
from usance.pricing.spread import over_time

_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Base:
    """What a window takes a discount from: amounts in order of time, and how many windows they stand for."""

    amounts: tuple[Money, ...]
    count: int = 1


def name_of(terms: Discount) -> str:
    """What people call a discount."""
    return terms.label or (f"{plain(terms.value)}% discount" if terms.type == "percent" else "Discount")


def discounts(terms: Discount, windows: Sequence[Base], currency: str) -> list[list[tuple[Money, Derivation]]]:
    """What is taken off each amount of each window, as positive money with its derivation; windows in order of time."""
    given_before = Money.zero(currency)
    found = []
    for base in windows:
        node = _of_window(terms, base, given_before, currency)
        whole, explained = rounded(node, currency)
        given_before += whole
        found.append(over_time(whole, explained, base.amounts))
    return found


def _of_window(terms: Discount, base: Base, given_before: Money, currency: str) -> Derivation:
    total = Money.total(base.amounts, currency)
    there = given("amount before the discount", total.amount)
    if terms.type == "percent":
        label = f"{plain(terms.value)}% of the amount"
        node = derived("share", label, there, given("percentage", terms.value), given("hundred", _HUNDRED))
    elif total.minor <= 0:
        return given("nothing to take it from", ZERO)
    else:
        node = derived("minimum", "never more than what is there", _times(terms.value, base.count, "value"), there)
    limits = []
    if terms.max_per_period is not None:
        limits.append(_times(terms.max_per_period, base.count, "most for a window"))
    if terms.max_lifetime is not None:
        most = given("most that it ever gives", terms.max_lifetime)
        before = given("given before", given_before.amount)
        limits.append(
            derived("maximum", "never negative", derived("difference", "left", most, before), given("zero", 0))
        )
    return derived("minimum", "within its limits", node, *limits) if limits else node


def _times(value: Decimal, count: int, label: str) -> Derivation:
    if count == 1:
        return given(label, value)
    return derived("product", f"{label} × windows", given(label, value), given("windows in the period", count))
