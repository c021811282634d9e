"""Billing periods of an item, their pieces, and what each piece costs before anything modifies it."""

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from tests.oracle.arithmetic import floored, minor, rounded
from tests.oracle.days import DAY, Grid, days_of, first_day, item_grid, last_day, length, runs
from tests.oracle.metrics import Reading, read
from tests.oracle.prices import BRACKETS, CLIMBING, bounded, bracket, converted, price_of
from tests.oracle.terms import is_metered, meter, named_quantities, price_on, quantity_on


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
    """A billing period that has fallen due. Money is in minor units; `off` and `added` name what modified it."""

    item: dict
    grid: Grid
    days: list
    pieces: list
    due: date
    charges: list = field(default_factory=list)
    off: dict = field(default_factory=dict)
    added: dict = field(default_factory=dict)

    @property
    def first(self):
        return self.days[0]

    @property
    def gross(self):
        return sum(self.charges)

    @property
    def net(self):
        return self.gross - sum(self.off.values())


def periods_of(deal, item, events, zone, today, scale):
    """All that has fallen due, in order of time, charged and rounded."""
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
            found.append(Period(item, grid, cycle, pieces, due))
    _take_free_units(item, grid, found)
    for piece in (piece for period in found for piece in period.pieces):
        piece.billable = bounded(piece.price, piece.billable)
        reset = piece.price.get("reset")
        piece.window = grid.of(reset).window(piece.days[0]) if reset and length(reset) > length(grid.every) else ()
    _price(item, found)
    for period in found:
        whole = grid.window(period.first)
        for piece in period.pieces:
            share = Fraction(len(piece.days), (whole[1] - whole[0]).days) if by_day(contract, item) else 1
            period.charges.append(minor(piece.amount * share * scale))
    return found


def by_day(contract, item):
    kind = item["product"].get("kind", "point_in_time" if is_metered(item) else "period_of_time")
    return kind == "period_of_time" and contract.get("proration", "day") == "day"


def _cut(deal, item, grid, cycle, metered, today):
    prorated = by_day(deal["contract"], item)
    shorter = [price["reset"] for price in item["prices"] if "reset" in price]
    shorter += [item["commitment"]["cadence"]] if "cadence" in item.get("commitment", {}) else []
    cutting = [grid.of(cadence) for cadence in shorter if length(cadence) < length(grid.every)]
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
        grid = item_grid(deal["contract"], item).of(_as_free(free).get("cadence"))
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


def _as_free(written):
    return written if isinstance(written, dict) else {"value": written}


def _take_free_units(item, grid, periods):
    if "free_units" not in item or not periods:
        return
    terms = _as_free(item["free_units"])
    first, last = periods[0].days[0], item["last"]
    pools, used_ever = {}, Fraction(0)
    for period in periods:
        used_here = Fraction(0)
        for piece in period.pieces:
            for window, quantity in piece.parts:
                pool = pools.setdefault(window, _pool(terms, window, first, last))
                most = [max(quantity, Fraction(0)), pool]
                if "max_per_period" in terms:
                    most.append(Fraction(terms["max_per_period"]) - used_here)
                if "max_lifetime" in terms:
                    most.append(Fraction(terms["max_lifetime"]) - used_ever)
                free = min(most)
                pools[window] -= free
                used_here, used_ever = used_here + free, used_ever + free
                piece.billable -= free


def _pool(terms, window, first, last):
    value = Fraction(terms["value"])
    here = (min(window[1], last + DAY) - max(window[0], first)).days
    full = (window[1] - window[0]).days
    if not terms.get("prorate_stub") or here == full:
        return value
    share, how = value * here / full, terms.get("rounding", "floor")
    return {"floor": floored(share), "ceil": -floored(-share), "half_up": rounded(share)}[how] * Fraction(1)


def _price(item, periods):
    """Amounts of all pieces; those in one long window of a tier table are priced by what they add up to."""
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
