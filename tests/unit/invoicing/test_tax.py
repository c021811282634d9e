"""Tax on lines, on figures worked by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from usance.catalog.tax import TaxTerms
from usance.invoicing.line import Line, LineKind, Recognition
from usance.invoicing.tax import spread, tax_difference, tax_lines, taxed
from usance.kernel.derivation import evaluate, given
from usance.kernel.money import Money
from usance.kernel.period import Period
from usance.tax.rule import TaxComponent, TaxRule

JULY = date(2025, 7, 1)
AUGUST = date(2025, 8, 1)


def line(amount: str, item: str = "seats", cycle: date = JULY, currency: str = "USD", **more) -> Line:
    kind = LineKind.DISCOUNT if amount.startswith("-") else LineKind.CHARGE
    made = Line(
        item=item,
        kind=kind,
        description=f"{item or 'fee'} {amount}",
        amount=Money.parse(amount, currency),
        period=Period(cycle, date(cycle.year, cycle.month + 1, 1)),
        cycle=cycle,
        derivation=given("amount", Decimal(amount)),
        recognition=Recognition.DAILY,
    )
    return replace(made, **more)


def rule(*percentages: str, **more) -> TaxRule:
    """Components called A, B, …; one that ends in + is compound."""
    names = "ABCDEFG"
    return TaxRule(
        tuple(
            TaxComponent(names[i], Decimal(text.rstrip("+")), text.endswith("+")) for i, text in enumerate(percentages)
        ),
        **more,
    )


def taxes(lines: Sequence[Line]) -> list[list[str]]:
    return [[str(part) for part in one.taxes] for one in lines]


def shown(lines: Sequence[Line], currency: str = "USD") -> list[tuple[str, str]]:
    return [(one.description, str(one.amount)) for one in tax_lines(lines, currency)]


def all_of(one: TaxRule | None):
    return lambda _line: one


# -- on the net amount -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "percentages", "currency", "expected"),
    [
        # 99.99 x 8.875 % = 8.8741125
        ("99.99", ["8.875"], "USD", ["8.87"]),
        # 100.00 x 5 % = 5.00; (100.00 + 5.00) x 9.975 % = 10.47375
        ("100.00", ["5", "9.975+"], "USD", ["5.00", "10.47"]),
        # not compound: 100.00 x 9.975 % = 9.975 -> 9.98
        ("100.00", ["5", "9.975"], "USD", ["5.00", "9.98"]),
        # 20 on 200; 10 % of 220 = 22; 5 % of 242 = 12.10; a simple one in between is part of the base too
        ("200", ["10", "10+", "5+"], "EUR", ["20.00", "22.00", "12.10"]),
        # compound is on the exact components before it: 0.10 x 5 % = 0.005; 0.105 x 50 % = 0.0525 -> 0.05,
        # where 0.10 + 0.01 rounded would give 0.055 -> 0.06
        ("0.10", ["5", "50+"], "USD", ["0.01", "0.05"]),
        # yen have no decimals: 1055 x 10 % = 105.5 -> 106
        ("1055", ["10"], "JPY", ["106"]),
        # dinars have three: 1.005 x 5 % = 0.05025 -> 0.050
        ("1.005", ["5"], "KWD", ["0.050"]),
        # half away from zero also below zero: -0.05 x 10 % = -0.005 -> -0.01
        ("-0.05", ["10"], "USD", ["-0.01"]),
        ("100.00", ["0"], "USD", ["0.00"]),
    ],
)
def test_tax_on_one_line(amount: str, percentages: list[str], currency: str, expected: list[str]) -> None:
    [made] = taxed([line(amount, currency=currency)], all_of(rule(*percentages)))
    assert taxes([made]) == [expected]
    assert str(made.amount) == str(Money.parse(amount, currency))
    assert [amount for _name, amount in shown([made], currency)] == expected


def test_each_charge_of_a_period_is_taxed_by_itself() -> None:
    # 10 % of 0.05 = 0.005 -> 0.01, three times; of 0.15 together it would be 0.02.
    lines = taxed([line("0.05"), line("0.05"), line("0.05")], all_of(rule("10")))
    assert taxes(lines) == [["0.01"], ["0.01"], ["0.01"]]
    assert shown(lines) == [("A 10%", "0.03")]


def test_what_is_taken_off_a_period_is_spread_over_its_charges() -> None:
    # 0.31 off 1.00 and 2.00: thirds are 0.103... and 0.206..., so 0.10 and 0.21 (the larger remainder). Net 0.90 and
    # 1.79; tax 10 %: 0.09 and 0.179 -> 0.18, where 0.10 and 0.20 were borne: the discount saves 0.01 + 0.02.
    lines = taxed([line("1.00"), line("2.00"), line("-0.31")], all_of(rule("10")))
    assert taxes(lines) == [["0.10"], ["0.20"], ["-0.03"]]
    assert shown(lines) == [("A 10%", "0.27")]


def test_a_tie_of_what_is_taken_off_goes_to_the_largest_charge_then_to_the_first() -> None:
    # 0.01 off 0.10 and 0.30 is 0.0025 and 0.0075: to the larger one. Off two equal ones: to the first.
    small, large, equal = Money(10, "USD"), Money(30, "USD"), Money(10, "USD")
    assert spread(Money(-1, "USD"), [small, large]) == [Money(0, "USD"), Money(-1, "USD")]
    assert spread(Money(-1, "USD"), [small, equal]) == [Money(-1, "USD"), Money(0, "USD")]


def test_other_items_other_periods_and_lines_without_an_item_are_by_themselves() -> None:
    lines = [line("0.05"), line("0.05", "other"), line("0.05", cycle=AUGUST), line("0.05", ""), line("0.05", "")]
    made = taxed(lines, all_of(rule("10")))
    assert taxes(made) == [["0.01"]] * 5
    assert shown(made) == [("A 10%", "0.05")]


def test_a_discount_takes_its_tax_off() -> None:
    # 19 % of 100.00 is 19.00, of the 66.67 that are left 12.6673 -> 12.67
    lines = taxed([line("100.00"), line("-33.33")], all_of(rule("19")))
    assert taxes(lines) == [["19.00"], ["-6.33"]]


def test_lines_without_a_rule_are_left_alone_and_share_no_rounding() -> None:
    nine = rule("10")
    lines = [line("0.05"), line("7.00"), line("0.05", "b")]
    made = taxed(lines, lambda one: None if one.amount.minor == 700 else nine)
    assert made[1] == lines[1]
    assert taxes(made) == [["0.01"], [], ["0.01"]]
    assert taxed([], all_of(nine)) == []
    assert shown([lines[1]]) == []


# -- amounts that contain their tax ----------------------------------------------------------------------------------


def test_an_amount_with_tax_becomes_net() -> None:
    # 120.00 / 1.2 = 100.00; less 12.00: 108.00 / 1.2 = 90.00, so the discount is -10.00 and -2.00
    lines = taxed([line("120.00"), line("-12.00")], all_of(rule("20", inclusive=True)))
    assert [(str(one.amount), str(one.tax)) for one in lines] == [("100.00", "20.00"), ("-10.00", "-2.00")]
    assert shown(lines) == [("A 20%", "18.00")]


@pytest.mark.parametrize(
    ("amount", "percentages", "currency", "net", "expected"),
    [
        # 9.99 x 19 / 119 = 1.59504...
        ("9.99", ["19"], "EUR", "8.39", ["1.60"]),
        # GST 5 %, PST 9.975 % of 105: 15.47375 on 100. 115.47 x 5 / 115.47375 = 4.99983..., x 10.47375: 10.46965...
        ("115.47", ["5", "9.975+"], "CAD", "100.00", ["5.00", "10.47"]),
        # 1000 x 10 / 110 = 90.9...
        ("1000", ["10"], "JPY", "909", ["91"]),
        # 1.000 x 5 / 105 = 0.047619...
        ("1.000", ["5"], "KWD", "0.952", ["0.048"]),
    ],
)
def test_net_and_tax_of_an_amount_with_tax(
    amount: str, percentages: list[str], currency: str, net: str, expected: list[str]
) -> None:
    [made] = taxed([line(amount, currency=currency)], all_of(rule(*percentages, inclusive=True)))
    assert (str(made.amount), taxes([made])) == (net, [expected])
    assert evaluate(made.derivation) == made.amount.amount


# -- what the document shows -----------------------------------------------------------------------------------------


def test_one_line_for_each_label_and_percentage_in_order_of_appearance() -> None:
    both, second = rule("5", "9.975+"), TaxRule((TaxComponent("B", Decimal("9.975")),))
    rules = {"a": second, "b": both, "c": rule("5")}
    lines = [line("100.00", "a"), line("100.00", "b"), line("100.00", "c", AUGUST), line("3.00", "free")]
    made = taxed(lines, lambda one: rules.get(one.item))
    # 9.975 -> 9.98 on a, 10.47 on b; 5.00 on b and on c
    assert shown(made) == [("B 9.975%", "20.45"), ("A 5%", "10.00")]
    second_line = tax_lines(made, "USD")[1]
    assert (second_line.period, second_line.cycle) == (Period(JULY, date(2025, 9, 1)), JULY)
    assert (second_line.item, second_line.kind, second_line.tax) == ("", LineKind.TAX, Money(0, "USD"))


def test_what_is_not_due_says_why_once() -> None:
    exempt = TaxRule(note="Reverse charge")
    made = taxed([line("100.00"), line("50.00", "b")], all_of(exempt))
    assert [one.tax_rule for one in made] == [exempt, exempt]
    assert shown(made) == [("Reverse charge", "0.00")]
    assert evaluate(tax_lines(made, "USD")[0].derivation) == 0
    assert shown(taxed([line("100.00")], all_of(TaxRule()))) == []


def test_a_part_of_a_period_is_shown_with_the_tax_that_it_bears() -> None:
    # 10 % of 1.00 is 0.10, of what is left, 0.75, 0.075 -> 0.08: the discount saves 0.02; by itself it would save 0.03.
    made = taxed([line("1.00"), line("-0.25")], all_of(rule("10")))[1:]
    [shown_line] = tax_lines(made, "USD")
    assert str(shown_line.amount) == "-0.02"
    assert evaluate(shown_line.derivation) == Decimal("-0.02")


def test_corrections_are_shown_as_they_were_worked_out() -> None:
    twenty = rule("20")
    correction = line("10.00", kind=LineKind.ADJUSTMENT, tax_rule=twenty, taxes=(Money(201, "USD"),))
    [shown_line] = tax_lines([*taxed([line("10.00")], all_of(twenty)), correction], "USD")
    assert str(shown_line.amount) == "4.01"
    assert evaluate(shown_line.derivation) == Decimal("4.01")


# -- corrections -----------------------------------------------------------------------------------------------------


def cents(*minor: int) -> tuple[Money, ...]:
    return tuple(Money(one, "USD") for one in minor)


def test_a_correction_has_the_components_of_all_rules() -> None:
    now, before = TaxRule(rule("20").components, source="now"), TaxRule(rule("19", "3").components, source="then")
    wanted = taxed([line("100.00")], all_of(now))
    made, parts = tax_difference(wanted, [(before, cents(1900, 300)), (now, cents(5)), (None, ())], "USD")
    assert made is not None
    assert [one.name for one in made.components] == ["A 20%", "A 19%", "B 3%"]
    assert (made.source, parts) == ("now", cents(1995, -1900, -300))


def test_a_correction_without_any_rule_bears_no_tax() -> None:
    assert tax_difference([line("1.00")], [(None, ())], "USD") == (None, ())
    assert tax_difference([], [], "USD") == (None, ())


def test_what_turns_out_exempt_gives_its_tax_back() -> None:
    wanted = taxed([line("100.00")], all_of(TaxRule(note="Tax exempt")))
    made, parts = tax_difference(wanted, [(rule("20"), cents(2000))], "USD")
    assert (made, parts) == (rule("20"), cents(-2000))
    nothing = tax_difference(wanted, [(TaxRule(note="Reverse charge"), ())], "USD")
    assert nothing == (TaxRule(note="Tax exempt"), ())


# -- rules -----------------------------------------------------------------------------------------------------------


def test_terms_become_rules() -> None:
    def of(**members) -> TaxRule:
        return TaxRule.of(TaxTerms.model_validate(members))

    assert of(percentage="8.875") == TaxRule((TaxComponent("Tax", Decimal("8.875")),))
    assert of(percentage=20, label="VAT", inclusive=True) == TaxRule((TaxComponent("VAT", Decimal(20)),), True)
    parts = [{"label": "GST", "percentage": 5}, {"percentage": "9.975", "compound": True}]
    two = (TaxComponent("GST", Decimal(5)), TaxComponent("PST", Decimal("9.975"), True))
    assert of(label="PST", components=parts) == TaxRule(two)


def test_a_rule_survives_being_kept() -> None:
    for one in (rule("5", "9.975+", inclusive=True, source="ab12"), TaxRule(note="Reverse charge"), TaxRule()):
        assert TaxRule.from_json(one.to_json()) == one
