"""Free units: pools for windows of time, used up by the pieces of an item in order of time."""

from fractions import Fraction

from tests.oracle.arithmetic import floored, rounded
from tests.oracle.days import DAY
from tests.oracle.metrics import ADDITIVE
from tests.oracle.terms import by_day, meter


def as_free(written):
    return written if isinstance(written, dict) else {"value": written}


def take_free_units(deal, item, periods):
    """Pieces in order of time use up the pools; all pieces of a period share what one takes of a level."""
    if "free_units" not in item or not periods:
        return
    terms, level = as_free(item["free_units"]), is_level(deal, item)
    first, last = periods[0].days[0], item["last"]
    used_of, used_ever = {}, Fraction(0)
    for period in periods:
        used_here, held = Fraction(0), {}
        for piece in period.pieces:
            for window, quantity in piece.parts:
                before = held.get(window, Fraction(0)) if level else Fraction(0)
                most = [quantity, _pool(terms, window, first, last) - used_of.get(window, 0) + before]
                if "max_per_period" in terms:
                    most.append(Fraction(terms["max_per_period"]) - used_here + before)
                if "max_lifetime" in terms:
                    most.append(Fraction(terms["max_lifetime"]) - used_ever + before)
                free = max(min(most), Fraction(0))
                piece.billable -= free
                more = max(free - before, Fraction(0))
                held[window] = before + more
                used_of[window] = used_of.get(window, Fraction(0)) + more
                used_here, used_ever = used_here + more, used_ever + more


def is_level(deal, item):
    """Whether a quantity is held and not used up: seats, a peak, an average."""
    if meter(item) is None:
        return by_day(deal["contract"], item)
    terms = deal["metrics"][meter(item)]
    return terms["aggregate"] not in ADDITIVE and "per" not in terms


def _pool(terms, window, first, last):
    value = Fraction(terms["value"])
    here = (min(window[1], last + DAY) - max(window[0], first)).days
    full = (window[1] - window[0]).days
    if not terms.get("prorate_stub") or here == full:
        return value
    share, how = value * here / full, terms.get("rounding", "floor")
    return {"floor": floored(share), "ceil": -floored(-share), "half_up": rounded(share)}[how] * Fraction(1)
