"""Laws of filters: negation undoes itself, groups obey De Morgan, and each operator has its opposite."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from usance.catalog.metric import Metric
from usance.metering.filter import passes

VALUES = st.one_of(
    st.sampled_from(["eu", "us", "", "5", "5.0", "05", "2025-07-01", "2025-07-01T10:00:00Z", "true"]),
    st.integers(-7, 7),
    st.booleans(),
)
SIZES = st.sampled_from([5, "5.5", -1, "2025-07-01", "2025-07-01T10:00:00Z"])
FIELDS = st.sampled_from("abc")


def comparison(operator, value):
    return st.builds(lambda field, wanted: {"field": field, "operator": operator, "value": wanted}, FIELDS, value)


CONDITIONS = st.recursive(
    st.one_of(
        *(comparison(operator, VALUES) for operator in ("=", "!=")),
        *(comparison(operator, st.lists(VALUES, min_size=1, max_size=3)) for operator in ("in", "not_in")),
        *(comparison(operator, SIZES) for operator in ("<", "<=", ">", ">=")),
        comparison("exists", st.booleans()),
        st.builds(lambda field, value: {field: value}, FIELDS, VALUES),
    ),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=5,
)
DATA = st.dictionaries(FIELDS, st.one_of(VALUES, st.none(), st.just(["eu"])), max_size=3)


def holds(written, data):
    metric = Metric.model_validate({"event_type": "e", "aggregate": "count", "filter": written})
    return passes(data, metric.filter)


@given(CONDITIONS, DATA)
def test_not_not_is_nothing(condition, data):
    assert holds([{"not": condition}], data) is not holds([condition], data)
    assert holds([{"not": {"not": condition}}], data) is holds([condition], data)


@given(CONDITIONS, CONDITIONS, DATA)
def test_de_morgan(one, other, data):
    neither = {"all": [{"not": one}, {"not": other}]}
    not_both = {"any": [{"not": one}, {"not": other}]}
    assert holds([{"not": {"any": [one, other]}}], data) is holds([neither], data)
    assert holds([{"not": {"all": [one, other]}}], data) is holds([not_both], data)


@given(CONDITIONS, CONDITIONS, DATA)
def test_groups_are_what_their_names_say(one, other, data):
    first, second = holds([one], data), holds([other], data)
    assert holds([one, other], data) is holds([{"all": [one, other]}], data) is (first and second)
    assert holds([{"any": [one, other]}], data) is (first or second)


@given(FIELDS, VALUES, DATA)
def test_each_operator_has_its_opposite(field, value, data):
    def one(operator, wanted):
        return holds([{"field": field, "operator": operator, "value": wanted}], data)

    assert one("!=", value) is not one("=", value)
    assert one("in", [value]) is one("=", value) is not one("not_in", [value])
    assert one("exists", True) is not one("exists", False)


@given(FIELDS, SIZES, DATA)
def test_sizes_are_in_one_order_or_in_none(field, size, data):
    less, at_most, more, at_least = (
        holds([{"field": field, "operator": operator, "value": size}], data) for operator in ("<", "<=", ">", ">=")
    )
    assert not (less and more)
    assert not less or at_most
    assert not more or at_least
    assert (at_most or at_least) is (less or more or (at_most and at_least))
