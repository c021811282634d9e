"""Tax on whatever lines and rules: what sums to what, and that every amount explains itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction

from hypothesis import given as for_any
from hypothesis import strategies as st

from usance.invoicing.line import Line, LineKind, Recognition
from usance.invoicing.tax import spread, tax_difference, tax_lines, taxed
from usance.kernel.derivation import evaluate, given
from usance.kernel.money import Money
from usance.kernel.period import Period
from usance.tax.rule import TaxComponent, TaxRule

JULY = date(2025, 7, 1)


def whole(minor: int, currency: str = "USD", kind: LineKind = LineKind.CHARGE) -> Line:
    """A line of so many minor units."""
    amount = Money(minor, currency)
    return Line(
        item="seats",
        kind=kind,
        description="Seats",
        amount=amount,
        period=Period(JULY, date(2025, 8, 1)),
        cycle=JULY,
        derivation=given("amount", amount.amount),
        recognition=Recognition.DAILY,
    )


def all_of(rule: TaxRule) -> Callable[[Line], TaxRule]:
    return lambda _line: rule


percentages = st.decimals(0, 100, places=3)
components = st.lists(st.tuples(percentages, st.booleans()), min_size=1, max_size=4).map(
    lambda parts: tuple(TaxComponent("ABCD"[i], value, compound) for i, (value, compound) in enumerate(parts))
)
rules = st.builds(TaxRule, components, st.booleans())
currencies = st.sampled_from(["USD", "JPY", "KWD"])
amounts = st.integers(-(10**12), 10**12)


def exactly(one: TaxRule, net: Fraction) -> list[Fraction]:
    """Tax by component on an exact net amount, step by step."""
    found: list[Fraction] = []
    for part in one.components:
        base = net + sum(found) if part.compound else net
        found.append(base * Fraction(part.percentage) / 100)
    return found


def half_away(value: Fraction) -> int:
    whole, rest = divmod(abs(value), 1)
    return int(whole + (rest >= Fraction(1, 2))) * (1 if value > 0 else -1)


charges = st.lists(st.integers(0, 10**12), min_size=1, max_size=3)
offs = st.lists(st.integers(0, 10**6), max_size=3)


@for_any(rules, currencies, charges, offs)
def test_taxes_are_the_tax_on_what_is_left_of_each_charge(
    one: TaxRule, currency: str, gross: list[int], off: list[int]
) -> None:
    lines = [whole(minor, currency) for minor in gross]
    lines += [whole(-minor, currency, LineKind.DISCOUNT) for minor in off]
    nets = [Money(minor, currency) for minor in gross]
    for minor in off:
        nets = [net + part for net, part in zip(nets, spread(Money(-minor, currency), nets), strict=True)]
    assert sum(net.minor for net in nets) == sum(gross) - sum(off)
    made = taxed(lines, all_of(one))
    expected = [0] * len(one.components)
    for net in nets:
        base = Fraction(net.minor) / (1 + sum(exactly(one, Fraction(1)))) if one.inclusive else Fraction(net.minor)
        expected = [known + half_away(part) for known, part in zip(expected, exactly(one, base), strict=True)]
    assert [sum(amounts) for amounts in zip(*([t.minor for t in m.taxes] for m in made), strict=True)] == expected
    # Whatever the lines, their tax lines come to the same, in the order of the rule.
    shown_lines = tax_lines(made, currency)
    assert [one.amount.minor for one in shown_lines] == expected
    assert [shown_line.description for shown_line in shown_lines] == [part.name for part in one.components]
    assert all(evaluate(shown_line.derivation) == shown_line.amount.amount for shown_line in shown_lines)


@for_any(rules, currencies, st.lists(amounts, min_size=1, max_size=6))
def test_lines_keep_what_they_came_to_and_explain_it(one: TaxRule, currency: str, parts: list[int]) -> None:
    lines = [whole(minor, currency) for minor in parts]
    for before, after in zip(lines, taxed(lines, all_of(one)), strict=True):
        with_tax = after.amount + after.tax if one.inclusive else after.amount
        assert with_tax == before.amount
        assert evaluate(after.derivation) == after.derivation.value == after.amount.amount


@for_any(rules, rules, st.lists(amounts, max_size=3), st.lists(amounts, max_size=3))
def test_billed_and_correction_are_what_should_be(now: TaxRule, then: TaxRule, new: list[int], old: list[int]) -> None:
    def of(one: TaxRule, parts: list[int]) -> list[Line]:
        return taxed([whole(minor) for minor in parts], all_of(one))

    wanted, billed = of(now, new), [(one.tax_rule, one.taxes) for one in of(then, old)]
    made, parts = tax_difference(wanted, billed, "USD")
    assert len(parts) == len(made.components if made else ())
    both = Money.total((*parts, *(tax for _rule, taxes in billed for tax in taxes)), "USD")
    assert both == Money.total((one.tax for one in wanted), "USD")
    assert not any(tax_difference(wanted, [*billed, (made, parts)], "USD")[1])
