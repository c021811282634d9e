"""A line of a document: a charge rounded to money, once, with its derivation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, NamedTuple

from usance.kernel.amount import plain
from usance.kernel.derivation import Derivation
from usance.kernel.money import Money
from usance.kernel.period import Period
from usance.tax.rule import TaxRule


class LineKind(StrEnum):
    """What a line is."""

    CHARGE = "charge"
    DISCOUNT = "discount"
    COMMITMENT = "commitment"
    SERVICE_FEE = "service_fee"
    CREDIT = "credit"
    ADJUSTMENT = "adjustment"
    TAX = "tax"


class Recognition(StrEnum):
    """How a line's amount becomes revenue."""

    DAILY = "daily"
    USAGE = "usage"
    POINT_IN_TIME = "point_in_time"
    NEVER = "never"
    PREPAID = "prepaid"
    """A liability until the credits that were bought with it are used."""


SOLD_BY: Final = "@"
"""In the modifier of a line of credits, what stands before the item that sold them."""


class LineKey(NamedTuple):
    """What is reconciled with what: an item ("" for a whole scope), what made the line, and its billing period."""

    item: str
    modifier: str
    cycle: date


@dataclass(frozen=True, slots=True)
class Line:
    """A line. `cycle` is the first day of the billing period it belongs to, `modifier` says what made it ("" for a
    charge): with the item's id they are what is reconciled with what. `item` is "" for what belongs to the whole
    contract or a phase. `quantity` is what was used, `billable_quantity` what was priced where that is another.
    `taxes` is the tax on it, one amount for each component of its `tax_rule`; it stands on the document in lines of
    kind tax. `usage` is the quantity used by day, for recognising usage on the days it happened."""

    item: str
    kind: LineKind
    description: str
    amount: Money
    period: Period
    cycle: date
    derivation: Derivation
    recognition: Recognition
    modifier: str = ""
    tax_rule: TaxRule | None = None
    taxes: tuple[Money, ...] = ()
    quantity: Decimal | None = None
    billable_quantity: Decimal | None = None
    unit: str | None = None
    price_version: int | None = None
    usage: tuple[tuple[date, Decimal], ...] = ()

    @property
    def tax(self) -> Money:
        """All tax on the line."""
        return Money.total(self.taxes, self.amount.currency)

    @property
    def key(self) -> LineKey:
        """What this line is reconciled by."""
        return LineKey(self.item, self.modifier, self.cycle)

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
        if self.billable_quantity is not None:
            body["billable_quantity"] = plain(self.billable_quantity)
        if self.unit is not None:
            body["unit"] = self.unit
        if self.price_version is not None:
            body["price_version"] = self.price_version
        if self.modifier:
            body["modifier"] = self.modifier
        if self.tax_rule is not None:
            body["tax_rule"] = self.tax_rule.to_json()
            body["taxes"] = [str(part) for part in self.taxes]
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
            modifier=body.get("modifier", ""),
            tax_rule=TaxRule.from_json(body["tax_rule"]) if "tax_rule" in body else None,
            taxes=tuple(Money.parse(part, currency) for part in body.get("taxes", ())),
            quantity=Decimal(body["quantity"]) if "quantity" in body else None,
            billable_quantity=Decimal(body["billable_quantity"]) if "billable_quantity" in body else None,
            unit=body.get("unit"),
            price_version=body.get("price_version"),
            usage=tuple((date.fromisoformat(day), Decimal(value)) for day, value in body.get("usage", ())),
        )
