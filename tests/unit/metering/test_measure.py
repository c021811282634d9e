"""What a metric makes of events. Figures are worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from usance.catalog.faults import read_document
from usance.catalog.metric import Metric
from usance.kernel.errors import InvalidInput
from usance.metering.aggregate import measure
from usance.metering.event import Event, derived_event_id, same_content

START = datetime(2025, 7, 1, tzinfo=UTC)
END = datetime(2025, 8, 1, tzinfo=UTC)


def metric(**terms):
    return Metric.model_validate({"event_type": "compute", "aggregate": "sum", "field": "hours", **terms})


def event(id, hours=None, at=START, event_type="compute", **data):
    return Event(id, event_type, "acme", at, data if hours is None else {"hours": hours, **data})


def test_a_sum_is_exact_and_names_its_events():
    result = measure(metric(), [event("b", "0.2"), event("a", "0.1"), event("c", 3)], START, END)
    assert result.quantity == Decimal("3.3")
    assert [(one.id, one.value) for one in result.events] == [
        ("a", Decimal("0.1")),
        ("b", Decimal("0.2")),
        ("c", Decimal(3)),
    ]
    assert result.unmeasurable == ()


def test_thirty_digits_are_summed_without_loss():
    large, small = "999999999999999999", "0.000000000001"
    result = measure(metric(), [event("a", large), event("b", small)], START, END)
    assert str(result.quantity) == "999999999999999999.000000000001"


def test_a_count_counts_what_passes_the_filter():
    count = Metric.model_validate({"event_type": "compute", "aggregate": "count", "filter": {"region": "us-east"}})
    events = [event("a", region="us-east"), event("b", region="eu-west"), event("c"), event("d", region="us-east")]
    result = measure(count, events, START, END)
    assert result.quantity == 2
    assert [one.id for one in result.events] == ["a", "d"]


def test_a_window_has_its_start_and_not_its_end():
    just_before = datetime(2025, 7, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    events = [event("start", "1", START), event("last", "2", just_before), event("end", "4", END)]
    assert measure(metric(), events, START, END).quantity == 3


def test_other_event_types_are_passed_over():
    assert measure(metric(), [event("a", "1"), event("b", "2", event_type="storage")], START, END).quantity == 1


def test_what_cannot_be_measured_is_listed_with_its_reason():
    events = [event("gone"), event("text", "many"), event("yes", hours=True), event("good", "5")]
    result = measure(metric(), events, START, END)
    assert result.quantity == 5
    assert [(one.id, one.fault.code, one.fault.pointer) for one in result.unmeasurable] == [
        ("gone", "missing", "/data/hours"),
        ("text", "not_a_number", "/data/hours"),
        ("yes", "not_a_number", "/data/hours"),
    ]


def test_a_negative_correction_is_part_of_the_sum():
    assert measure(metric(), [event("a", "5"), event("b", "-2.5")], START, END).quantity == Decimal("2.5")


@pytest.mark.parametrize(
    ("wanted", "found", "passes"),
    [
        (200, 200, True),
        (200, "200", True),
        (200, "200.0", True),
        ("200", 200, True),
        ("1.0", "1", False),
        (True, True, True),
        (True, 1, False),
        (1, True, False),
        ("true", True, False),
        ("", None, False),
        ("k", "\u212a", False),
    ],
)
def test_equality_of_a_filter(wanted, found, passes):
    result = measure(metric(filter={"status": wanted}), [event("a", "1", status=found)], START, END)
    assert result.quantity == (1 if passes else 0)


def test_several_conditions_must_all_hold():
    both = metric(filter=[{"field": "region", "value": "eu"}, {"field": "tier", "value": "hot"}])
    events = [event("a", "1", region="eu", tier="hot"), event("b", "2", region="eu", tier="cold")]
    assert measure(both, events, START, END).quantity == 1


@pytest.mark.parametrize(
    ("document", "faults"),
    [
        ({"event_type": "e", "aggregate": "sum"}, {("/field", "missing")}),
        ({"event_type": "e", "aggregate": "count", "field": "x"}, {("/field", "unknown_member")}),
        (
            {"event_type": "E!", "aggregate": "mean", "field": "x", "extra": 1},
            {("/event_type", "wrong_form"), ("/aggregate", "not_allowed"), ("/extra", "unknown_member")},
        ),
        ({"event_type": "e", "aggregate": "count", "filter": {"r": 0.5}}, {("/filter", "invalid_value")}),
        ({}, {("/event_type", "missing"), ("/aggregate", "missing")}),
        ([], {("", "wrong_type")}),
    ],
)
def test_all_faults_of_a_metric_are_named(document, faults):
    with pytest.raises(InvalidInput) as refused:
        read_document(Metric, document)
    assert {(fault.pointer, fault.code) for fault in refused.value.faults} == faults


def test_content_is_the_same_however_a_number_is_written():
    one = ("acme", START, {"hours": "12.50", "tags": ["a", 1]})
    assert same_content(one, ("acme", START, {"tags": ["a", "1"], "hours": "12.5"}))
    assert not same_content(one, ("acme", START, {"hours": "12.51", "tags": ["a", 1]}))
    assert not same_content(one, ("acme", END, one[2]))
    assert not same_content(("acme", START, {"on": True}), ("acme", START, {"on": 1}))


def test_an_id_is_derived_from_content_and_idempotency_key():
    id = derived_event_id("acme", START, {"hours": "1.0"}, "")
    assert id == derived_event_id("acme", START, {"hours": 1}, "")
    assert id != derived_event_id("acme", START, {"hours": 2}, "")
    assert id != derived_event_id("acme", START, {"hours": 1}, "key")
