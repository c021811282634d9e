"""A metric is recorded only when its event type can feed it, and comes back as it was written."""

from __future__ import annotations

import pytest

from tests.world import EARLY, World
from usance.catalog.event_type import EventType
from usance.catalog.metric import Metric
from usance.kernel.errors import InvalidInput
from usance.usecases.catalogue import NewMetric, create_event_type, create_metric
from usance.usecases.registry import Intent

FIELDS = {"hours": "Decimal", "user": "String", "on": "Bool", "region": {"type": "String", "required": False}}


def world(unknown_fields: str) -> World:
    made = World()
    made.organisation()
    shape = EventType.model_validate({"name": "compute", "fields": FIELDS, "unknown_fields": unknown_fields})
    create_event_type(made.control, "org_a", Intent(EARLY), shape)
    return made


def create(made: World, **terms):
    new = NewMetric.model_validate({"external_id": "m", "event_type": "compute", **terms})
    return create_metric(made.control, "org_a", Intent(EARLY), new)


def faults(made: World, **terms) -> dict[str, str]:
    with pytest.raises(InvalidInput) as refused:
        create(made, **terms)
    return {fault.pointer: fault.code for fault in refused.value.faults}


NESTED = [{"region": "eu"}, {"any": [{"user": "ann"}, {"not": {"colour": "red"}}, {"all": [{"size": 5}]}]}]


def test_every_field_that_no_event_can_have_is_named():
    assert faults(world("refuse"), aggregate="sum", field="user", dimensions=["region", "shape"], filter=NESTED) == {
        "/field": "not_a_number",
        "/dimensions/1": "unknown_field",
        "/filter/1/any/1/not/field": "unknown_field",
        "/filter/1/any/2/all/0/field": "unknown_field",
    }


def test_fields_that_are_kept_may_be_filtered_and_grouped_by_and_not_measured():
    made = world("keep")
    create(made, aggregate="sum", field="hours", dimensions=["shape"], filter=NESTED)
    assert faults(made, aggregate="unique", field="shape") == {"/field": "unknown_field"}


@pytest.mark.parametrize("aggregate", ["sum", "max", "min", "average", "latest", "weighted_sum", "percentile"])
def test_what_computes_needs_numbers(aggregate):
    made = world("refuse")
    create(made, aggregate=aggregate, field="hours")
    for field in ("user", "on"):
        assert faults(made, external_id="n", aggregate=aggregate, field=field) == {"/field": "not_a_number"}


@pytest.mark.parametrize("field", ["user", "hours", "on"])
def test_anything_can_be_counted_once(field):
    create(world("refuse"), aggregate="unique", field=field)


def test_a_metric_comes_back_as_it_was_written():
    written = {"aggregate": "weighted_sum", "field": "hours", "carry_over": True, "per": "hour", "filter": NESTED}
    record = create(world("keep"), **written)
    assert Metric.model_validate(record.body) == Metric.model_validate({"event_type": "compute", **written})
    assert record.body["filter"][1]["any"][1] == {"not": {"field": "colour", "value": "red"}}
