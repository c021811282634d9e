"""Discounts, maximums and minimums of one item, on the rounded charges of its billing periods."""

from datetime import date
from fractions import Fraction

from tests.oracle.arithmetic import minor
from tests.oracle.days import DAY, length
from tests.oracle.prices import bounded, price_of


def as_list(written):
    return written if isinstance(written, list) else [written]


def in_order(discounts):
    """(place, terms) by order, then as written."""
    return sorted(enumerate(as_list(discounts)), key=lambda pair: pair[1].get("order", 0))


def holds(terms, first):
    return (
        date.fromisoformat(terms.get("from", "0001-01-01"))
        <= first
        <= date.fromisoformat(terms.get("until", "9999-12-31"))
    )


class Discounting:
    """What one discount has given so far, and what it gives next."""

    def __init__(self, terms, scale):
        self.terms, self.scale, self.given = terms, scale, 0

    def take(self, base, windows=1):
        """Minor units off a base of minor units, in so many windows."""
        if base <= 0:
            return 0
        terms = self.terms
        value = Fraction(terms["value"])
        most = [base, base * value / 100 if terms["type"] == "percent" else value * self.scale * windows]
        if "max_per_period" in terms:
            most.append(Fraction(terms["max_per_period"]) * self.scale * windows)
        if "max_lifetime" in terms:
            most.append(Fraction(terms["max_lifetime"]) * self.scale - self.given)
        amount = max(minor(min(most)), 0)
        self.given += amount
        return amount


def discount_item(item, periods, scale):
    """Every discount of an item, one after another over all its periods."""
    for place, terms in in_order(item.get("discounts", [])) if periods else ():
        giving = Discounting(terms, scale)
        name = f"discount:{place}"
        grid = periods[0].grid.of(terms.get("cadence"))
        for group in grouped([period for period in periods if holds(terms, period.first)], grid):
            count = 1
            if length(grid.every) < length(group[0].grid.every):
                count = max(sum(grid.is_boundary(day) for day in group[0].days), 1)
            total = giving.take(sum(period.net for period in group), count)
            for period, amount in zip(group, by_share(total, [period.net for period in group]), strict=True):
                period.off[name] = amount


def grouped(periods, grid):
    """Periods in a row whose first days lie in one window; each alone where windows are shorter than periods."""
    found, before = [], None
    for period in periods:
        here = grid.window(period.first) if length(grid.every) >= length(period.grid.every) else period.first
        if not found or here != before:
            found.append([])
        found[-1].append(period)
        before = here
    return found


def by_share(amount, bases):
    """A window's amount over its periods by share, each rounded but no more than is left; the rest goes to the last, as
    far as that has an amount, and else to the ones before it."""
    total, parts = sum(bases), []
    for base in bases[:-1]:
        part = minor(Fraction(amount * base, total)) if total else 0
        parts.append(min(part, amount - sum(parts)))
    parts.append(amount - sum(parts))
    for place in range(len(parts) - 1, 0, -1):
        above = max(parts[place] - max(bases[place], 0), 0)
        parts[place] -= above
        parts[place - 1] += above
    return parts


def commit_item(item, periods, scale, last):
    """The maximum and then the minimum of an item, window by window."""
    terms = item.get("commitment")
    if not terms or not periods:
        return
    grid = periods[0].grid.of(terms.get("cadence"))
    if length(grid.every) < length(periods[0].grid.every):
        for period in periods:
            _commit_inside(terms, period, grid, scale)
        return
    for group in grouped(periods, grid):
        window = grid.window(group[0].first)
        share = stub_share(terms, window, periods[0].first, last)
        gross = terms.get("basis") == "gross"
        if "maximum_amount" in terms:
            cap_periods(group, Fraction(terms["maximum_amount"]) * share * scale, "maximum")
        if min(window[1] - DAY, last) != group[-1].days[-1]:
            continue
        charged = sum(period.gross if gross else period.net for period in group)
        missing = shortfall(terms, group, share, scale, charged)
        group[-1].added["commitment"] = missing


def cap_periods(group, most, name):
    """What goes above the most, taken off the periods in which it does."""
    sum_so_far, taken = 0, 0
    for period in group:
        sum_so_far += period.net
        above = max(minor(sum_so_far - most), 0) - taken
        above = min(max(above, 0), max(period.net, 0))
        period.off[name] = period.off.get(name, 0) + above
        taken += above


def shortfall(terms, group, share, scale, charged):
    missing = 0
    if "minimum_amount" in terms:
        missing = minor(Fraction(terms["minimum_amount"]) * share * scale - charged)
    if "minimum_quantity" in terms:
        pieces = [piece for period in group for piece in period.pieces]
        used, price = sum(piece.billable for piece in pieces), pieces[-1].price
        least = bounded(price, max(Fraction(terms["minimum_quantity"]) * share, used))
        missing = max(missing, minor((price_of(price, least) - price_of(price, used)) * scale))
    return max(missing, 0)


def stub_share(terms, window, first, last):
    """1, or the share of a window that is there."""
    if terms.get("charge_full_amount", True):
        return Fraction(1)
    here = (min(window[1], last + DAY) - max(window[0], first)).days
    return Fraction(here, (window[1] - window[0]).days)


def _commit_inside(terms, period, grid, scale):
    """Each window within a period is held to the commitment by itself; what the period cuts off is a part of one."""
    above = missing = Fraction(0)
    windows = {}
    for piece, charge in zip(period.pieces, period.charges, strict=True):
        windows.setdefault(grid.window(piece.days[0]), []).append(charge)
    for window, charges in windows.items():
        share, charged = stub_share(terms, window, period.days[0], period.days[-1]), Fraction(sum(charges))
        if "maximum_amount" in terms:
            over = max(charged - Fraction(terms["maximum_amount"]) * share * scale, Fraction(0))
            above, charged = above + over, charged - over
        missing += max(Fraction(terms.get("minimum_amount", 0)) * share * scale - charged, Fraction(0))
    period.off["maximum"] = minor(above)
    period.added["commitment"] = minor(missing)
