"""A line of a document: a charge rounded to money, once, with its derivation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from usance.kernel.amount import plain
from usance.kernel.currency import exponent
from usance.kernel.derivation import Derivation, derived, given
from usance.kernel.money import Money
from usance.kernel.period import Period


class LineKind(StrEnum):
    """What a line is."""

    CHARGE = "charge"
    ADJUSTMENT = "adjustment"
    TAX = "tax"


class Recognition(StrEnum):
    """How a line's amount becomes revenue."""

    DAILY = "daily"
    USAGE = "usage"
    POINT_IN_TIME = "point_in_time"


@dataclass(frozen=True, slots=True)
class Line:
    """A line. `cycle` is the first day of the billing period it belongs to: with the item's id it says what is
    reconciled with what. `tax` is the tax on it, which stands on the document as a line of kind tax. `usage` is the
    quantity used by day, for recognising usage on the days it happened."""

    item: str
    kind: LineKind
    description: str
    amount: Money
    period: Period
    cycle: date
    derivation: Derivation
    recognition: Recognition
    tax: Money
    quantity: Decimal | None = None
    unit: str | None = None
    price_version: int | None = None
    usage: tuple[tuple[date, Decimal], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """JSON values in the form of results, documents and the API."""
        body: dict[str, Any] = {
            "item": self.item,
            "kind": self.kind.value,
            "description": self.description,
            "amount": str(self.amount),
            "period": {"start": self.period.start.isoformat(), "end": self.period.end.isoformat()},
            "cycle": self.cycle.isoformat(),
            "recognition": self.recognition.value,
            "tax": str(self.tax),
            "derivation": self.derivation.to_json(),
        }
        if self.quantity is not None:
            body["quantity"] = plain(self.quantity)
        if self.unit is not None:
            body["unit"] = self.unit
        if self.price_version is not None:
            body["price_version"] = self.price_version
        if self.usage:
            body["usage"] = [[day.isoformat(), plain(quantity)] for day, quantity in self.usage]
        return body

    @classmethod
    def from_json(cls, body: Mapping[str, Any], currency: str) -> Line:
        """Read what `to_json` wrote."""
        return cls(
            item=body["item"],
            kind=LineKind(body["kind"]),
            description=body["description"],
            amount=Money.parse(body["amount"], currency),
            period=Period(date.fromisoformat(body["period"]["start"]), date.fromisoformat(body["period"]["end"])),
            cycle=date.fromisoformat(body["cycle"]),
            derivation=Derivation.from_json(body["derivation"]),
            recognition=Recognition(body["recognition"]),
            tax=Money.parse(body["tax"], currency),
            quantity=Decimal(body["quantity"]) if "quantity" in body else None,
            unit=body.get("unit"),
            price_version=body.get("price_version"),
            usage=tuple((date.fromisoformat(day), Decimal(value)) for day, value in body.get("usage", ())),
        )


def rounded(charge: Derivation, currency: str) -> tuple[Money, Derivation]:
    """A charge as money, and the derivation with the rounding as its last step."""
    places = exponent(currency)
    node = derived("rounded", f"rounded to {currency}", charge, given("decimals of the currency", places))
    return Money.of(charge.value, currency), node
