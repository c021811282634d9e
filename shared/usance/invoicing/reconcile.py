"""Reconciliation: desired lines minus what issued documents already carry.

Nothing here looks at what changed; it compares what each billing period of each item should cost with what was
billed for it. So a late event, a retroactive amendment, a crash and a duplicate message all lead to the same
difference, and a second run finds none. Issued documents are never edited.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from usance.invoicing.line import Line, LineKey, LineKind, Recognition
from usance.invoicing.tax import tax_difference
from usance.kernel.amount import ZERO, plain
from usance.kernel.derivation import derived, given
from usance.kernel.money import Money
from usance.kernel.period import Period
from usance.tax.rule import TaxRule


@dataclass(frozen=True, slots=True)
class IssuedLine:
    """What an issued document carries for a billing period of an item, in short: enough to reconcile with."""

    item: str
    description: str
    cycle: date
    end: date
    net: Money
    recognition: Recognition
    document: str
    modifier: str = ""
    tax_rule: TaxRule | None = None
    taxes: tuple[Money, ...] = ()
    quantity: Decimal | None = None
    billable_quantity: Decimal | None = None
    start: date | None = None
    """First day of what it is for, when that is not the cycle: a fee's cycle is the day on which it fell due."""

    @classmethod
    def of(cls, line: Line, document: str) -> IssuedLine:
        return cls(
            line.item,
            line.description,
            line.cycle,
            line.period.end,
            line.amount,
            line.recognition,
            document,
            line.modifier,
            line.tax_rule,
            line.taxes,
            line.quantity,
            line.billable_quantity,
            line.period.start if line.period.end <= line.cycle else None,
        )

    @property
    def key(self) -> LineKey:
        """What it is reconciled by."""
        return LineKey(self.item, self.modifier, self.cycle)

    def to_json(self) -> dict[str, Any]:
        """JSON values, empty members left out; the document stands beside them."""
        body: dict[str, Any] = {
            "item": self.item,
            "description": self.description,
            "cycle": self.cycle.isoformat(),
            "end": self.end.isoformat(),
            "net": str(self.net),
            "recognition": self.recognition.value,
        }
        if self.modifier:
            body["modifier"] = self.modifier
        if self.tax_rule is not None:
            body["tax_rule"] = self.tax_rule.to_json()
            body["taxes"] = [str(tax) for tax in self.taxes]
        if self.quantity is not None:
            body["quantity"] = plain(self.quantity)
        if self.billable_quantity is not None:
            body["billable_quantity"] = plain(self.billable_quantity)
        if self.start is not None:
            body["start"] = self.start.isoformat()
        return body

    @classmethod
    def from_json(cls, body: Mapping[str, Any], currency: str, document: str) -> IssuedLine:
        """Read what `to_json` wrote."""
        return cls(
            item=body["item"],
            description=body["description"],
            cycle=date.fromisoformat(body["cycle"]),
            end=date.fromisoformat(body["end"]),
            net=Money.parse(body["net"], currency),
            recognition=Recognition(body["recognition"]),
            document=document,
            modifier=body.get("modifier", ""),
            tax_rule=TaxRule.from_json(body["tax_rule"]) if "tax_rule" in body else None,
            taxes=tuple(Money.parse(tax, currency) for tax in body.get("taxes", ())),
            quantity=Decimal(body["quantity"]) if "quantity" in body else None,
            billable_quantity=Decimal(body["billable_quantity"]) if "billable_quantity" in body else None,
            start=date.fromisoformat(body["start"]) if "start" in body else None,
        )


def frozen_rules(issued: Iterable[IssuedLine]) -> dict[tuple[str, date], TaxRule | None]:
    """The tax rules that billing periods were billed with, by item (else modifier) and first day."""
    rules: dict[tuple[str, date], TaxRule | None] = {}
    for line in issued:
        rules.setdefault((line.item or line.modifier, line.cycle), line.tax_rule)
    return rules


@dataclass(frozen=True, slots=True)
class Difference:
    """Lines of billing periods not billed yet, and corrections of periods that were."""

    new: tuple[Line, ...]
    adjustments: tuple[Line, ...]


def reconcile(
    desired: Sequence[Line],
    issued: Iterable[IssuedLine],
    *,
    as_it_arrives: frozenset[str] = frozenset(),
) -> Difference:
    """What has to be issued so that the issued lines carry what is desired.

    For the items that are charged as usage arrives, what came on top of what was billed is a line of its own kind.
    """
    wanted: dict[LineKey, list[Line]] = {}
    for line in desired:
        wanted.setdefault(line.key, []).append(line)
    billed: dict[LineKey, list[IssuedLine]] = {}
    for issued_line in issued:
        billed.setdefault(issued_line.key, []).append(issued_line)
    periods = {(key.item, key.cycle) for key in billed if key.item}
    new: list[Line] = []
    adjustments: list[Line] = []
    for key, lines in wanted.items():
        if key in billed:
            if key.item and key.item in as_it_arrives and _differs(lines, billed[key]):
                new.append(_correction(lines, billed[key], _increment))
        elif _is_due_anew(key, lines[0], periods, as_it_arrives):
            new += lines
        else:
            # The billing period was billed without it: what takes off or adds to it now is a correction of it.
            adjustments += [_called_adjustment(line) for line in lines if line.amount or line.tax]
    # What belongs to the whole contract grows with what arrived; alone, after late usage, it is a correction.
    arriving = as_it_arrives if new else frozenset[str]()
    for key, billed_lines in sorted(billed.items(), key=_by_time):
        lines = wanted.get(key, [])
        if (key.item and lines and key.item in as_it_arrives) or not _differs(lines, billed_lines):
            continue
        if lines and key.item in arriving:
            new.append(_correction(lines, billed_lines, _increment))
        else:
            adjustments.append(_correction(lines, billed_lines, _adjustment))
    return Difference(tuple(new), tuple(adjustments))


def _is_due_anew(
    key: LineKey, line: Line, periods: AbstractSet[tuple[str, date]], as_it_arrives: frozenset[str]
) -> bool:
    """Whether a line that was never billed is billed for the first time, rather than a correction of its period."""
    return (key.item, key.cycle) not in periods or line.kind is LineKind.COMMITMENT or key.item in as_it_arrives


def _by_time(entry: tuple[LineKey, object]) -> tuple[date, bool, str, str]:
    # What belongs to a whole scope follows what it was worked out from.
    key = entry[0]
    return key.cycle, not key.item, key.item, key.modifier


def _differs(wanted: Sequence[Line], billed: Sequence[IssuedLine]) -> bool:
    # Most periods are as they were billed: they are compared before anything is explained.
    net = sum(line.amount.minor for line in wanted) - sum(line.net.minor for line in billed)
    should = sum(tax.minor for line in wanted for tax in line.taxes)
    tax = should - sum(tax.minor for line in billed for tax in line.taxes)
    return net != 0 or tax != 0


def _correction(
    wanted: Sequence[Line],
    billed: Sequence[IssuedLine],
    shape: Callable[[Line, Sequence[Line], Sequence[IssuedLine]], Line],
) -> Line:
    first = billed[0]
    currency = first.net.currency
    should = derived("sum", "what the period costs as known now", *(line.derivation for line in wanted))
    was = derived(
        "sum",
        "what was billed for it",
        *(given(f"on {line.document}", line.net.amount, document=line.document) for line in billed),
    )
    rule, taxes = tax_difference(wanted, [(line.tax_rule, line.taxes) for line in billed], currency)
    net = Money.total((line.amount for line in wanted), currency) - Money.total((line.net for line in billed), currency)
    made = Line(
        item=first.item,
        kind=LineKind.ADJUSTMENT,
        description=first.description,
        amount=net,
        period=Period(first.start or first.cycle, max(line.end for line in billed)),
        cycle=first.cycle,
        derivation=derived("difference", "difference to what was billed", should, was),
        recognition=first.recognition,
        modifier=first.modifier,
        tax_rule=rule,
        taxes=taxes,
    )
    return shape(made, wanted, billed)


def _adjustment(made: Line, _wanted: Sequence[Line], _billed: Sequence[IssuedLine]) -> Line:
    return _called_adjustment(made)


def _called_adjustment(line: Line) -> Line:
    name = line.description if line.description.endswith(_SUFFIX) else line.description + _SUFFIX
    return replace(line, kind=LineKind.ADJUSTMENT, description=name)


def _increment(made: Line, wanted: Sequence[Line], billed: Sequence[IssuedLine]) -> Line:
    """A further part of what is charged as it arrives: what it is, with the quantity that came on top."""
    if not wanted:
        return made
    last = wanted[-1]
    if last.quantity is None:
        return replace(made, kind=last.kind)
    quantity = _used(wanted) - _used(billed)
    billable = _priced(wanted) - _priced(billed)
    return replace(
        made,
        kind=last.kind,
        quantity=quantity,
        billable_quantity=billable if billable != quantity else None,
        unit=last.unit,
        price_version=last.price_version,
    )


def _used(lines: Iterable[Line | IssuedLine]) -> Decimal:
    return sum((line.quantity for line in lines if line.quantity is not None), ZERO)


def _priced(lines: Iterable[Line | IssuedLine]) -> Decimal:
    known = (line.quantity if line.billable_quantity is None else line.billable_quantity for line in lines)
    return sum((quantity for quantity in known if quantity is not None), ZERO)


_SUFFIX = " (adjustment)"
