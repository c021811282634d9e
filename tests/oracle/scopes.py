"""What modifies several items together: discounts spread over them, commitments and fees in lines without an item."""

from datetime import date
from fractions import Fraction

from tests.oracle.arithmetic import minor, spread
from tests.oracle.days import DAY, Grid, days_of, length
from tests.oracle.modifiers import Discounting, as_list, by_share, holds, in_order, stub_share
from tests.oracle.terms import is_metered


def modify_together(contract, name, terms, periods, scale, scope_lines):
    """The discounts, commitment and fees of a phase or of the contract. Lines: (modifier, day) -> minor units."""
    start = date.fromisoformat(terms.get("starts_on", contract["starts_on"]))
    last = date.fromisoformat(terms.get("ends_on", contract["ends_on"]))
    every = min((period.grid.every for period in periods), key=length, default="P1M")
    anchor = contract.get("anchor", start.isoformat())
    grid = Grid(start, every, anchor if isinstance(anchor, int) else date.fromisoformat(anchor))
    for place, discount in in_order(terms.get("discounts", [])):
        _discount(f"{name}.discount:{place}", discount, periods, grid, scale)
    if "commitment" in terms:
        _commit(name, terms["commitment"], periods, grid, (start, last), scale, scope_lines)
    _charge_fees(name, terms, periods, scale, scope_lines)


def _discount(name, terms, periods, grid, scale):
    giving = Discounting(terms, scale)
    groups = {}
    for period in sorted(periods, key=lambda period: period.due):
        if holds(terms, period.first):
            window = grid.of(terms["cadence"]).window(period.first) if "cadence" in terms else period.due
            groups.setdefault(window, {}).setdefault(period.due, []).append(period)
    for group in (list(days.values()) for days in groups.values()):
        nets = [sum(max(period.total, 0) for period in found) for found in group]
        total = giving.take(sum(nets))
        for found, amount in zip(group, by_share(total, nets), strict=True):
            for period, part in zip(found, spread(amount, [max(one.total, 0) for one in found]), strict=True):
                period.shared[name] = part


def _commit(name, terms, periods, grid, days, scale, scope_lines):
    grid = grid.of(terms.get("cadence"))
    start, last = days
    windows = {grid.window(day): [] for day in days_of(start, last)}
    for period in sorted(periods, key=lambda period: period.due):
        windows[grid.window(period.first)].append(period)
    inner = [(first, amount) for (modifier, first), (amount, _due) in scope_lines.items() if _tops_up(modifier)]
    for window, group in windows.items():
        share = stub_share(terms, window, start, last)
        first, end = max(window[0], start), min(window[1], last + DAY)
        of_phases = sum(amount for day, amount in inner if window[0] <= day < window[1]) if name == "contract" else 0
        if "maximum_amount" in terms:
            _cap(f"{name}.maximum", group, Fraction(terms["maximum_amount"]) * share * scale)
        gross = terms.get("basis") == "gross"
        charged = sum(period.gross + sum(period.added.values()) if gross else period.total for period in group)
        missing = minor(Fraction(terms.get("minimum_amount", 0)) * share * scale - charged - of_phases)
        if "minimum_amount" in terms and (missing > 0 or not terms.get("skip_zero")):
            scope_lines[f"{name}.commitment", first] = (max(missing, 0), _due(group, end))


def _tops_up(modifier):
    return modifier.startswith("phase.") and modifier.endswith(".commitment")


def _due(group, end):
    """When all that begins in a window is billed: at its end or later; before only when no item is metered or bills
    twice in it."""
    items = [period.item["id"] for period in group]
    days = [period.due for period in group]
    once = items and len(items) == len(set(items)) and not any(is_metered(period.item) for period in group)
    return max(days) if once else max([end, *days])


def _cap(name, group, most):
    sum_so_far, taken = 0, 0
    for day in sorted({period.due for period in group}):
        found = [period for period in group if period.due == day]
        sum_so_far += sum(period.total for period in found)
        above = max(minor(sum_so_far - most), 0) - taken
        taken += above
        for period, part in zip(found, spread(above, [max(one.total, 0) for one in found]), strict=True):
            period.shared[name] = part


def _charge_fees(name, terms, periods, scale, scope_lines):
    """On each day on which anything is billed: on the charges, and on the top-ups that fall due then; of the contract's
    on those of its phases as well. A fee bears no fee."""
    fees = as_list(terms.get("service_fees", []))
    days = {}
    for period in (period for period in periods if period.there or period.total):
        days[period.due] = days.get(period.due, 0) + period.total
    for (modifier, _first), (amount, due) in list(scope_lines.items()):
        if modifier == f"{name}.commitment" or (name == "contract" and _tops_up(modifier)):
            days[due] = days.get(due, 0) + amount
    for place, fee in enumerate(fees):
        for day, base in days.items():
            value = Fraction(fee["value"])
            amount = minor(base * value / 100 if fee["type"] == "percent" else value * scale)
            scope_lines[f"{name}.service_fee:{place}", day] = (amount, day)
