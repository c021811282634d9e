"""Tax on lines: worked out on the net amount of an item's billing period, and shown in lines of its own.

The lines of one item and billing period (its charges, then what discounts, credits and commitments make of them) are
taxed together. Each line bears the tax on the net amount up to and with it, less the tax on the net amount before it,
both rounded; so the parts sum to the tax on the period's net amount, rounded once for each component.

Amounts that contain their tax become net amounts here: a component's tax is amount x its effective percentage /
(100 + all effective percentages), and what is left of the amount is net.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from usance.invoicing.line import Line, LineKind, Recognition
from usance.invoicing.tax_rule import TaxComponent, TaxRule
from usance.kernel.derivation import Derivation, derived, given
from usance.kernel.money import Money
from usance.kernel.period import Period
from usance.pricing.rounding import rounded


def taxed(lines: Sequence[Line], rule_of: Callable[[Line], TaxRule | None]) -> list[Line]:
    """The same lines with their tax, in their order; those with inclusive prices with their net amount.

    Lines of an item belong in the order in which they were made. Lines without an item stand for themselves.
    """
    running: dict[Hashable, Money] = {}
    made = []
    for place, line in enumerate(lines):
        rule = rule_of(line)
        if rule is None or not rule.components:
            made.append(line if rule is None else replace(line, tax_rule=rule))
            continue
        key = (line.item, line.cycle, rule) if line.item else place
        before = running.get(key, Money.zero(line.amount.currency))
        after = running[key] = before + line.amount
        made.append(_taxed(line, rule, before, after))
    return made


def _taxed(line: Line, rule: TaxRule, before: Money, after: Money) -> Line:
    taxes = tuple(part - earlier for part, earlier in zip(_amounts(rule, after), _amounts(rule, before), strict=True))
    if not rule.inclusive:
        return replace(line, tax_rule=rule, taxes=taxes)
    contained = [_contained(rule, place, before, after) for place in range(len(taxes))]
    return replace(
        line,
        tax_rule=rule,
        taxes=taxes,
        amount=line.amount - Money.total(taxes, line.amount.currency),
        derivation=derived("difference", "without the tax that it contains", line.derivation, *contained),
    )


def _amounts(rule: TaxRule, amount: Money) -> Iterable[Money]:
    base = rule.base
    return (Money.of(amount.amount * percent / base, amount.currency) for percent in rule.effective)


def _contained(rule: TaxRule, place: int, before: Money, after: Money) -> Derivation:
    parts = [_due(rule, place, given(label, amount.amount), after.currency) for label, amount in _steps(before, after)]
    return parts[0] if len(parts) == 1 else derived("difference", f"{parts[0].label}, on this line", *parts)


def _steps(before: Money, after: Money) -> list[tuple[str, Money]]:
    if not before:
        return [("amount with tax", after)]
    return [("amount with tax, up to this line", after), ("amount with tax, before this line", before)]


def _due(rule: TaxRule, place: int, amount: Derivation, currency: str) -> Derivation:
    """A component's tax on an amount, rounded."""
    of_what = "contained in the amount" if rule.inclusive else "of the net amount"
    exact = derived(
        "share",
        f"{rule.components[place].name} {of_what}",
        amount,
        given("effective percentage", rule.effective[place]),
        given("percentage that the amount stands for", rule.base),
    )
    node = rounded(exact, currency)[1]
    return replace(node, label=f"{rule.components[place].name}, {node.label}")


# -- lines of kind tax -----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Gathered:
    """What makes one line of kind tax: the lines that bear it, the amounts, and what explains them."""

    bearing: list[Line] = field(default_factory=list)
    amounts: list[Money] = field(default_factory=list)
    parts: list[Derivation] = field(default_factory=list)


def tax_lines(lines: Sequence[Line], currency: str) -> list[Line]:
    """One line for each label and percentage, in order of appearance: the sum of the tax on the lines that bear it.

    Where a rule without components says why nothing is due, there is a line of zero that says so.
    """
    gathered: dict[tuple[str, Decimal] | str, _Gathered] = {}
    for rule, group in _groups(lines):
        if not rule.components and rule.note:
            gathered.setdefault(rule.note, _Gathered()).bearing.extend(group)
        for place, component in enumerate(rule.components):
            into = gathered.setdefault(component.key, _Gathered())
            into.bearing.extend(group)
            into.amounts.extend(line.taxes[place] for line in group)
            into.parts.extend(_explained(rule, place, group, currency))
    return [
        _tax_line(key if isinstance(key, str) else TaxComponent(*key).name, one, currency)
        for key, one in gathered.items()
    ]


def _groups(lines: Sequence[Line]) -> list[tuple[TaxRule, list[Line]]]:
    """Lines that were taxed together, in order of appearance."""
    groups: dict[Hashable, tuple[TaxRule, list[Line]]] = {}
    for place, line in enumerate(lines):
        if line.tax_rule is not None:
            alone = not line.item or line.kind is LineKind.ADJUSTMENT
            key = place if alone else (line.item, line.cycle, line.tax_rule)
            groups.setdefault(key, (line.tax_rule, []))[1].append(line)
    return list(groups.values())


def _explained(rule: TaxRule, place: int, group: Sequence[Line], currency: str) -> list[Derivation]:
    amounts = [
        given(f"{line.description}, {line.period}", (line.amount + line.tax if rule.inclusive else line.amount).amount)
        for line in group
    ]
    total = Money.total((line.taxes[place] for line in group), currency)
    amount = amounts[0] if len(amounts) == 1 else derived("sum", "amount of the billing period", *amounts)
    whole = _due(rule, place, amount, currency)
    if group[0].kind is not LineKind.ADJUSTMENT and whole.value == total.amount:
        return [whole]
    # A correction, or lines of a period whose other lines stand on an earlier document: what was rounded together
    # is not all here.
    return [given(f"{rule.components[place].name} on {one.description}", one.taxes[place].amount) for one in group]


def _tax_line(description: str, gathered: _Gathered, currency: str) -> Line:
    bearing = gathered.bearing
    return Line(
        item="",
        kind=LineKind.TAX,
        description=description,
        amount=Money.total(gathered.amounts, currency),
        period=Period(min(line.period.start for line in bearing), max(line.period.end for line in bearing)),
        cycle=min(line.cycle for line in bearing),
        derivation=derived("sum", "tax of the billing periods, each rounded", *gathered.parts),
        recognition=Recognition.POINT_IN_TIME,
    )


# -- corrections -----------------------------------------------------------------------------------------------------

Borne = tuple[TaxRule | None, tuple[Money, ...]]
"""A rule, and an amount for each of its components."""


def tax_difference(wanted: Sequence[Line], billed: Sequence[Borne], currency: str) -> Borne:
    """The tax that a correction carries: what lines should bear less what was billed, component by component.

    Its rule has the components of all the rules, those that should be first. Without any rule there is no tax.
    """
    should = [(line.tax_rule, line.taxes) for line in wanted]
    sums: dict[tuple[str, Decimal], tuple[TaxComponent, Money]] = {}
    for sign, borne in ((1, should), (-1, billed)):
        for rule, taxes in borne:
            for component, tax in zip(rule.components if rule else (), taxes, strict=True):
                known = sums.get(component.key, (component, Money.zero(currency)))
                sums[component.key] = known[0], known[1] + (tax if sign > 0 else -tax)
    rules = [rule for rule, _taxes in (*should, *billed) if rule is not None]
    if not rules:
        return None, ()
    components = tuple(component for component, _tax in sums.values())
    rule = replace(rules[0], components=components, note="" if components else rules[0].note)
    return rule, tuple(tax for _component, tax in sums.values())
