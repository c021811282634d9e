"""The table of tax rates: which row holds for a category of things, a place and a day. Exactly one, or none is taken.

A look-up has a depth: the levels of the place that it names. A level that it names has to be the row's, and one that it
leaves out has to be empty in the row. Names of states and cities are compared without case; a postal code by as many
of its characters as the row's range has, so that 94105-1234 lies in 94000 to 94199.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import product
from typing import Final, Protocol

from usance.catalog.tax_rates import JurisdictionRate, postal
from usance.kernel.errors import AmbiguousTaxRate, Fault, TaxRateNotFound
from usance.tax.rule import TaxComponent, TaxRule

_FINGERPRINT: Final = 16
_CLOSING: Final = {"active", "effective_to"}
"""Members of a row that may change: they say when it holds, and not what it says."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is sold to. `country` is an ISO code; a level that is not known is left out."""

    country: str
    state: str | None = None
    city: str | None = None
    zip: str | None = None

    def __str__(self) -> str:
        return ", ".join(part for part in (self.country, self.state, self.city, self.zip) if part)


@dataclass(frozen=True, slots=True)
class RateRow:
    """A row of the table and its id."""

    id: str
    rate: JurisdictionRate


class TaxEngine(Protocol):
    """Who knows the tax rates: an organisation's own table, or a tax service. A port, beside what it speaks of."""

    def rates(self, organisation: str, categories: Collection[str], place: Place) -> Sequence[RateRow]:
        """The rows that may hold for some categories in a place, on any day. May be more than hold."""
        ...


def resolve(rows: Sequence[RateRow], category: str, place: Place, on: date) -> RateRow:
    """The one row at exactly the depth of the place. Raises TaxRateNotFound and AmbiguousTaxRate."""
    found = _at_depth(rows, category, place, on)
    if found is None:
        raise _not_found(category, place, on, "at this depth")
    return found


def resolve_for(rows: Sequence[RateRow], category: str, place: Place, on: date) -> RateRow:
    """The row that holds for a whole address: the most exact depth at which there is one.

    A postal code is more exact than a city, and a city than a state: the depths are tried in that order down to the
    country alone. Raises AmbiguousTaxRate for two rows at the depth that is met first, TaxRateNotFound for none.
    """
    for shallower in _depths(place):
        found = _at_depth(rows, category, shallower, on)
        if found is not None:
            return found
    raise _not_found(category, place, on, "for any part of this address")


def rule_of_row(row: RateRow) -> TaxRule:
    """The tax that a row says, with the row's fingerprint as its source."""
    parts = sorted(row.rate.rates, key=lambda part: (part.compound_order, part.is_compound))
    return TaxRule(
        tuple(TaxComponent(part.tax_name, part.rate_percent, part.is_compound) for part in parts),
        note="" if parts else row.rate.name or "No tax is due",
        source=fingerprint(row.rate),
    )


def fingerprint(rate: JurisdictionRate) -> str:
    """A name for what a row says: it stays when the row is closed, and any other change makes another."""
    content = rate.model_dump(mode="json", exclude=_CLOSING)
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:_FINGERPRINT]


def _depths(place: Place) -> Iterator[Place]:
    seen = set()
    for by_zip, by_city, by_state in product((True, False), repeat=3):
        depth = replace(
            place,
            state=place.state if by_state else None,
            city=place.city if by_city else None,
            zip=place.zip if by_zip else None,
        )
        if depth not in seen:
            yield depth
        seen.add(depth)


def _at_depth(rows: Sequence[RateRow], category: str, place: Place, on: date) -> RateRow | None:
    found = [row for row in rows if _holds(row.rate, category, on) and _covers(row.rate, place)]
    if len(found) > 1:
        names = ", ".join(row.id for row in found)
        why = f"{len(found)} rates hold for {category} in {place} on {on}: {names}. Close or deactivate all but one"
        raise AmbiguousTaxRate(why, [Fault("", "ambiguous_tax_rate", f"{row.id} holds there too") for row in found])
    return found[0] if found else None


def _holds(rate: JurisdictionRate, category: str, on: date) -> bool:
    return (
        rate.active
        and rate.tax_category == category
        and rate.effective_from <= on
        and (rate.effective_to is None or on <= rate.effective_to)
    )


def _covers(rate: JurisdictionRate, place: Place) -> bool:
    return (
        rate.country == place.country
        and _name(rate.state) == _name(place.state)
        and _name(rate.city) == _name(place.city)
        and _in_range(rate, place.zip)
    )


def _name(text: str | None) -> str:
    return (text or "").strip().casefold()


def _in_range(rate: JurisdictionRate, code: str | None) -> bool:
    if rate.zip_start is None or not code:
        return rate.zip_start is None and not code
    first = postal(rate.zip_start)
    beginning = postal(code)[: len(first)]
    return len(beginning) == len(first) and first <= beginning <= postal(rate.zip_end or rate.zip_start)


def _not_found(category: str, place: Place, on: date, where: str) -> TaxRateNotFound:
    return TaxRateNotFound(
        f"no tax rate holds for {category} in {place} on {on} {where}: add one, without taxes if none is due"
    )
