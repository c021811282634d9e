"""Formula prices: what the grammar means, what it refuses and where, and how results are explained."""

import pytest

from tests.unit.pricing.rated import amount, charge, priced, quantities, refused
from usance.catalog.faults import read_document
from usance.kernel.errors import CannotBill, InvalidInput


def formula(expression, total=10, **named):
    return amount(quantities(total, **named), model="formula", expression=expression)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("2", "2"),
        ("2 + 3 * 4", "14"),
        ("(2 + 3) × 4", "20"),
        ("2 - 3 - 4", "-5"),
        ("2 - (3 - 4)", "3"),
        ("24 / 4 / 2", "3"),
        ("24 ÷ (4 / 2)", "12"),
        ("\u22122 \u2212 3 - \u22124", "-1"),  # the sign of typesetting is a minus too
        ("2 * 3 / 4 * 2", "3"),
        ("2 + 3 - 4 + 5", "6"),
        ("-2 + 3", "1"),
        ("-(2 + 3)", "-5"),
        ("--2", "2"),
        ("2 * -3", "-6"),
        ("min(3, 1, 2)", "1"),
        ("max(3)", "3"),
        ("ceil(1.2) + floor(1.8) + round(1.5)", "5"),
        ("round(-2.5)", "-3"),
        ("round(0.125, 2)", "0.13"),
        ("ceil(1.2301, 2)", "1.24"),
        ("floor(1.99, 1)", "1.9"),
        ("0.1 + 0.2", "0.3"),
        ("quantity * 0.02", "0.2"),
        ("quantity*0.02+seats", "3.2"),
        ("max(quantity - 4, 0) * 1.5", "9"),
        ("max(quantity - 40, 0) * 1.5", "0"),
        ("  min ( quantity ,\n seats )  ", "3"),
    ],
)
def test_what_expressions_mean(expression, expected):
    assert formula(expression, seats=3) == expected


def test_the_derivation_has_the_shape_of_the_expression():
    made = charge(quantities(10, seats=3), model="formula", expression="quantity * 2 + max(seats, 5)")
    assert (made.derivation.operation, made.derivation.label) == ("sum", "quantity * 2 + max(seats, 5)")
    assert [part.label for part in made.derivation.parts] == ["quantity * 2", "max(seats, 5)"]
    assert [leaf.value for leaf in made.derivation.parts[0].parts] == [10, 2]


@pytest.mark.parametrize(
    ("expression", "where"),
    [
        ("2 +", "position 4: expected a number, a name or a parenthesis, and found the end"),
        ("2 3", "position 3: expected an operator, and found '3'"),
        ("(2 + 3", "position 7: expected '\\)'"),
        ("2 + )", "position 5"),
        ("2 % 3", "position 3: '%' means nothing here"),
        ("2 ** 3", "position 4"),
        ("quantity // 2", "position 11"),
        ("1e5", "position 2"),
        (".5", "position 1"),
        ("1.", "position 2"),
        ("sqrt(2)", "position 1: 'sqrt' is no function: there are min, max, ceil, floor, round"),
        ("min", "expected '\\(' after min"),
        ("min()", "position 5"),
        ("min(1,)", "position 7"),
        ("round(1, 2, 3)", "position 1: round takes a value"),
        ("round(1, seats)", "position 10: expected the decimals that round keeps, 0 to 12"),
        ("round(1, 13)", "position 10"),
        ("round(1, -1)", "position 10"),
        ("quantity.real", "position 9"),
        ("__import__('os')", "position 12"),
        ("0.0000000000001", "position 1: 0.0000000000001 has more than 12 decimals"),
        ("1" * 31, "position 1: 1+ has more than 30 digits"),
        ("²", "position 1"),
        ("1٣", "position 2"),
        ("   ", "expected a number"),
        ("1 / 0", "divides by zero in '1 / 0'"),
        ("quantity / (0.5 - 0.5)", r"divides by zero in 'quantity / \(0.5 - 0.5\)'"),
        ("max(quantity, 10 ÷ floor(0.9))", "divides by zero in '10 ÷ floor"),
        ("quantity + 1" + "0" * 20 + " * 1" + "0" * 10, "comes to more than 30 digits"),
    ],
)
def test_what_is_refused_and_where(expression, where):
    assert refused(model="formula", expression=expression) == [("/expression", "bad_expression")]
    with pytest.raises(InvalidInput, match=where):
        read_document(type(priced(model="formula", expression="1")), {"model": "formula", "expression": expression})


@pytest.mark.parametrize(
    "expression",
    [
        "(" * 31 + "1" + ")" * 31,
        "-" * 31 + "1",
        "1" + " + 1" * 260,
        "+".join(["1"] * 201),
        "1" + "+1-1" * 20,
        "(" * 990,
        "min(" * 200,
        "-" * 1000,
    ],
    ids=["parentheses", "signs", "characters", "numbers", "levels", "open", "calls", "minus"],
)
def test_what_is_too_large(expression):
    assert refused(model="formula", expression=expression) == [("/expression", "bad_expression")]


def test_what_is_as_large_as_it_may_be():
    # 30 parentheses in all with the one of the number itself; 199 numbers and one sum
    assert formula("(" * 29 + "quantity" + ")" * 29) == "10"
    assert formula("+".join(["1"] * 199)) == "199"


@pytest.mark.parametrize("expression", ["quantity / (seats - 3)", "1 / min(seats - 3, 1)"])
def test_a_division_by_zero_cannot_be_billed(expression):
    with pytest.raises(CannotBill, match="divides by zero in"):
        formula(expression, seats=3)


def test_results_have_bounds():
    assert formula("quantity * quantity", total=10**14) == "1" + "0" * 28
    with pytest.raises(CannotBill, match="more than 30 digits in 'quantity \\* quantity'"):
        formula("quantity * quantity - quantity * quantity", total=10**15)


def test_a_name_that_nothing_yields():
    with pytest.raises(CannotBill, match="needs a quantity 'seats', and the item has: none"):
        formula("seats * 2")


def test_nothing_at_zero_when_the_price_says_so():
    price = {"model": "formula", "expression": "5 + quantity + seats", "charge_at_zero": False}
    assert amount(quantities(0, seats=0), **price) == "0"
    assert amount(quantities(0, seats=1), **price) == "6"
    assert amount(quantities(0, seats=0), **price | {"charge_at_zero": True}) == "5"
