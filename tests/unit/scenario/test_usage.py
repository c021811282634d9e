"""Usage as it arrives: measured for the window alone, whatever was measured before."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from usance.catalog.metric import Metric
from usance.contract.contract import Contract
from usance.invoicing.desire import UsageWindow
from usance.scenario.event import UsageEvent
from usance.scenario.usage import Usage

JULY = UsageWindow("item", "n", datetime(2025, 7, 1, tzinfo=UTC), datetime(2025, 8, 1, tzinfo=UTC))
METRICS = {
    "n": Metric.model_validate({"event_type": "calls", "aggregate": "sum", "field": "n"}),
    "m": Metric.model_validate({"event_type": "mails", "aggregate": "count"}),
}


def event(name, day, value, event_type="calls"):
    return UsageEvent(name, event_type, None, JULY.start + timedelta(days=day), {"n": value})


def measured(usage):
    return usage.measure([JULY])[JULY].quantity


def test_what_arrives_between_two_measurements_is_in_the_second():
    usage = Usage(METRICS, "acme")
    assert measured(usage) == 0
    usage.arrive([event("a", 3, 5), event("b", 31, 100), event("c", -1, 100)], None)
    assert measured(usage) == 5
    usage.arrive([event("d", 1, "2.5")], JULY.end)
    assert measured(usage) == Decimal("7.5")


def test_a_copy_changes_nothing_and_another_content_is_reported():
    usage = Usage(METRICS, "acme")
    assert usage.arrive([event("a", 3, 5), event("a", 3, "5.0")], None) == []
    problems = usage.arrive([event("a", 3, 6), event("a", 4, 5)], JULY.end)
    assert [(problem.code, problem.event, problem.at) for problem in problems] == [
        ("event_conflict", "a", JULY.end),
        ("event_conflict", "a", JULY.end),
    ]
    assert measured(usage) == 5


def test_one_id_may_stand_for_an_event_of_each_type():
    usage = Usage(METRICS, "acme")
    assert usage.arrive([event("a", 3, 5), event("a", 3, 7, "mails")], None) == []
    mails = UsageWindow("item", "m", JULY.start, JULY.end)
    assert {window.metric: found.quantity for window, found in usage.measure([JULY, mails]).items()} == {"n": 5, "m": 1}


def carried(**terms):
    return Usage(
        {"n": Metric.model_validate({"event_type": "calls", "aggregate": "latest", "field": "n", **terms})}, "acme"
    )


CONTRACT = Contract.model_validate(
    {
        "starts_on": "2025-07-01",
        "items": {"id": "item", "quantity": {"metric": "n"}, "prices": {"model": "per_unit", "unit_amount": "1"}},
    }
)


def test_what_came_before_counts_where_it_is_carried_over():
    usage = carried(carry_over=True)
    usage.arrive([event("a", -30, 7), event("b", -40, 8), event("c", -1, "many")], None)
    assert measured(usage) == 7
    usage.arrive([event("d", -2, 5)], JULY.end)
    assert measured(usage) == 5
    # so it is not out of contract, and what is wrong with it is said
    assert [(one.code, one.event) for one in usage.problems(CONTRACT, "UTC")] == [("unmeasurable_event", "c")]


def test_what_came_before_is_out_of_contract_where_nothing_is_carried_over():
    usage = carried()
    usage.arrive([event("a", -30, 7)], None)
    assert measured(usage) == 0
    assert [(one.code, one.event) for one in usage.problems(CONTRACT, "UTC")] == [("out_of_contract", "a")]
