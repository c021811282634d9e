"""A metric as people write it: what it may say, in which forms, and all that is wrong with one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from usance.catalog.condition import MAX_CONDITIONS, MAX_DEPTH, AllOf, AnyOf, Comparison, Not, comparisons
from usance.catalog.faults import read_document
from usance.catalog.metric import Metric
from usance.kernel.errors import InvalidInput

EU = Comparison(field="region", value="eu")
BIG = Comparison(field="size", operator=">", value=5)


def metric(**terms):
    return read_document(Metric, {"event_type": "e", "aggregate": "sum", "field": "n", **terms})


def faults(**terms):
    with pytest.raises(InvalidInput) as refused:
        metric(**terms)
    return {(fault.pointer, fault.code) for fault in refused.value.faults}


@pytest.mark.parametrize(
    ("terms", "wrong"),
    [
        ({"percentile": 5}, {("/percentile", "unknown_member")}),
        ({"per": "hour"}, {("/per", "unknown_member")}),
        ({"aggregate": "weighted_sum", "per": "month"}, {("/per", "not_allowed")}),
        ({"aggregate": "percentile", "percentile": 0}, {("/percentile", "invalid_value")}),
        ({"aggregate": "percentile", "percentile": "100.1"}, {("/percentile", "out_of_range")}),
        ({"carry_over": True}, {("/carry_over", "not_allowed")}),
        ({"carry_over": True, "aggregate": "average"}, {("/carry_over", "not_allowed")}),
        ({"carry_over": True, "aggregate": "percentile"}, {("/carry_over", "not_allowed")}),
        ({"carry_over": True, "aggregate": "count", "field": None}, {("/carry_over", "not_allowed")}),
        ({"aggregate": "unique", "field": None}, {("/field", "missing")}),
        ({"dimensions": ["a", "b", "a"]}, {("/dimensions/2", "duplicate")}),
        ({"dimensions": ["a b"]}, {("/dimensions/0", "wrong_form")}),
        ({"dimensions": [f"d{n}" for n in range(11)]}, {("/dimensions", "wrong_length")}),
        (
            {"aggregate": "count", "percentile": 5, "per": "day", "carry_over": True, "dimensions": ["a", "a"]},
            {
                ("/field", "unknown_member"),
                ("/percentile", "unknown_member"),
                ("/per", "unknown_member"),
                ("/carry_over", "not_allowed"),
                ("/dimensions/1", "duplicate"),
            },
        ),
        (
            {"aggregate": "sql", "extra": 1, "filter": {"r": 0.5}},
            {("/aggregate", "not_supported_yet"), ("/extra", "unknown_member"), ("/filter", "invalid_value")},
        ),
    ],
)
def test_all_that_does_not_belong_together_is_named(terms, wrong):
    assert faults(**terms) == wrong


@pytest.mark.parametrize("aggregate", ["max", "min", "unique", "latest", "weighted_sum"])
def test_what_lasts_can_be_carried_over(aggregate):
    assert metric(aggregate=aggregate, carry_over=True).carry_over


def test_a_definition_says_what_was_left_out_and_decides():
    assert metric(aggregate="percentile").definition()["percentile"] == "95"
    assert metric(aggregate="percentile", percentile="99.9").definition()["percentile"] == "99.9"
    assert metric(aggregate="weighted_sum").definition()["per"] == "period"
    assert not {"percentile", "per"} & metric().definition().keys()


def test_one_dimension_need_not_be_in_a_list():
    assert metric(dimensions="region").dimensions == ("region",)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ({"region": "eu"}, (EU,)),
        ([{"region": "eu"}], (EU,)),
        ({"field": "region", "value": "eu"}, (EU,)),
        ([{"field": "size", "operator": ">", "value": 5}, {"region": "eu"}], (BIG, EU)),
        ({"any": [{"region": "eu"}, {"field": "size", "operator": ">", "value": 5}]}, (AnyOf(any=(EU, BIG)),)),
        ({"not": {"region": "eu"}}, (Not(not_=EU),)),
        ({"region": "eu", "not": {"field": "size", "operator": ">", "value": 5}}, (EU, Not(not_=BIG))),
        ({"any": [{"region": "eu", "a": 1}, {"not": [{"region": "eu"}, {"a": 1}]}]}, None),
        ({"not": "x", "all": 5, "any": True}, None),
        ({"field": "a", "operator": "not_in", "value": [True, 1, "1"]}, None),
        ({"not": {"field": "a", "operator": "exists"}}, None),
        ([], ()),
        ({}, ()),
    ],
)
def test_a_filter_in_each_of_its_forms(written, read):
    one = metric(filter=written)
    assert read is None or one.filter == read
    assert Metric.model_validate(json.loads(json.dumps(one.to_json()))) == one
    assert Metric.model_validate(one.definition()).filter == one.filter


def test_several_members_in_a_group_must_all_hold():
    both = AllOf(all=(EU, Comparison(field="a", value=1)))
    assert metric(filter={"any": [{"region": "eu", "a": 1}]}).filter == (AnyOf(any=(both,)),)
    assert metric(filter={"not": [{"region": "eu"}, {"a": 1}]}).filter == (Not(not_=both),)


def test_a_group_and_a_field_of_its_name_are_told_apart():
    by_field = metric(filter={"not": "x", "all": 5, "any": True}).filter
    assert by_field == (
        Comparison(field="not", value="x"),
        Comparison(field="all", value=5),
        Comparison(field="any", value=True),
    )


@pytest.mark.parametrize(
    ("condition", "wrong"),
    [
        ({"field": "a", "operator": "~", "value": 1}, ("/operator", "not_allowed")),
        ({"field": "a"}, ("/value", "missing")),
        ({"field": "a", "value": None}, ("/value", "missing")),
        ({"field": "a", "value": ["x"]}, ("/value", "invalid_value")),
        ({"field": "a", "operator": "in", "value": "x"}, ("/value", "invalid_value")),
        ({"field": "a", "operator": "in", "value": []}, ("/value", "wrong_length")),
        ({"field": "a", "operator": "in", "value": [1, 0.5]}, ("/value/1", "invalid_value")),
        ({"field": "a", "operator": "in", "value": list(range(101))}, ("/value", "wrong_length")),
        ({"field": "a", "operator": "<", "value": "blue"}, ("/value", "invalid_value")),
        ({"field": "a", "operator": "<", "value": True}, ("/value", "invalid_value")),
        ({"field": "a", "operator": "<", "value": "2025-02-30"}, ("/value", "invalid_value")),
        ({"field": "a", "operator": "exists", "value": "yes"}, ("/value", "invalid_value")),
        ({"field": "a b", "value": 1}, ("/field", "wrong_form")),
        ({"field": "a", "value": 1, "extra": 1}, ("/extra", "unknown_member")),
        ({"any": []}, ("/any", "wrong_length")),
        (5, ("", "wrong_type")),
    ],
)
def test_what_is_wrong_with_a_condition_is_found_wherever_it_stands(condition, wrong):
    pointer, code = wrong
    assert faults(filter=[{"region": "eu"}, condition]) == {(f"/filter/1{pointer}", code)}
    assert faults(filter={"any": [{"all": [condition]}]}) == {(f"/filter/any/0/all/0{pointer}", code)}
    if isinstance(condition, dict):  # else it is a field called `not`
        assert faults(filter=[{"not": condition}]) == {(f"/filter/0/not{pointer}", code)}


def nested(groups):
    condition: Any = {"region": "eu"}
    for _ in range(groups):
        condition = {"not": condition}
    return condition


def test_a_filter_is_bounded_in_depth_and_size():
    assert metric(filter=nested(MAX_DEPTH)).filter
    assert faults(filter=nested(MAX_DEPTH + 1)) == {("/filter", "invalid_value")}
    assert faults(filter=nested(20_000)) == {("/filter", "invalid_value")}
    assert len(metric(filter=[{"a": 1}] * MAX_CONDITIONS).filter) == MAX_CONDITIONS
    assert faults(filter=[{"a": 1}] * (MAX_CONDITIONS + 1)) == {("/filter", "invalid_value")}
    # a group is one more
    assert faults(filter={"any": [{"a": 1}] * MAX_CONDITIONS}) == {("/filter", "invalid_value")}


def test_comparisons_are_found_with_their_pointers():
    found = comparisons(metric(filter=[{"a": 1}, {"any": [{"b": 1}, {"not": {"all": [{"c": 1}]}}]}]).filter, "/filter")
    assert [(pointer, one.field) for pointer, one in found] == [
        ("/filter/0", "a"),
        ("/filter/1/any/0", "b"),
        ("/filter/1/any/1/not/all/0", "c"),
    ]
