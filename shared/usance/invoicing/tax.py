"""Tax: none, or a single rate on the net amount of a line. An item's rate takes precedence over its contract's."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from usance.contract.contract import Contract, Item, TaxTerms
from usance.invoicing.line import Line, LineKind, Recognition, rounded
from usance.kernel.amount import plain
from usance.kernel.derivation import Derivation, derived, given
from usance.kernel.money import Money
from usance.kernel.period import Period

_HUNDRED = Decimal(100)


def tax_terms(contract: Contract, item: Item) -> TaxTerms | None:
    """The tax that applies to an item; None when none does."""
    return item.tax if item.tax is not None else contract.tax


def tax_on(net: Money, terms: TaxTerms | None) -> Money:
    """Tax on one line's net amount, rounded once."""
    if terms is None:
        return Money.zero(net.currency)
    return Money.of(_tax(net, terms).value, net.currency)


def tax_lines(lines: Sequence[Line], terms_of: dict[str, TaxTerms | None], currency: str) -> list[Line]:
    """One line for each rate and label: the sum of the tax on the lines that bear it, in order of appearance."""
    groups: dict[TaxTerms, list[Line]] = {}
    for line in lines:
        terms = terms_of.get(line.item)
        if terms is not None:
            groups.setdefault(terms, []).append(line)
    return [_tax_line(terms, taxed, currency) for terms, taxed in groups.items()]


def _tax_line(terms: TaxTerms, taxed: Sequence[Line], currency: str) -> Line:
    parts = [
        given(f"tax on {line.description}, {line.period}", line.tax.amount)
        if line.kind is LineKind.ADJUSTMENT
        else rounded(_tax(line.amount, terms), currency)[1]
        for line in taxed
    ]
    return Line(
        item="",
        kind=LineKind.TAX,
        description=f"{terms.label} {plain(terms.percentage)}%",
        amount=Money.total((line.tax for line in taxed), currency),
        period=Period(min(line.period.start for line in taxed), max(line.period.end for line in taxed)),
        cycle=min(line.cycle for line in taxed),
        derivation=derived("sum", "tax of the lines, each rounded", *parts),
        recognition=Recognition.POINT_IN_TIME,
        tax=Money.zero(currency),
    )


def _tax(net: Money, terms: TaxTerms) -> Derivation:
    return derived(
        "share",
        f"{terms.label} {plain(terms.percentage)}% of the net amount",
        given("net amount", net.amount),
        given("percentage", terms.percentage),
        given("hundred", _HUNDRED),
    )
