"""The sheet of an item's billing period while a bill is made up: its lines so far, and what they come to.

Modifiers read the rounded lines and add lines of their own, so that every step can be checked from the document.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from usance.contract.item import Item
from usance.contract.schedule import BillingPeriod
from usance.contract.timeline import ItemTimeline
from usance.invoicing.desire import Piece
from usance.invoicing.line import Line, LineKind, Recognition
from usance.kernel.amount import ZERO
from usance.kernel.derivation import Derivation, derived
from usance.kernel.money import Money
from usance.kernel.period import Period
from usance.metering.aggregate import Measured, Measurement
from usance.pricing.charge import Charge
from usance.pricing.quantities import Group, Quantities


@dataclass(slots=True)
class Priced:
    """A piece on its way to a line: its quantity, what of it was granted or is free, and its charge."""

    piece: Piece
    measured: Measurement | None
    used: Derivation
    """The quantity as measured or agreed, converted as its price says."""
    granted: Derivation | None = None
    free: Decimal = ZERO
    level_days: int | None = None
    """Days that a level, which was cut by a change of price alone, is shared out over; None when it is not."""
    quantities: Quantities | None = None
    charge: Charge | None = None
    groups: tuple[Group, ...] = field(default_factory=tuple)

    @property
    def cycle(self) -> date:
        return self.piece.due.service.start


_CHARGED: Final = (LineKind.CHARGE, LineKind.COMMITMENT)


@dataclass(slots=True)
class Sheet:
    """The lines of one billing period of one item, in the order in which they were made.

    `closed` says whether all of it is known: usage that is charged as it arrives is, once its period has ended.
    """

    timeline: ItemTimeline
    due: BillingPeriod
    currency: str
    zone: str
    closed: bool = True
    lines: list[Line] = field(default_factory=list)
    priced: list[Priced] = field(default_factory=list)
    events: dict[int, tuple[Measured, ...]] = field(default_factory=dict)
    """The events behind lines, by their place."""

    @property
    def item(self) -> Item:
        return self.timeline.item

    @property
    def cycle(self) -> date:
        return self.due.service.start

    @property
    def net(self) -> Money:
        """What all lines so far come to."""
        return Money.total((line.amount for line in self.lines), self.currency)

    @property
    def gross(self) -> Money:
        """What is charged before anything is taken off: the charges and what tops them up."""
        return Money.total((line.amount for line in self.lines if line.kind in _CHARGED), self.currency)

    def compared(self, basis: str) -> Money:
        """What a commitment is compared with: net, or gross."""
        return self.gross if basis == "gross" else self.net

    def take_off(
        self,
        kind: LineKind,
        modifier: str,
        name: str,
        amount: Money,
        node: Derivation,
        **more: Any,  # noqa: ANN401
    ) -> None:
        """Add a line that takes money off; none for nothing. `node` explains the positive amount."""
        if amount:
            self.add(kind, modifier, name, -amount, derived("negative", "taken off", node), **more)

    def add(self, kind: LineKind, modifier: str, name: str, amount: Money, node: Derivation, **more: Any) -> None:  # noqa: ANN401
        """Add a line of the whole billing period."""
        self.lines.append(
            Line(
                item=self.item.id,
                kind=kind,
                description=name,
                amount=amount,
                period=more.pop("period", self.due.service),
                cycle=self.cycle,
                derivation=node,
                recognition=more.pop("recognition", recognition_of(self.item)),
                modifier=modifier,
                **more,
            )
        )


def recognition_of(item: Item) -> Recognition:
    """How what an item charges becomes revenue. What sells credits is none before they are used."""
    if any(one.type == "credits" and one.on != "creation" for one in item.grants):
        return Recognition.PREPAID
    if item.metered:
        return Recognition.USAGE
    return Recognition.DAILY if item.prorates else Recognition.POINT_IN_TIME


def by_due_day(sheets: Iterable[Sheet]) -> dict[date, list[Sheet]]:
    """Sheets by the day they are billed on, in order of that day; those of a day in the order of the contract."""
    days: dict[date, list[Sheet]] = {}
    for sheet in sheets:
        days.setdefault(sheet.due.bill_on, []).append(sheet)
    return dict(sorted(days.items()))


def in_window(sheets: Iterable[Sheet], window: Period) -> list[Sheet]:
    """The sheets whose billing period begins in a window."""
    return [sheet for sheet in sheets if sheet.cycle in window]
