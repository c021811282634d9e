"""Billing periods of an item, their pieces, and what each piece costs before anything modifies it."""

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from tests.oracle.arithmetic import minor
from tests.oracle.days import DAY, Grid, days_of, first_day, item_grid, last_day, length, runs
from tests.oracle.free_units import as_free, take_free_units
from tests.oracle.metrics import ADDITIVE, Reading, read
from tests.oracle.prices import BRACKETS, CLIMBING, bounded, bracket, converted, price_of
from tests.oracle.terms import by_day, is_metered, meter, named_quantities, price_on, quantity_on


@dataclass
class Piece:
    """Days of a period with one price and one quantity."""

    days: list
    price: dict
    reading: Reading
    named: dict
    parts: list
    billable: Fraction = Fraction(0)
    window: tuple = ()
    amount: Fraction = Fraction(0)


@dataclass
class Period:
    """A billing period that has fallen due. Money is in minor units; `off` and `added` name what modified it, `shared`
    is what phases and the contract took off. `known_late` is what is only known when it has ended, `there` what has a
    quantity: before the first entry of a dated one there is nothing to bill."""

    item: dict
    grid: Grid
    days: list
    pieces: list
    due: date
    known_late: bool
    there: bool = True
    charges: list = field(default_factory=list)
    off: dict = field(default_factory=dict)
    added: dict = field(default_factory=dict)
    shared: dict = field(default_factory=dict)

    @property
    def first(self):
        return self.days[0]

    @property
    def gross(self):
        return sum(self.charges)

    @property
    def net(self):
        return self.gross - sum(self.off.values())

    @property
    def total(self):
        """What phases and the contract see: the item's own modifiers included."""
        return self.net + sum(self.added.values()) - sum(self.shared.values())


def periods_of(deal, item, events, zone, today):
    """All that has fallen due, in order of time, with what was used in it."""
    contract = deal["contract"]
    grid, metered = item_grid(contract, item), is_metered(item)
    timing = item.get("billing", {}).get("timing", "arrears" if metered else "advance")
    days = list(days_of(first_day(contract, item), last_day(contract, item)))
    found = []
    for cycle in runs(days, grid.window):
        due = cycle[0] if timing == "advance" else cycle[-1] + DAY
        if due <= today:
            pieces = [
                _piece(deal, item, part, events, zone, today) for part in _cut(deal, item, grid, cycle, metered, today)
            ]
            there = metered or any(quantity_on(deal, item, one.days[0], today)[0] is not None for one in pieces)
            found.append(Period(item, grid, cycle, pieces, due, metered or timing == "arrears", there))
    return found


def charge(deal, item, found, scale):
    """Price and round the pieces of an item, less what is free."""
    take_free_units(deal, item, found)
    for piece in (piece for period in found for piece in period.pieces):
        piece.billable = bounded(piece.price, piece.billable)
        reset, grid = piece.price.get("reset"), found[0].grid
        piece.window = grid.of(reset).window(piece.days[0]) if reset else ()
    _price(item, found)
    for period in found:
        for piece in period.pieces:
            period.charges.append(minor(piece.amount * _share(deal, period, piece) * scale))


def _share(deal, period, piece):
    """The part of the price of a full period that a piece bears: by days, where the item is prorated; by days too
    where a change of price has cut a level, which does not add up."""
    contract, item, terms = deal["contract"], period.item, deal["metrics"].get(meter(period.item), {})
    if by_day(contract, item):
        first, end = period.grid.window(period.first)
        return Fraction(len(piece.days), (end - first).days)
    if not terms or terms["aggregate"] in (*ADDITIVE, "weighted_sum"):
        return 1
    windows = _cutting(item, period.grid)
    together = [
        one for one in period.pieces if all(grid.window(one.days[0]) == grid.window(piece.days[0]) for grid in windows)
    ]
    return Fraction(len(piece.days), sum(len(one.days) for one in together))


def _cutting(item, grid):
    """The windows within a period that are rated by themselves: of tier tables and of the commitment."""
    shorter = [price["reset"] for price in item["prices"] if "reset" in price]
    shorter += [item["commitment"]["cadence"]] if "cadence" in item.get("commitment", {}) else []
    return [grid.of(cadence) for cadence in shorter if length(cadence) < length(grid.every)]


def _cut(deal, item, grid, cycle, metered, today):
    prorated = by_day(deal["contract"], item)
    cutting = _cutting(item, grid)
    return runs(
        cycle,
        lambda day: (
            price_on(deal, item, day)[0] if metered or prorated else None,
            quantity_on(deal, item, day, today)[0] if not metered and prorated else None,
            [one.window(day) for one in cutting],
        ),
    )


def _piece(deal, item, days, events, zone, today):
    price = price_on(deal, item, days[0])[1]
    metrics = deal["metrics"]

    def measured(name, these):
        return read(metrics[name], events, these, zone)

    def own(these):
        if meter(item):
            return measured(meter(item), these)
        return Reading(quantity_on(deal, item, these[0], today)[1])

    named = {
        name: measured(source["metric"], days).total if "metric" in source else Fraction(source["value"])
        for name, source in named_quantities(item, price).items()
    }
    reading = own(days)
    _hold_longer(deal, item, days, reading)
    reading.total = converted(price, reading.total)
    reading.values = [converted(price, value) for value in reading.values]
    reading.groups = {name: converted(price, value) for name, value in reading.groups.items()}
    named["quantity"] = reading.total
    free = item.get("free_units")
    parts = []
    if free is not None:
        grid = item_grid(deal["contract"], item).of(as_free(free).get("cadence"))
        windows = runs(days, grid.window)
        alone = len(windows) == 1
        parts = [
            (grid.window(part[0]), reading.total if alone else converted(price, own(part).total)) for part in windows
        ]
    return Piece(days, price, reading, named, parts, reading.total)


def _hold_longer(deal, item, days, reading):
    """A level averaged over part of a period counts for that part of it, unless the whole charge is prorated."""
    terms = deal["metrics"].get(meter(item), {})
    if terms.get("aggregate") == "weighted_sum" and "per" not in terms and not by_day(deal["contract"], item):
        first, end = item_grid(deal["contract"], item).window(days[0])
        share = Fraction(len(days), (end - first).days)
        reading.total *= share
        reading.groups = {name: value * share for name, value in reading.groups.items()}


def _price(item, periods):
    """Amounts of all pieces; those in one window of a tier table are priced by what they add up to."""
    windows = {}
    for piece in (piece for period in periods for piece in period.pieces):
        if not piece.window:
            piece.amount = price_of(piece.price, piece.billable, piece.reading, piece.named)
            continue
        windows.setdefault(piece.window, []).append(piece)
    for pieces in windows.values():
        _price_together(pieces)


def _price_together(pieces):
    price, before = pieces[0].price, Fraction(0)
    rate, flat = bracket(price, sum(piece.billable for piece in pieces)) if price["model"] in BRACKETS else (0, 0)
    for place, piece in enumerate(pieces):
        if price["model"] in BRACKETS:
            piece.amount = piece.billable * rate + (0 if place else flat)
        else:
            assert price["model"] in CLIMBING
            already = price_of(price, before) if place else 0
            piece.amount = price_of(price, before + piece.billable) - already
            before += piece.billable
