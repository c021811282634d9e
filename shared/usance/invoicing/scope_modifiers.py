"""What modifies several items together: the discounts of a phase, contract or customer, its commitment and its fees.

What takes money off is spread over the items, so that tax, revenue and corrections stay with them; what adds money is
a line of the whole scope, without an item.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from usance.catalog.modifiers import Commitment, Discount
from usance.contract.item import Item
from usance.contract.lengths import is_shorter
from usance.contract.schedule import commitment_windows
from usance.contract.scope import Scope
from usance.contract.timeline import Timeline
from usance.invoicing.item_modifiers import holds, windows_begun
from usance.invoicing.line import Line, LineKind, Recognition
from usance.invoicing.sheet import Sheet, by_due_day, in_window, recognition_of
from usance.kernel.amount import ZERO
from usance.kernel.derivation import Derivation, derived, given
from usance.kernel.money import Money
from usance.kernel.period import Period
from usance.pricing.commitment import excess, of_window, shortfall
from usance.pricing.discount import Base, discounts, name_of
from usance.pricing.rounding import rounded
from usance.pricing.service_fee import fee_on
from usance.pricing.spread import over_lines


@dataclass(frozen=True, slots=True)
class ScopeLine:
    """A line of a whole scope, the day on which it falls due, and the billing periods that it was worked out from."""

    line: Line
    bill_on: date
    basis: tuple[Sheet, ...]
    items: tuple[Item, ...]


def take_scope_discount(
    scope: Scope, terms: Discount, sheets: Sequence[Sheet], modifier: str, name: str | None = None
) -> None:
    """Take a discount off billing periods, those of a day together, spread over their items."""
    held = by_due_day(sheet for sheet in sheets if holds(terms, sheet.cycle))
    windows = _windows(scope, terms, list(held.values()))
    if not windows:
        return
    currency = sheets[0].currency
    bases = [Base(tuple(_there(group, currency) for group in groups), count) for groups, count in windows]
    for (groups, _count), parts in zip(windows, discounts(terms, bases, currency), strict=True):
        for group, (amount, node) in zip(groups, parts, strict=True):
            _spread(group, LineKind.DISCOUNT, modifier, name or name_of(terms), amount, node)


def _windows(scope: Scope, terms: Discount, days: Sequence[list[Sheet]]) -> list[tuple[list[list[Sheet]], int]]:
    """What falls due on each day, by the discount's windows, and how many windows that stands for."""
    if terms.cadence is None:
        return [([group], 1) for group in days]
    recurrence = scope.recurrence(terms.cadence)
    if all(is_shorter(terms.cadence, sheet.item) for group in days for sheet in group):
        return [([group], max(windows_begun(recurrence, sheet) for sheet in group)) for group in days]
    found: dict[int, list[list[Sheet]]] = {}
    for group in days:
        parts: dict[int, list[Sheet]] = {}
        for sheet in group:
            parts.setdefault(recurrence.index_at(sheet.cycle), []).append(sheet)
        for number, part in parts.items():
            found.setdefault(number, []).append(part)
    return [(groups, 1) for groups in found.values()]


def _there(group: Iterable[Sheet], currency: str) -> Money:
    there = Money.total((sheet.net for sheet in group), currency)
    return there if there.minor > 0 else Money.zero(currency)


def _spread(group: Sequence[Sheet], kind: LineKind, modifier: str, name: str, amount: Money, node: Derivation) -> None:
    paying = [sheet for sheet in group if sheet.net.minor > 0]
    if not paying or not amount:
        return
    parts = over_lines(amount, node, [sheet.net for sheet in paying])
    for sheet, (part, explained) in zip(paying, parts, strict=True):
        sheet.take_off(kind, modifier, f"{name} ({sheet.item.product.name})", part, explained)


def hold_scope(
    timeline: Timeline,
    scope: Scope,
    sheets: Sequence[Sheet],
    topped: Sequence[ScopeLine],
    today: date,
    currency: str,
) -> Iterator[ScopeLine]:
    """Cap what a scope charges in each window at its maximum, and give the lines that top up to its minimum.

    `topped` are the lines that top up the phases in it: they are charged in the window that they begin in.
    """
    terms = scope.commitment
    if terms is None:
        return
    for window, due in commitment_windows(timeline, scope, today):
        together = in_window(sheets, window)
        full = scope.full_window(terms.cadence, window)
        if terms.maximum_amount is not None:
            _cap(scope, terms, of_window(terms, terms.maximum_amount, "maximum", window, full), together)
        if terms.minimum_amount is None or due > today:
            continue
        added = [entry.line.amount for entry in topped if entry.line.cycle in window]
        charged = Money.total([*(sheet.compared(terms.basis) for sheet in together), *added], currency)
        minimum = of_window(terms, terms.minimum_amount, "minimum", window, full)
        missing = shortfall(minimum, given(f"charged, {terms.basis}", charged.amount))
        amount, node = rounded(missing, currency)
        if amount or not terms.skip_zero:
            name = terms.label or "Minimum commitment"
            line = _scope_line(scope, LineKind.COMMITMENT, "commitment", name, amount, node, window, window.start)
            yield ScopeLine(line, due, tuple(together), scope.items)


def _cap(scope: Scope, terms: Commitment, maximum: Derivation, together: Sequence[Sheet]) -> None:
    before: list[Derivation] = []
    for group in by_due_day(together).values():
        currency = group[0].currency
        left = derived("difference", "left of the maximum", maximum, *before) if before else maximum
        left = left if left.value >= ZERO else given("nothing is left of the maximum", ZERO)
        charged = Money.total((sheet.net for sheet in group), currency)
        amount, node = rounded(excess(left, given("charged", charged.amount)), currency)
        _spread(group, LineKind.DISCOUNT, f"{scope.name}.maximum", terms.label or "Above the maximum", amount, node)
        after = Money.total((sheet.net for sheet in group), currency)
        before.append(given("charged before in the window", after.amount))


def service_fees(
    scope: Scope, sheets: Sequence[Sheet], more: Sequence[ScopeLine], currency: str
) -> Iterator[ScopeLine]:
    """The fees of a scope on what it bills on each day; `more` are the top-ups that fall due in it."""
    if not scope.service_fees:
        return
    days = by_due_day(sheet for sheet in sheets if sheet.lines)
    commitments: dict[date, list[ScopeLine]] = {}
    for entry in more:
        commitments.setdefault(entry.bill_on, []).append(entry)
    for day in sorted({*days, *commitments}):
        group, topped = days.get(day, []), [entry.line for entry in commitments.get(day, [])]
        basis = [*group, *(sheet for entry in commitments.get(day, []) for sheet in entry.basis)]
        billed = Money.total([*(sheet.net for sheet in group), *(line.amount for line in topped)], currency)
        starts = [*(sheet.due.service.start for sheet in group), *(line.period.start for line in topped)]
        ends = [*(sheet.due.service.end for sheet in group), *(line.period.end for line in topped)]
        for place, terms in enumerate(scope.service_fees):
            amount, node = rounded(fee_on(terms, billed), currency)
            if amount:
                name, period = terms.label or "Service fee", Period(min(starts), max(ends))
                line = _scope_line(scope, LineKind.SERVICE_FEE, f"service_fee:{place}", name, amount, node, period, day)
                yield ScopeLine(line, day, tuple(basis), scope.items)


def _scope_line(
    scope: Scope, kind: LineKind, modifier: str, name: str, amount: Money, node: Derivation, period: Period, cycle: date
) -> Line:
    metered = any(recognition_of(item) is Recognition.USAGE for item in scope.items)
    return Line(
        item="",
        kind=kind,
        description=name,
        amount=amount,
        period=period,
        cycle=cycle,
        derivation=node,
        recognition=Recognition.USAGE if metered else Recognition.DAILY,
        modifier=f"{scope.name}.{modifier}",
    )
