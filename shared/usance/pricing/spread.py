"""Spreading money over what it belongs to, so that the parts sum exactly to the whole, each with its derivation.

over time    each part is the whole x its share, rounded; the last one takes what is left, but no part more than its
             amount nor less than nothing: what the last one cannot take goes to the one before it, and so on
over lines   largest remainder; a tie goes to the largest line first, then to the first
"""

from __future__ import annotations

from collections.abc import Sequence

from usance.kernel.amount import split
from usance.kernel.derivation import Derivation, derived, given
from usance.kernel.money import Money
from usance.pricing.rounding import rounded


def over_time(whole: Money, node: Derivation, amounts: Sequence[Money]) -> list[tuple[Money, Derivation]]:
    """Parts of `whole`, whose derivation is `node`, by share of amounts in order of time; the rest goes to the last.

    The whole is at most what the amounts come to.
    """
    currency = whole.currency
    total = Money.total(amounts, currency)
    if len(amounts) == 1 or not total:
        zero = (Money.zero(currency), given("nothing to take it from", 0))
        return [zero] * (len(amounts) - 1) + [(whole, node)]
    shares = [
        rounded(
            derived(
                "share",
                "by share of the window's amounts",
                node,
                given("amount of the period", amount.amount),
                given("amounts of the window", total.amount),
            ),
            currency,
        )
        for amount in amounts[:-1]
    ]
    taken = _within([part for part, _node in shares], whole, amounts)
    parts = [
        (part, _corrected("what a later period could not take", share, part - nearest))
        for part, (nearest, share) in zip(taken, shares, strict=False)
    ]
    given_away = [given("of an earlier period of the window", part.amount) for part, _node in parts]
    return [*parts, (taken[-1], derived("difference", "what is left of the window's", node, *given_away))]


def _within(earlier: Sequence[Money], whole: Money, amounts: Sequence[Money]) -> list[Money]:
    """Parts that sum to the whole: the earlier ones and the rest, each moved between zero and its amount."""
    parts = [*earlier, whole - Money.total(earlier, whole.currency)]
    zero = Money.zero(whole.currency)
    for place in range(len(parts) - 1, 0, -1):
        low, high = min(zero, amounts[place]), max(zero, amounts[place])
        kept = min(max(parts[place], low), high)
        parts[place - 1] += parts[place] - kept
        parts[place] = kept
    return parts


def _corrected(label: str, node: Derivation, remainder: Money) -> Derivation:
    return derived("sum", label, node, given("remainder", remainder.amount)) if remainder else node


def over_lines(whole: Money, node: Derivation, amounts: Sequence[Money]) -> list[tuple[Money, Derivation]]:
    """Parts of `whole`, whose derivation is `node`, by share of the amounts of lines, none of them negative."""
    if len(amounts) == 1:
        return [(whole, node)]
    currency = whole.currency
    total = Money.total(amounts, currency)
    order = sorted(range(len(amounts)), key=lambda place: (-amounts[place].minor, place))
    minors = dict(zip(order, split(whole.minor, [amounts[place].minor for place in order]), strict=True))
    parts = []
    for place, amount in enumerate(amounts):
        part = Money(minors[place], currency)
        if not total:
            parts.append((part, given("what it is spread over is nothing", part.amount)))
            continue
        exact = derived(
            "share",
            "by share of the lines' amounts",
            node,
            given("amount of the line", amount.amount),
            given("amounts of the lines", total.amount),
        )
        nearest, share = rounded(exact, currency)
        parts.append((part, _corrected("parts sum to the whole", share, part - nearest)))
    return parts
