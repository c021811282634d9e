"""Which tax rule each line of a bill bears.

The rule that its billing period was billed with; else the terms closest to it: of its item, its phase, its contract;
else what the table of rates says of its product's category. A line of a whole scope whose items are taxed in several
ways is spread over those ways, as everything of a scope is spread over its items.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache

from usance.catalog.tax import TaxTerms
from usance.contract.contract import Contract
from usance.invoicing.line import Line
from usance.invoicing.scope_modifiers import ScopeLine
from usance.invoicing.sheet import Sheet
from usance.kernel.money import Money
from usance.pricing.spread import over_lines
from usance.tax.customer import TaxFacts, rule_for, without_tax
from usance.tax.rule import TaxRule

_Key = tuple[str, date]
"""An item, or the modifier of a line of a whole scope, and the first day of the billing period."""


class Rules:
    """The rules of one bill. `frozen` are those of what was billed already."""

    def __init__(
        self, contract: Contract, facts: TaxFacts, frozen: Mapping[_Key, TaxRule | None], sheets: Sequence[Sheet]
    ) -> None:
        self._contract, self._facts = contract, facts
        self._items = {item.id: item for item in contract.all_items}
        self._phases = {f"phase.{phase.id}": phase.tax for phase in contract.phases if phase.tax is not None}
        self._bill_on = {(sheet.item.id, sheet.cycle): sheet.due.bill_on for sheet in sheets}
        self._spared = without_tax(facts)
        self._known: dict[_Key, TaxRule | None] = dict(frozen)

    def __call__(self, line: Line) -> TaxRule | None:
        """The rule of a line. Raises CannotBill when the table of rates has no answer, or two."""
        key = (line.item or line.modifier, line.cycle)
        if key not in self._known:
            self._known[key] = self._of_item(key)
        return self._known[key]

    def lines_of(self, entry: ScopeLine) -> list[Line]:
        """A line of a whole scope; several, by net amounts, where what it was worked out from is taxed differently."""
        line = entry.line
        terms = self._phases.get(line.modifier.rpartition(".")[0]) or self._contract.tax
        if terms is not None:
            self._known.setdefault((line.modifier, line.cycle), self._spared or _rule_of(terms))
            return [line]
        ways = list(dict.fromkeys(self._of_item((item.id, line.cycle), entry.bill_on) for item in entry.items))
        if len(ways) <= 1:
            self._known.setdefault((line.modifier, line.cycle), next(iter(ways), None))
            return [line]
        shares = self._shares(entry)
        parts = over_lines(line.amount, line.derivation, list(shares.values()))
        lines = []
        for rule, (amount, node) in zip(shares, parts, strict=True):
            # Named after the way in which it is taxed, so that a correction finds it again whatever the shares are.
            place = ways.index(rule) if rule in ways else len(ways)
            part = replace(line, amount=amount, derivation=node, modifier=f"{line.modifier}.{place}")
            self._known.setdefault((part.modifier, part.cycle), rule)
            lines.append(part)
        return lines

    def _shares(self, entry: ScopeLine) -> dict[TaxRule | None, Money]:
        """By rule, the net amounts that a line was worked out from; in equal parts by item where there are none."""
        currency = entry.line.amount.currency
        nets: dict[TaxRule | None, Money] = {}
        for sheet in entry.basis:
            rule = self._rule_of_period(sheet)
            known = nets.get(rule, Money.zero(currency))
            nets[rule] = known + sheet.net if sheet.net.minor > 0 else known
        if any(nets.values()):
            return {rule: net for rule, net in nets.items() if net}
        shares: dict[TaxRule | None, Money] = {}
        for item in entry.items:
            rule = self._of_item((item.id, entry.line.cycle), entry.bill_on)
            shares[rule] = shares.get(rule, Money.zero(currency)) + Money(1, currency)
        return shares

    def _rule_of_period(self, sheet: Sheet) -> TaxRule | None:
        key = (sheet.item.id, sheet.cycle)
        if key not in self._known:
            self._known[key] = self._of_item(key)
        return self._known[key]

    def _of_item(self, key: _Key, bill_on: date | None = None) -> TaxRule | None:
        item = self._items[key[0]]
        terms = item.tax or self._phases.get(f"phase.{item.phase}") or self._contract.tax
        if terms is None:
            return rule_for(self._facts, item.product.tax_category, bill_on or self._bill_on[key])
        return self._spared or _rule_of(terms)


@lru_cache(maxsize=256)
def _rule_of(terms: TaxTerms) -> TaxRule:
    return TaxRule.of(terms)
