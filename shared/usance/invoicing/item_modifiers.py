"""What modifies an item by itself: its discounts in their order, then its maximum, then its minimum commitment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from usance.catalog.modifiers import Commitment, Discount
from usance.contract.contract import Contract
from usance.contract.lengths import is_shorter
from usance.contract.schedule import item_windows, recurrence_of
from usance.contract.timeline import ItemTimeline
from usance.invoicing.desire import is_windowed, proration_of
from usance.invoicing.line import LineKind
from usance.invoicing.missing_units import price_difference, units_of
from usance.invoicing.sheet import Sheet, in_window
from usance.invoicing.windowed import COMMITMENT, MAXIMUM, hold_windows
from usance.kernel.amount import ZERO
from usance.kernel.derivation import Derivation, derived, given
from usance.kernel.money import Money
from usance.kernel.period import Period
from usance.kernel.recurrence import Recurrence
from usance.pricing.commitment import excess, of_window, shortfall
from usance.pricing.discount import Base, discounts, name_of
from usance.pricing.proration import prorate
from usance.pricing.rounding import rounded


def take_discounts(contract: Contract, sheets: Sequence[Sheet]) -> None:
    """Take an item's discounts off its billing periods, which are in order of time."""
    item = sheets[0].item
    for place, terms in sorted(enumerate(item.discounts), key=lambda entry: (entry[1].order, entry[0])):
        windows = list(_discount_windows(contract, terms, [sheet for sheet in sheets if holds(terms, sheet.cycle)]))
        found = discounts(terms, [base for _sheets, base in windows], sheets[0].currency)
        for (together, _base), parts in zip(windows, found, strict=True):
            for sheet, (amount, node) in zip(together, parts, strict=True):
                sheet.take_off(LineKind.DISCOUNT, f"discount:{place}", name_of(terms), amount, node)


def holds(terms: Discount, cycle: date) -> bool:
    """Whether a discount holds for a billing period that begins on a day."""
    return (terms.from_ is None or cycle >= terms.from_) and (terms.until is None or cycle <= terms.until)


def _discount_windows(
    contract: Contract, terms: Discount, sheets: Sequence[Sheet]
) -> Iterator[tuple[list[Sheet], Base]]:
    if not sheets:
        return
    timeline = sheets[0].timeline
    if terms.cadence is None:
        yield from (([sheet], Base((sheet.net,))) for sheet in sheets)
        return
    windows = recurrence_of(contract, timeline.item, timeline.start, terms.cadence)
    if is_shorter(terms.cadence, timeline.item):
        yield from (([sheet], Base((sheet.net,), windows_begun(windows, sheet))) for sheet in sheets)
        return
    groups: dict[int, list[Sheet]] = {}
    for sheet in sheets:
        groups.setdefault(windows.index_at(sheet.cycle), []).append(sheet)
    for together in groups.values():
        yield together, Base(tuple(sheet.net for sheet in together))


def windows_begun(recurrence: Recurrence, sheet: Sheet) -> int:
    """How many windows begin in a billing period; at least one."""
    first, last = recurrence.index_at(sheet.cycle), recurrence.index_at(sheet.due.service.last_day)
    return max(1, last - first + (recurrence.boundary(first) == sheet.cycle))


def hold_to_commitment(contract: Contract, sheets: Sequence[Sheet], today: date) -> None:
    """Cap an item's billing periods at its maximum and top them up to its minimum."""
    timeline = sheets[0].timeline
    terms = timeline.item.commitment
    if terms is None:
        return
    if is_windowed(timeline.item):
        for sheet in sheets:
            hold_windows(contract, sheet, terms)
        return
    for window, full, together, complete in _commitment_windows(contract, timeline, terms, sheets, today):
        if terms.maximum_amount is not None:
            _cap(terms, of_window(terms, terms.maximum_amount, "maximum", window, full), together)
        if complete:
            _top_up(contract, terms, window, full, together)


def _commitment_windows(
    contract: Contract, timeline: ItemTimeline, terms: Commitment, sheets: Sequence[Sheet], today: date
) -> Iterator[tuple[Period, Period, list[Sheet], bool]]:
    """Each window, the whole window that it was cut from, its billing periods, and whether all of it is known."""
    if terms.cadence is None:
        for sheet in sheets:
            yield sheet.due.service, sheet.due.full, [sheet], sheet.closed
        return
    whole = recurrence_of(contract, timeline.item, timeline.start, terms.cadence)
    for window in item_windows(contract, timeline, terms.cadence):
        if window.start > today:
            return
        together = in_window(sheets, window)
        if together:
            yield window, whole.full_period(window.start), together, window.end <= today


def _cap(terms: Commitment, maximum: Derivation, together: Sequence[Sheet]) -> None:
    before: list[Derivation] = []
    for sheet in together:
        left = derived("difference", "left of the maximum", maximum, *before) if before else maximum
        left = left if left.value >= ZERO else given("nothing is left of the maximum", ZERO)
        amount, node = rounded(excess(left, given("charged", sheet.net.amount)), sheet.currency)
        sheet.take_off(LineKind.DISCOUNT, MAXIMUM, terms.label or "Above the maximum", amount, node)
        before.append(given("charged before in the window", sheet.net.amount))


def _top_up(contract: Contract, terms: Commitment, window: Period, full: Period, together: Sequence[Sheet]) -> None:
    if terms.minimum_amount is None and terms.minimum_quantity is None:
        return
    last, currency = together[-1], together[-1].currency
    parts = []
    if terms.minimum_amount is not None:
        charged = Money.total((sheet.compared(terms.basis) for sheet in together), currency)
        minimum = of_window(terms, terms.minimum_amount, "minimum", window, full)
        parts.append(shortfall(minimum, given(f"charged, {terms.basis}", charged.amount)))
    if terms.minimum_quantity is not None:
        minimum = of_window(terms, terms.minimum_quantity, "minimum quantity", window, full)
        parts.append(_missing_units(contract, minimum, together))
    amount, node = rounded(parts[0] if len(parts) == 1 else derived("maximum", "the larger", *parts), currency)
    if amount or not terms.skip_zero:
        name = terms.label or "Minimum commitment"
        last.add(LineKind.COMMITMENT, COMMITMENT, name, amount, node, period=window)


def _missing_units(contract: Contract, minimum: Derivation, together: Sequence[Sheet]) -> Derivation:
    """What the units that are missing to a minimum quantity cost, at the price that held last."""
    found = [one for sheet in together for one in sheet.priced if one.quantities is not None]
    by = proration_of(contract, together[0].item)
    if found and by is not None:
        zone = together[0].zone
        parts = [
            prorate(
                price_difference(contract, one, minimum, units_of(one)), one.piece.held, one.piece.due.full, by, zone
            )
            for one in found
        ]
        return derived("sum", "missing units, piece by piece", *parts)
    if not found:
        return given("no quantity", ZERO)
    total = derived("sum", "units of the window", *(units_of(one) for one in found))
    return price_difference(contract, found[-1], minimum, total)
