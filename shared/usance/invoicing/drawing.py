"""What was granted: units that come off quantities before they are priced, and credits that pay for charges after.

Nothing is stored. Grants and uses are worked out anew from the contract and its usage each time, so that late usage, a
correction or a grant given after the fact moves what follows by itself, through the ordinary corrections.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from usance.catalog.metric import Metric
from usance.contract.contract import Contract
from usance.contract.item import Item
from usance.contract.schedule import BillingPeriod
from usance.contract.timeline import Timeline
from usance.credits.burn_down import burn
from usance.credits.draw import Paid
from usance.credits.entries import Burned, Use
from usance.invoicing.granted import Owned, RecordedGrant, all_grants, grants_anything, items_of, unit_consumers
from usance.invoicing.levels import is_level
from usance.invoicing.sheet import Priced
from usance.kernel.amount import ZERO, plain
from usance.kernel.derivation import derived, given
from usance.kernel.instant import day_start
from usance.metering.aggregate import is_additive
from usance.pricing.conversion import convert

_INSTANT = timedelta(microseconds=1)


@dataclass(slots=True)
class Drawing:
    """Grants, and what is drawn from them while a bill is made up. `paid` are the instants at which the invoices of
    billing periods were paid, by item and first day."""

    zone: str
    currency: str
    as_of: datetime
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    by_hand: tuple[RecordedGrant, ...] = ()
    paid: Mapping[tuple[str, date], datetime] = field(default_factory=dict)
    grants: list[Owned] = field(default_factory=list)
    burned: list[Burned] = field(default_factory=list)
    """Of units; the references of uses begin with a place in `takers`."""
    takers: list[tuple[str, date]] = field(default_factory=list)
    """The items and billing periods whose units may be covered."""
    uncovered: dict[str, Decimal] = field(default_factory=dict)
    """Units that no grant covers, by entitlement."""
    paid_for: list[Paid] = field(default_factory=list)
    """Of credits, scope by scope; the references are `place/item/cycle`."""

    def find_grants(self, timeline: Timeline, found: Sequence[Priced]) -> None:
        """Work out which grants there are."""
        if not grants_anything(timeline.contract, self.by_hand):
            return
        due: dict[str, dict[BillingPeriod, None]] = {}
        for one in found:
            due.setdefault(one.piece.timeline.item.id, {})[one.piece.due] = None
        periods = {name: list(of_item) for name, of_item in due.items()}
        self.grants = all_grants(timeline, periods, self.paid, self.by_hand, self.zone, self.as_of)


def grant_units(drawing: Drawing, contract: Contract, found: Sequence[Priced]) -> None:
    """Take granted units off quantities, oldest use first.

    Entitlements that the same items draw on are used up together, by priority; what one covers is left to no other.
    """
    owned = [one for one in drawing.grants if one.grant.type == "quantity"]
    if not owned:
        return
    drawing.takers = [(one.piece.timeline.item.id, one.cycle) for one in found]
    uses = [use for place, one in enumerate(found) for use in _uses(drawing, contract, found, place, one)]
    left = {use.ref: use.amount for use in uses}
    covered: dict[int, dict[str, Decimal]] = {}
    groups = _together(contract, owned)
    for takers, grants in groups.items():
        mine = [replace(use, amount=left[use.ref]) for use in uses if use.consumer in takers and left[use.ref]]
        burned = burn([one.grant for one in grants], mine, drawing.as_of + _INSTANT)
        drawing.burned.append(burned)
        for draw in burned.draws:
            left[draw.ref] -= draw.amount
            of_piece = covered.setdefault(int(draw.ref.partition(":")[0]), {})
            of_piece[draw.grant] = of_piece.get(draw.grant, ZERO) + draw.amount
    for takers, grants in groups.items():
        rest = sum((left[use.ref] for use in uses if use.consumer in takers and use.at <= drawing.as_of), ZERO)
        drawing.uncovered |= {one.grant.entitlement: max(ZERO, rest) for one in grants}
    _cover(contract, found, covered, drawing.metrics)


def _together(contract: Contract, owned: Sequence[Owned]) -> dict[tuple[str, ...], list[Owned]]:
    """Grants by the items that draw on them, in the order in which they are used first."""
    groups: dict[tuple[str, ...], list[Owned]] = {}
    for one in sorted(owned, key=lambda one: one.grant.rank()):
        takers = tuple(unit_consumers(items_of(contract, one.owner), one.grant.entitlement))
        groups.setdefault(takers, []).append(one)
    return groups


def _uses(drawing: Drawing, contract: Contract, takers: Sequence[Priced], place: int, one: Priced) -> Iterator[Use]:
    """Single events where they add up, else the whole quantity when its piece begins or, measured, ends."""
    piece, price = one.piece, one.piece.price.price
    name, ends = piece.timeline.item.id, open_for(drawing, piece.timeline.item, piece.due)[1]
    rounds = price.convert is not None and price.convert.round_ != "none"
    metric = drawing.metrics.get(piece.usage.metric) if piece.usage is not None else None
    if one.measured is not None and metric is not None and is_additive(metric) and not rounds:
        for event in one.measured.events:
            amount = convert(price, given("event", event.value)).value
            yield Use(f"{place}:{event.id}", event.timestamp, amount, ends, name)
        return
    amount = one.used.value
    if is_level(contract, piece, drawing.metrics):
        # Held, not used up: a later piece of the period needs only what is more than the pieces before it.
        before = [other.used.value for other in takers[:place] if _same_period(other, one)]
        amount = max(ZERO, amount - max(before, default=ZERO))
    at = day_start(piece.held.start, drawing.zone) if piece.usage is None else piece.usage.end - _INSTANT
    yield Use(f"{place}:", at, amount, ends, name)


def _same_period(one: Priced, other: Priced) -> bool:
    return one.piece.timeline.item.id == other.piece.timeline.item.id and one.cycle == other.cycle


def _cover(
    contract: Contract,
    takers: Sequence[Priced],
    covered: Mapping[int, Mapping[str, Decimal]],
    metrics: Mapping[str, Metric],
) -> None:
    for place, one in enumerate(takers):
        parts = dict(covered.get(place, {}))
        if is_level(contract, one.piece, metrics):
            for earlier in range(place):
                if _same_period(takers[earlier], one):
                    for grant, amount in covered.get(earlier, {}).items():
                        parts[grant] = parts.get(grant, ZERO) + amount
        units = min(sum(parts.values(), ZERO), max(ZERO, one.used.value))
        if units:
            refs = {grant: plain(amount) for grant, amount in sorted(parts.items())}
            node = given("granted units", units, grants=refs)
            one.granted = node if one.granted is None else derived("sum", "granted units", one.granted, node)


def open_for(drawing: Drawing, item: Item, due: BillingPeriod) -> tuple[datetime, datetime]:
    """From when on grants may cover a billing period, and until when: what is billed in advance, only when it is."""
    start, end = due.service.instants(drawing.zone)
    return start, start + _INSTANT if item.in_advance and not item.metered else end
