"""Alerts over the memory twins: each turn of a threshold is one event, whoever looks, however often, whatever dies."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest

from tests.faults import Killed, Meanwhile
from tests.watch import CPU, Watch
from usance.kernel.errors import InvalidInput, NotFound
from usance.kernel.instant import parse_instant
from usance.usecases.alerts import Evaluation, deactivate_alert, evaluate_alert, page_of_alert_events


def test_a_threshold_is_told_once_and_again_after_it_recovered() -> None:
    watch = Watch()
    watch.world.use("2025-07-02T00:00:00Z", "9.5")
    assert watch.turns("2025-07-03T00:00:00Z") == []
    watch.world.use("2025-07-03T00:00:00Z", "0.5")
    assert watch.turns("2025-07-03T00:00:00Z") == [("reached", "10")]
    assert watch.turns("2025-07-03T00:05:00Z") == []
    watch.world.use("2025-07-03T00:06:00Z", "-1")
    assert watch.turns("2025-07-03T00:10:00Z") == [("recovered", "10")]
    watch.world.use("2025-07-03T00:11:00Z", "500")
    assert watch.turns("2025-07-03T00:15:00Z") == [("reached", "10"), ("reached", "100")]
    assert watch.told == [(1, "reached", "10"), (2, "recovered", "10"), (3, "reached", "10"), (4, "reached", "100")]


def test_looking_writes_only_when_something_turned() -> None:
    watch = Watch()
    watch.world.use("2025-07-02T00:00:00Z", "5")
    before = watch.world.dump()
    watch.look("2025-07-03T00:00:00Z")
    assert watch.world.dump() == before
    watch.world.use("2025-07-02T00:00:00Z", "5")
    watch.look("2025-07-03T00:00:00Z")
    after = watch.world.dump()
    assert after != before
    watch.look("2025-07-04T00:00:00Z")
    assert watch.world.dump() == after


def test_a_new_month_begins_anew_and_nothing_has_recovered() -> None:
    watch = Watch()
    watch.world.use("2025-07-31T23:59:59Z", "10")
    assert watch.turns("2025-07-31T23:59:59Z") == [("reached", "10")]
    assert watch.turns("2025-08-01T00:00:00Z") == []
    watch.world.use("2025-08-02T00:00:00Z", "10")
    assert watch.turns("2025-08-02T00:00:00Z") == [("reached", "10")]
    assert len(watch.told) == 2


def test_recurring_thresholds_are_told_one_by_one() -> None:
    watch = Watch({**CPU, "thresholds": [10], "recurring": 10})
    watch.world.use("2025-07-02T00:00:00Z", "35")
    assert watch.turns("2025-07-02T00:00:00Z") == [("reached", "10"), ("reached", "20"), ("reached", "30")]
    watch.world.use("2025-07-02T01:00:00Z", "5")
    assert watch.turns("2025-07-02T01:00:00Z") == [("reached", "40")]
    watch.world.use("2025-07-02T02:00:00Z", "-15")
    assert watch.turns("2025-07-02T02:00:00Z") == [("recovered", "40"), ("recovered", "30")]
    watch.world.use("2025-07-02T03:00:00Z", "-20")
    assert watch.turns("2025-07-02T03:00:00Z") == [("recovered", "20"), ("recovered", "10")]


def test_more_events_than_one_transaction_takes_are_all_told_once_and_in_order() -> None:
    watch = Watch({**CPU, "thresholds": [1], "recurring": 1})
    watch.world.use("2025-07-02T00:00:00Z", "130")
    up = [("reached", str(number)) for number in range(1, 131)]
    assert watch.turns("2025-07-02T00:00:00Z") == up
    assert watch.turns("2025-07-02T00:00:00Z") == []
    watch.world.use("2025-07-02T01:00:00Z", "-130")
    down = [("recovered", str(number)) for number in range(130, 0, -1)]
    assert watch.turns("2025-07-02T01:00:00Z") == down
    assert [(turn, threshold) for _, turn, threshold in watch.told] == up + down
    assert [sequence for sequence, _, _ in watch.told] == list(range(1, 261))


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_crash_between_transactions_is_made_up_for_by_the_next_look(*, after: bool) -> None:
    for call in range(30):
        watch = Watch({**CPU, "thresholds": [1], "recurring": 1})
        watch.world.use("2025-07-02T00:00:00Z", "130")
        watch.look("2025-07-02T00:00:00Z")
        watch.world.use("2025-07-02T01:00:00Z", "-100")
        watch.world.fuse.arm(call, after=after)
        try:
            watch.look("2025-07-02T01:00:00Z")
        except Killed:
            died = True
        else:
            died = False
        watch.world.fuse.arm(None)
        watch.look("2025-07-02T01:00:00Z")
        assert [threshold for _, turn, threshold in watch.told if turn == "recovered"] == [
            str(number) for number in range(130, 30, -1)
        ], call
        if not died:
            assert call >= 6
            return
    raise AssertionError("it never came to an end")


def test_of_two_who_see_it_one_tells() -> None:
    watch = Watch()
    watch.world.use("2025-07-02T00:00:00Z", "10")
    at = "2025-07-03T00:00:00Z"
    other: list[Evaluation] = []
    twin = Meanwhile(watch.world.tables, [lambda: other.append(watch.look(at))])
    mine = watch.look(at, twin)
    assert (len(mine.raised), len(other[0].raised)) == (0, 1)
    assert watch.told == [(1, "reached", "10")]


def test_who_saw_an_older_value_does_not_take_back_a_newer_one() -> None:
    """While one evaluation of 00:00 is under way, one of 00:05 tells that the threshold recovered."""
    watch = Watch()
    watch.world.use("2025-07-02T00:00:00Z", "10")

    def later() -> None:
        watch.world.use("2025-07-02T23:59:00Z", "90")
        watch.look("2025-07-03T00:05:00Z")

    slow = watch.look("2025-07-03T00:00:00Z", Meanwhile(watch.world.tables, [later]))
    assert slow == Evaluation(None, Decimal(100))
    assert watch.told == [(1, "reached", "10"), (2, "reached", "100")]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_crash_anywhere_leaves_every_event_told_once(*, after: bool) -> None:
    for call in range(30):
        watch = Watch()
        watch.world.use("2025-07-02T00:00:00Z", "200")
        watch.world.fuse.arm(call, after=after)
        try:
            watch.look("2025-07-03T00:00:00Z")
        except Killed:
            died = True
        else:
            died = False
        watch.world.fuse.arm(None)
        watch.look("2025-07-03T00:00:00Z")
        assert watch.told == [(1, "reached", "10"), (2, "reached", "100")], call
        everywhere, _more = page_of_alert_events(watch.world.tables, "org_a", after=None, limit=10)
        assert [event.sequence for event in everywhere] == [2, 1]
        if not died:
            assert call >= 4
            return
    raise AssertionError("it never came to an end")


def test_an_alert_that_is_off_sees_nothing() -> None:
    watch = Watch()
    watch.world.use("2025-07-02T00:00:00Z", "10")
    watch.alert = deactivate_alert(watch.world.control, "org_a", watch.alert.id)
    assert watch.look("2025-07-03T00:00:00Z") == Evaluation(None)
    assert deactivate_alert(watch.world.control, "org_a", watch.alert.id) == watch.alert


def test_what_an_alert_names_has_to_be_there() -> None:
    watch = Watch()
    before = watch.world.dump()
    with pytest.raises(InvalidInput) as refused:
        watch.create({**CPU, "customer": "nobody", "metric": "nothing"})
    assert {fault.pointer: fault.code for fault in refused.value.faults} == {
        "/customer": "unknown_customer",
        "/metric": "unknown_metric",
    }
    watch.world.organisation("org_b")
    with pytest.raises(InvalidInput):
        watch.create(CPU, "org_b")
    with pytest.raises(NotFound):
        deactivate_alert(watch.world.control, "org_b", watch.alert.id)
    assert watch.world.dump() == before


def test_pages_of_events_go_on_where_the_one_before_ended() -> None:
    watch = Watch({**CPU, "thresholds": [1, 2, 3, 4, 5]})
    watch.world.use("2025-07-02T00:00:00Z", "10")
    watch.look("2025-07-03T00:00:00Z")
    for alert in (watch.alert.id, None):
        seen: list[int] = []
        after: str | None = None
        while True:
            page, after = page_of_alert_events(watch.world.tables, "org_a", alert=alert, after=after, limit=2)
            seen += [event.sequence for event in page]
            if after is None:
                break
        assert seen == [5, 4, 3, 2, 1]


def test_events_of_one_instant_have_ids_of_their_own() -> None:
    watch = Watch({**CPU, "thresholds": [1, 2, 3]})
    watch.world.use("2025-07-02T00:00:00Z", "10")
    at: datetime = parse_instant("2025-07-03T00:00:00Z")
    raised = evaluate_alert(watch.billing(), watch.organisation, watch.alert, at).raised
    assert len({event.id for event in raised}) == 3
    assert all(event.id.startswith("ale_") for event in raised)
