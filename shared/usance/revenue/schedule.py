"""A revenue schedule: one line of an issued document and how it becomes revenue over its service period.

    daily           the amount x days passed / days of the period; the first day counts, the end does not
    usage           the amount x quantity used so far / quantity of the period, on the days it was used
    point_in_time   the whole amount on the first day

What is recognised up to a day is rounded once; a posting is that minus what was posted before. So no cent is lost,
the last posting closes the schedule exactly, and any later correction works the same way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from usance.invoicing.document import Document
from usance.invoicing.line import LineKind, Recognition
from usance.kernel.amount import plain, share
from usance.kernel.money import Money
from usance.kernel.period import ONE_DAY, Period


@dataclass(frozen=True, slots=True)
class Schedule:
    """How the line at `place` of a document becomes revenue. `usage` is the quantity used by day."""

    document: str
    place: int
    contract: str
    customer: str
    item: str
    amount: Money
    period: Period
    method: Recognition
    usage: tuple[tuple[date, Decimal], ...] = ()

    def recognised_by(self, day: date) -> Money:
        """What has become revenue before a day begins, rounded once."""
        if day >= self.complete_on:
            return self.amount
        return Money(share(self.amount.minor, self._served(day)), self.amount.currency)

    @property
    def complete_on(self) -> date:
        """The first day on which all of it has been recognised."""
        if self.method is Recognition.POINT_IN_TIME:
            return self.period.start + ONE_DAY
        return self.period.end

    def _served(self, day: date) -> Fraction:
        if day <= self.period.start:
            return Fraction(0)
        whole = sum((quantity for _day, quantity in self.usage), Decimal(0))
        if self.method is Recognition.USAGE and whole > 0 and min(q for _day, q in self.usage) >= 0:
            used = sum((quantity for used_on, quantity in self.usage if used_on < day), Decimal(0))
            return Fraction(used) / Fraction(whole)
        # Usage without quantities to go by (a flat price, corrections that are negative on a day) runs by day.
        return Fraction((day - self.period.start).days, self.period.days)

    def to_json(self) -> dict[str, Any]:
        """JSON values; amounts in major units as text."""
        body: dict[str, Any] = {
            "document": self.document,
            "place": self.place,
            "contract": self.contract,
            "customer": self.customer,
            "item": self.item,
            "amount": str(self.amount),
            "currency": self.amount.currency,
            "start": self.period.start.isoformat(),
            "end": self.period.end.isoformat(),
            "method": self.method.value,
        }
        if self.usage:
            body["usage"] = [[day.isoformat(), plain(quantity)] for day, quantity in self.usage]
        return body

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Schedule:
        """Read what `to_json` wrote."""
        return cls(
            document=body["document"],
            place=body["place"],
            contract=body["contract"],
            customer=body["customer"],
            item=body["item"],
            amount=Money.parse(body["amount"], body["currency"]),
            period=Period(date.fromisoformat(body["start"]), date.fromisoformat(body["end"])),
            method=Recognition(body["method"]),
            usage=tuple((date.fromisoformat(day), Decimal(value)) for day, value in body.get("usage", ())),
        )


def schedules_of(document: Document) -> list[Schedule]:
    """The schedules of a document: one for each line but those of tax, of zero and of what is no revenue by itself."""
    return [
        Schedule(
            document=document.id,
            place=place,
            contract=document.contract,
            customer=document.customer,
            item=line.item,
            amount=line.amount,
            period=line.period,
            method=line.recognition,
            usage=line.usage,
        )
        for place, line in enumerate(document.lines)
        if line.kind is not LineKind.TAX
        and line.amount
        and line.recognition not in (Recognition.NEVER, Recognition.PREPAID)
    ]
