"""Free units: a pool for each window of time, used up in order of time; what is left is lost.

    free = min(quantity, what is left of the window's pool, of `max_per_period`, of `max_lifetime`)

A pool of a window that was cut short is `value` x days / days of the whole window, rounded to whole units, when the
terms say `prorate_stub`; the whole value otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from usance.catalog.modifiers import FreeUnits, WholeUnits
from usance.kernel.amount import ZERO, Rounding, to_whole
from usance.kernel.period import Period

_ROUNDINGS: Final[dict[WholeUnits, Rounding]] = {"floor": "down", "ceil": "up", "half_up": "nearest"}


@dataclass(frozen=True, slots=True)
class Claim:
    """A quantity that may be free: of one billing period (its first day) and one window of the pool.

    A `level` quantity (seats) is held rather than used up: all of a period's pieces share what one of them takes.
    """

    cycle: date
    window: Period
    full: Period
    quantity: Decimal
    level: bool = False


def pool_of(terms: FreeUnits, window: Period, full: Period) -> Decimal:
    """Free units of a window."""
    return by_days(terms.value, window, full, terms.rounding) if terms.prorate_stub else terms.value


def by_days(value: Decimal, window: Period, full: Period, rounding: WholeUnits) -> Decimal:
    """Units of a window that was cut short, value x days / days of the full one, as whole units; else the value."""
    if window.days == full.days:
        return value
    return to_whole(value * window.days / full.days, _ROUNDINGS[rounding])


def free_units(terms: FreeUnits, claims: Sequence[Claim]) -> list[Decimal]:
    """How many units of each claim are free; claims in order of time. Negative quantities take none."""
    used_of_window: dict[Period, Decimal] = {}
    used_in_period: dict[date, Decimal] = {}
    held: dict[tuple[Period, date], Decimal] = {}
    lifetime = ZERO
    found = []
    for claim in claims:
        place = (claim.window, claim.cycle)
        before = held.get(place, ZERO) if claim.level else ZERO
        limits = [pool_of(terms, claim.window, claim.full) - used_of_window.get(claim.window, ZERO)]
        if terms.max_per_period is not None:
            limits.append(terms.max_per_period - used_in_period.get(claim.cycle, ZERO))
        if terms.max_lifetime is not None:
            limits.append(terms.max_lifetime - lifetime)
        free = max(ZERO, min(claim.quantity, before + min(limits)))
        taken = max(ZERO, free - before)
        held[place] = max(before, free)
        used_of_window[claim.window] = used_of_window.get(claim.window, ZERO) + taken
        used_in_period[claim.cycle] = used_in_period.get(claim.cycle, ZERO) + taken
        lifetime += taken
        found.append(free)
    return found
