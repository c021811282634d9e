"""Derivations: each operation on figures worked by hand, and what they look like as JSON."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from usance.kernel.derivation import Derivation, derived, evaluate, given


@pytest.mark.parametrize(
    ("operation", "parts", "expected"),
    [
        ("sum", ["1.5", "2", "-0.25"], "3.25"),
        ("sum", [], "0"),
        ("product", ["1234.5", "0.05"], "61.725"),
        ("product", [], "1"),
        ("difference", ["10", "3", "0.5"], "6.5"),
        ("difference", ["10"], "10"),
        ("quotient", ["1000", "8"], "125"),
        # 9.00 for 31 of 91 days: 279 / 91
        ("share", ["9", "31", "91"], "3.06593406593406593406593406593406593406593406593406593406593"),
        # a third of 300 is a whole number only when it is multiplied first
        ("share", ["300", "1", "3"], "100"),
        ("minimum", ["3", "-1", "2"], "-1"),
        ("maximum", ["3", "-1", "2"], "3"),
        ("ceiling", ["1.000000000001"], "2"),
        ("ceiling", ["-1.5"], "-1"),
        ("floor", ["1.999"], "1"),
        ("floor", ["-1.5"], "-2"),
        ("nearest", ["2.5"], "3"),
        ("nearest", ["-2.5"], "-3"),
        # with a second part, to that many decimals
        ("ceiling", ["1.2470", "2"], "1.25"),
        ("ceiling", ["-1.247", "2"], "-1.24"),
        ("floor", ["1.999", "1"], "1.9"),
        ("nearest", ["0.125", "2"], "0.13"),
        ("nearest", ["-0.125", "2"], "-0.13"),
        ("ceiling", ["1E+20", "12"], "1E+20"),
        ("negative", ["2.5"], "-2.5"),
        ("negative", ["-3"], "3"),
        ("rounded", ["1.005", "2"], "1.01"),
        ("rounded", ["-1.005", "2"], "-1.01"),
        ("rounded", ["1234.5", "0"], "1235"),
    ],
)
def test_operations(operation: str, parts: list[str], expected: str) -> None:
    node = derived(operation, "x", *(given("part", Decimal(part)) for part in parts))
    assert node.value == evaluate(node) == Decimal(expected)


def test_a_derived_node_keeps_where_it_comes_from() -> None:
    assert derived("sum", "x", given("a", 1), window="12").refs == {"window": "12"}


def test_refuses_an_operation_that_it_does_not_know() -> None:
    with pytest.raises(KeyError):
        derived("average", "x", given("part", 1))


def test_evaluation_believes_the_leaves_alone() -> None:
    wrong = Derivation("sum", Decimal(99), "x", (given("a", 1), given("b", 2)))
    assert evaluate(derived("product", "y", wrong, given("c", 10))) == 30


def test_json_is_plain_text_and_comes_back() -> None:
    node = derived(
        "product",
        "quantity times price",
        given("cpu hours", Decimal("1E+3"), metric="met_1"),
        given("price", Decimal("0.050")),
    )
    written = node.to_json()
    assert written == {
        "operation": "product",
        "label": "quantity times price",
        "value": "50",
        "parts": [
            {"operation": "given", "label": "cpu hours", "value": "1000", "refs": {"metric": "met_1"}},
            {"operation": "given", "label": "price", "value": "0.05"},
        ],
    }
    assert Derivation.from_json(json.loads(json.dumps(written))) == node
