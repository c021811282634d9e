"""Tax on lines: worked out for each line on its net amount, and shown in lines of its own.

A charge is taxed on what is left of it after what was taken off its billing period, which is spread over the period's
charges by largest remainder. A line that takes off bears, with its sign, the tax that it saves; so the taxes of all
lines sum to the tax on the net amounts, each component rounded once for each charge. Commitments and fees are taxed by
themselves.

Amounts that contain their tax become net amounts here: a component's tax is amount x its effective percentage /
(100 + all effective percentages), and what is left of the amount is net.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from usance.invoicing.line import Line, LineKind, Recognition
from usance.kernel.derivation import Derivation, derived, given
from usance.kernel.money import Money
from usance.kernel.period import Period
from usance.pricing.rounding import rounded
from usance.tax.rule import TaxComponent, TaxRule

_TAKES_OFF = (LineKind.DISCOUNT, LineKind.CREDIT)


def taxed(lines: Sequence[Line], rule_of: Callable[[Line], TaxRule | None]) -> list[Line]:
    """The same lines with their tax, in their order; those with inclusive prices with their net amount.

    Lines of an item belong in the order in which they were made. Lines without an item stand for themselves.
    """
    nets: dict[Hashable, list[Money]] = {}
    made = []
    for place, line in enumerate(lines):
        rule = rule_of(line)
        if rule is None or not rule.components:
            made.append(line if rule is None else replace(line, tax_rule=rule))
            continue
        before = nets.setdefault((line.item, line.cycle, rule) if line.item else place, [])
        steps = _steps(line, before)
        before[:] = [after for _before, after in steps]
        made.append(_taxed(line, rule, steps))
    return made


_Step = tuple[Money, Money]
"""The net amount of a charge before a line and after it."""


def _steps(line: Line, nets: Sequence[Money]) -> list[_Step]:
    """What a line makes of the net amounts of its billing period: a further one, or a part off each."""
    if line.kind not in _TAKES_OFF or not nets:
        return [*((net, net) for net in nets), (Money.zero(line.amount.currency), line.amount)]
    return [(net, net + part) for net, part in zip(nets, spread(line.amount, nets), strict=True)]


def spread(amount: Money, nets: Sequence[Money]) -> list[Money]:
    """What a line takes off, spread over charges by what is left of them: ties to the largest, then to the first."""
    order = sorted(range(len(nets)), key=lambda place: (-nets[place].minor, place))
    parts = amount.split([max(0, nets[place].minor) for place in order])
    return [part for _place, part in sorted(zip(order, parts, strict=True), key=lambda entry: entry[0])]


def _taxed(line: Line, rule: TaxRule, steps: Sequence[_Step]) -> Line:
    currency = line.amount.currency
    moved = [step for step in steps if step[0] != step[1]]
    taxes = tuple(
        Money(
            sum(_tax(rule, place, after).minor - _tax(rule, place, before).minor for before, after in moved), currency
        )
        for place in range(len(rule.components))
    )
    if not rule.inclusive:
        return replace(line, tax_rule=rule, taxes=taxes)
    contained = [_contained(rule, place, moved) for place in range(len(taxes))]
    return replace(
        line,
        tax_rule=rule,
        taxes=taxes,
        amount=line.amount - Money.total(taxes, currency),
        derivation=derived("difference", "without the tax that it contains", line.derivation, *contained),
    )


def _tax(rule: TaxRule, place: int, amount: Money) -> Money:
    return Money.of(amount.amount * rule.effective[place] / rule.base, amount.currency)


def _contained(rule: TaxRule, place: int, moved: Sequence[_Step]) -> Derivation:
    parts = [_on_step(rule, place, before, after) for before, after in moved]
    if not parts:
        return given("nothing is taxed", 0)
    return parts[0] if len(parts) == 1 else derived("sum", rule.components[place].name, *parts)


def _on_step(rule: TaxRule, place: int, before: Money, after: Money) -> Derivation:
    currency = before.currency
    if not before:
        return _due(rule, place, given("amount with tax", after.amount), currency)
    now = _due(rule, place, given("amount with tax, after this line", after.amount), currency)
    was = _due(rule, place, given("amount with tax, before this line", before.amount), currency)
    return derived("difference", f"{now.label}, on this line", now, was)


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
    parts = [_due(rule, place, amount, currency) for amount in _net_amounts(rule, group)]
    total = Money.total((line.taxes[place] for line in group), currency)
    if group[0].kind is not LineKind.ADJUSTMENT and sum(part.value for part in parts) == total.amount:
        return parts
    # A correction, or lines of a period whose other lines stand on an earlier document: what was rounded together
    # is not all here.
    return [given(f"{rule.components[place].name} on {one.description}", one.taxes[place].amount) for one in group]


def _net_amounts(rule: TaxRule, group: Sequence[Line]) -> list[Derivation]:
    """The net amount of each charge of a group, with what was taken off it; with the tax where it is inclusive."""
    nets: list[Money] = []
    found: list[list[Derivation]] = []
    for line in group:
        amount = line.amount + line.tax if rule.inclusive else line.amount
        if line.kind in _TAKES_OFF and nets:
            for number, part in enumerate(spread(amount, nets)):
                nets[number] += part
                if part:
                    found[number].append(given(line.description, part.amount))
        else:
            nets.append(amount)
            found.append([given(f"{line.description}, {line.period}", amount.amount)])
    return [parts[0] if len(parts) == 1 else derived("sum", "net amount", *parts) for parts in found]


def _tax_line(description: str, gathered: _Gathered, currency: str) -> Line:
    bearing = gathered.bearing
    return Line(
        item="",
        kind=LineKind.TAX,
        description=description,
        amount=Money.total(gathered.amounts, currency),
        period=Period(min(line.period.start for line in bearing), max(line.period.end for line in bearing)),
        cycle=min(line.cycle for line in bearing),
        derivation=derived("sum", "tax of the lines, each rounded", *gathered.parts),
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
