"""The tax rule of a line: which components it bears, at which percentages, in which order.

A rule is frozen into each issued line, so that a correction of the line is taxed as the line was, whatever a table of
rates says by then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from usance.catalog.tax import TaxTerms
from usance.kernel.amount import plain

_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class TaxComponent:
    """A percentage of the net amount, or, when it is compound, of the net amount and the components before it."""

    label: str
    percentage: Decimal
    compound: bool = False

    @property
    def name(self) -> str:
        """What it is called on a document: VAT 20%."""
        return f"{self.label} {plain(self.percentage)}%"

    @property
    def key(self) -> tuple[str, Decimal]:
        """What its amounts are added up by: label and percentage."""
        return self.label, self.percentage


@dataclass(frozen=True, slots=True)
class TaxRule:
    """Components in the order in which they are worked out; without any, nothing is due and `note` says why.

    `inclusive`: prices contain the tax. `source` names the row of a table or the engine that the rule came from.
    """

    components: tuple[TaxComponent, ...] = ()
    inclusive: bool = False
    note: str = ""
    source: str = ""

    @classmethod
    def of(cls, terms: TaxTerms) -> TaxRule:
        """The rule that terms in a contract write down."""
        if terms.percentage is not None:
            return cls((TaxComponent(terms.label, terms.percentage),), terms.inclusive)
        named = (TaxComponent(one.label or terms.label, one.percentage, one.compound) for one in terms.components)
        return cls(tuple(named), terms.inclusive)

    @property
    def effective(self) -> tuple[Decimal, ...]:
        """Percent of the net amount that each component comes to: a compound one is also due on those before it."""
        found: list[Decimal] = []
        for one in self.components:
            base = _HUNDRED + sum(found, Decimal(0)) if one.compound else _HUNDRED
            found.append(one.percentage * base / _HUNDRED)
        return tuple(found)

    @property
    def base(self) -> Decimal:
        """Percent of the net amount that line amounts stand for: 100, and when they contain the tax that as well."""
        return _HUNDRED + sum(self.effective, Decimal(0)) if self.inclusive else _HUNDRED

    def to_json(self) -> dict[str, Any]:
        """JSON values, empty members left out."""
        body: dict[str, Any] = {
            "components": [
                {
                    "label": one.label,
                    "percentage": plain(one.percentage),
                    **({"compound": True} if one.compound else {}),
                }
                for one in self.components
            ]
        }
        if self.inclusive:
            body["inclusive"] = True
        if self.note:
            body["note"] = self.note
        if self.source:
            body["source"] = self.source
        return body

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> TaxRule:
        """Read what `to_json` wrote."""
        return cls(
            tuple(
                TaxComponent(one["label"], Decimal(one["percentage"]), one.get("compound", False))
                for one in body["components"]
            ),
            body.get("inclusive", False),
            body.get("note", ""),
            body.get("source", ""),
        )
