"""Laws of derivations and ids."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from usance.kernel import derivation
from usance.kernel.derivation import Derivation, derived, evaluate
from usance.kernel.ids import derived_id, new_id

values = st.decimals(-(10**9), 10**9, places=6)
leaves = st.builds(derivation.given, st.text(max_size=8), values, event=st.text(max_size=8))


divisors = st.builds(derivation.given, st.just("days"), st.integers(1, 366))
places = st.builds(derivation.given, st.just("places"), st.integers(0, 4))


def _nodes(children: st.SearchStrategy[Derivation]) -> st.SearchStrategy[Derivation]:
    def over(operations: list[str], *parts: st.SearchStrategy[Derivation]) -> st.SearchStrategy[Derivation]:
        return st.builds(lambda operation, *of: derived(operation, "x", *of), st.sampled_from(operations), *parts)

    return st.one_of(
        over(["sum", "product", "difference", "minimum", "maximum"], children),
        over(["sum", "product", "difference", "minimum", "maximum"], children, children, children),
        over(["ceiling", "floor", "nearest", "negative"], children),
        over(["ceiling", "floor", "nearest"], children, places),
        over(["rounded"], children, places),
        over(["quotient"], children, divisors),
        over(["share"], children, divisors, divisors),
    )


derivations = st.recursive(leaves, _nodes, max_leaves=12)


@given(derivations)
def test_a_derivation_evaluates_to_its_value(node: Derivation) -> None:
    assert evaluate(node) == node.value


@given(derivations)
def test_a_derivation_survives_its_json(node: Derivation) -> None:
    back = Derivation.from_json(json.loads(json.dumps(node.to_json())))
    assert back.value == node.value
    assert evaluate(back) == evaluate(node)
    assert back.to_json() == node.to_json()


instants = st.datetimes(datetime(1970, 1, 1), datetime(9998, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - zone given


@given(instants, st.timedeltas(timedelta(milliseconds=1), timedelta(days=400)))
def test_ids_sort_by_time(at: datetime, later: timedelta) -> None:
    assert new_id("inv", at) < new_id("inv", at + later)
    assert derived_id("inv", at, "a") < derived_id("inv", at + later, "b")


parts = st.lists(st.text(st.characters(exclude_categories=("Cs", "Cc"))), min_size=1)


@given(instants, parts, parts)
def test_derived_ids_are_the_same_for_the_same_parts_alone(at: datetime, one: list[str], other: list[str]) -> None:
    assert (derived_id("inv", at, *one) == derived_id("inv", at, *other)) == (one == other)


def test_values_are_decimals_throughout() -> None:
    assert isinstance(derived("sum", "x").value, Decimal)
    assert isinstance(derived("product", "x").value, Decimal)
