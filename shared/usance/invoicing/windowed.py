"""Commitments of windows shorter than a billing period: each window, rated by itself, is held to its own.

What was taken off the billing period before counts as taken off its windows by share of what they cost.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from usance.catalog.modifiers import Commitment
from usance.contract.contract import Contract
from usance.contract.schedule import recurrence_of
from usance.invoicing.line import LineKind
from usance.invoicing.missing_units import price_difference, units_of
from usance.invoicing.sheet import Priced, Sheet
from usance.kernel.derivation import Derivation, derived, given
from usance.kernel.money import Money
from usance.kernel.period import Period
from usance.pricing.commitment import excess, of_window, shortfall
from usance.pricing.rounding import rounded

MAXIMUM: Final = "maximum"
COMMITMENT: Final = "commitment"


@dataclass(frozen=True, slots=True)
class _Window:
    """A window inside of a billing period: what it costs before and after discounts, and what was used in it."""

    held: Period
    full: Period
    gross: Money
    net: Money
    priced: tuple[Priced, ...]


def hold_windows(contract: Contract, sheet: Sheet, terms: Commitment) -> None:
    """Cap each window at the maximum and top it up to the minimum; one line of each kind for the billing period."""
    windows = list(_windows(contract, sheet, terms))
    if terms.maximum_amount is not None:
        over = [_over(terms, window) for window in windows]
        amount, node = rounded(derived("sum", "above the maximum, window by window", *over), sheet.currency)
        sheet.take_off(LineKind.DISCOUNT, MAXIMUM, terms.label or "Above the maximum", amount, node)
    if sheet.closed and (terms.minimum_amount is not None or terms.minimum_quantity is not None):
        under = [_under(contract, terms, window) for window in windows]
        amount, node = rounded(derived("sum", "missing to the minimum, window by window", *under), sheet.currency)
        if amount or not terms.skip_zero:
            sheet.add(LineKind.COMMITMENT, COMMITMENT, terms.label or "Minimum commitment", amount, node)


def _windows(contract: Contract, sheet: Sheet, terms: Commitment) -> Iterator[_Window]:
    whole = recurrence_of(contract, sheet.item, sheet.timeline.start, terms.cadence)
    charged = {line.period.start: line.amount for line in sheet.lines if line.kind is LineKind.CHARGE}
    amounts = [charged.get(one.piece.held.start, Money.zero(sheet.currency)) for one in sheet.priced]
    off = (sheet.net - sheet.gross).split([max(0, amount.minor) for amount in amounts])
    groups: dict[int, list[int]] = {}
    for place, one in enumerate(sheet.priced):
        groups.setdefault(whole.index_at(one.piece.held.start), []).append(place)
    for number, places in groups.items():
        inside = tuple(sheet.priced[place] for place in places)
        gross = Money.total((amounts[place] for place in places), sheet.currency)
        taken = Money.total((off[place] for place in places), sheet.currency)
        held = Period(inside[0].piece.held.start, inside[-1].piece.held.end)
        yield _Window(held, Period(whole.boundary(number), whole.boundary(number + 1)), gross, gross + taken, inside)


def _over(terms: Commitment, window: _Window) -> Derivation:
    if terms.maximum_amount is None:
        return given("no maximum", 0)
    maximum = of_window(terms, terms.maximum_amount, "maximum", window.held, window.full)
    return excess(maximum, given(f"charged, {window.held}", window.net.amount))


def _under(contract: Contract, terms: Commitment, window: _Window) -> Derivation:
    parts = []
    if terms.minimum_amount is not None:
        charged = window.gross if terms.basis == "gross" else window.net
        minimum = of_window(terms, terms.minimum_amount, "minimum", window.held, window.full)
        parts.append(shortfall(minimum, given(f"charged, {window.held}", charged.amount)))
    if terms.minimum_quantity is not None and window.priced:
        minimum = of_window(terms, terms.minimum_quantity, "minimum quantity", window.held, window.full)
        total = derived("sum", f"units, {window.held}", *(units_of(one) for one in window.priced))
        parts.append(price_difference(contract, window.priced[-1], minimum, total))
    return parts[0] if len(parts) == 1 else derived("maximum", "the larger", *parts)
