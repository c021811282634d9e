"""Usage under every order of arrival, copies, folds, crashes, and readers that run while a fold does.

The promise: once a request is answered, its events are in every answer, each once, whatever happens in between.
"""

from __future__ import annotations

import contextlib
import json
from datetime import timedelta
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.faults import Fuse, Killed
from tests.meter import CUSTOMERS, END, NOW, SCHEMA, START, Meter, event, mixed
from usance.kernel.errors import Unavailable
from usance.ports import Table
from usance.records.buckets import SETTLED_AFTER_MINUTES, fold_partition, read_bucket, read_manifest
from usance.usecases import accept_usage as accepting
from usance.usecases.accept_usage import Delivery, Intake, accept_usage
from usance.usecases.read_usage import UsageReader, read_events

numbers = st.lists(st.integers(0, 12), min_size=1, max_size=6)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("send"), numbers, st.booleans()),
        st.tuples(st.just("fold"), st.none(), st.none()),
        st.tuples(st.just("killed fold"), st.integers(0, 25), st.booleans()),
        st.tuples(st.just("wait"), st.integers(1, 30), st.none()),
    ),
    min_size=1,
    max_size=12,
)


@given(steps)
def test_every_acknowledged_event_is_in_every_answer_once(taken):
    meter = Meter()
    for what, value, extra in taken:
        if what == "send":
            meter.send(*value, large=extra)
        elif what == "fold":
            meter.fold()
        elif what == "wait":
            meter.clock.move(meter.clock.now() + timedelta(minutes=value))
        else:
            fuse = Fuse()
            fuse.arm(value, after=extra)
            with contextlib.suppress(Killed):
                meter.fold(fuse.guard(meter.tables), fuse.guard(meter.objects))
        meter.check()


@given(st.permutations(range(8)), st.data())
def test_the_order_of_arrival_changes_no_bucket(order, data):
    one, other = Meter(), Meter()
    one.send(*range(8))
    for number in order:
        other.send(number, large=data.draw(st.booleans()))
        if data.draw(st.booleans()):
            other.fold()
    one.fold()
    other.fold()
    assert one.read() == other.read()


def test_folding_twice_is_folding_once():
    meter = mixed()
    assert meter.fold().events == 4 + 1 + 1 + 3 + 2
    before = meter.dump()
    report = meter.fold()
    assert (report.events, report.conflicts, report.more) == (0, 0, False)
    assert meter.dump() == before
    assert not [key for key in before[0] if "#tail#" in key[0]]
    meter.check()


def test_a_resent_request_changes_no_table_before_the_fold():
    meter = mixed()
    before = meter.dump()[0]
    meter.send(4)
    meter.send(1, 8, 9)
    assert meter.dump()[0] == before


@pytest.mark.parametrize("after", [False, True])
def test_a_fold_killed_at_any_call_loses_and_doubles_nothing(after):
    call = 0
    while True:
        meter, fuse = mixed(), Fuse()
        fuse.arm(call, after=after)
        try:
            meter.fold(fuse.guard(meter.tables), fuse.guard(meter.objects))
        except Killed:
            meter.check()
            meter.fold()
            meter.check()
            assert not [key for key in meter.dump()[0] if "#tail#" in key[0]]
            call += 1
            continue
        break
    # A manifest, four shards, an object, buckets with their objects, the manifest again, deletions.
    assert call > 15


class Interrupted:
    """A port that lets something else happen before one of its calls."""

    def __init__(self, port, counter, happen) -> None:
        self._port, self._counter, self._happen = port, counter, happen

    def __getattr__(self, name):
        method = getattr(self._port, name)

        def call(*arguments, **named):
            self._counter[0] -= 1
            if self._counter[0] == -1:
                self._happen()
            result = method(*arguments, **named)
            return iter(list(result)) if hasattr(result, "__next__") else result

        return call


def every_moment(work, happen, prepare=mixed) -> int:
    """Run `work` once for each of its calls, with `happen` before that call; how many calls there are."""
    call = 0
    while _one_moment(work, happen, prepare(), call):
        call += 1
    return call


def _one_moment(work, happen, meter, call) -> bool:
    counter, fired = [call], []

    def now():
        fired.append(call)
        happen(meter)

    work(meter, Interrupted(meter.tables, counter, now), Interrupted(meter.objects, counter, now))
    return bool(fired)


def test_a_reader_sees_everything_once_whenever_a_fold_runs_beside_it():
    def read(meter, tables, objects):
        assert meter.read(UsageReader(tables, objects)) == meter.expected()

    assert every_moment(read, lambda meter: meter.fold()) > 8


def test_a_fold_is_right_whenever_another_fold_or_a_reader_runs_beside_it():
    def fold(meter, tables, objects):
        meter.fold(tables, objects)
        meter.check()
        meter.fold()
        meter.check()

    def beside(meter):
        meter.check()
        meter.fold()
        meter.check()

    assert every_moment(fold, beside) > 15


def test_a_fold_is_right_whenever_events_arrive_beside_it():
    def fold(meter, tables, objects):
        meter.fold(tables, objects)
        meter.check()
        meter.fold()
        meter.check()

    def arrive(meter):
        meter.send(7)
        meter.send(11)
        meter.send(12, 0, large=True)

    assert every_moment(fold, arrive) > 15


def test_a_batch_that_lands_in_a_listed_minute_is_folded_by_the_next_fold():
    meter = Meter()
    meter.send(0, 1, large=True)
    meter.fold()
    meter.send(2, 3, large=True)
    assert len({one.name.split("/")[4] for one in meter.objects.list("raw/")}) == 1
    meter.check()
    assert meter.fold().events == 2
    meter.check()


def test_a_write_that_took_too_long_is_not_acknowledged():
    meter = Meter()
    slow = Interrupted(meter.objects, [0], lambda: meter.clock.move(NOW + timedelta(minutes=2, seconds=1)))
    body = json.dumps([event(0), event(1)]).encode()
    intake = Intake(meter.tables, slow, meter.clock)
    with patch.object(accepting, "ITEM_BYTES", 0), pytest.raises(Unavailable):
        accept_usage(intake, SCHEMA, Delivery("org_a", "e", body, NOW))
    assert timedelta(minutes=SETTLED_AFTER_MINUTES) > accepting.ACKNOWLEDGE_WITHIN
    meter.send(0, 1, large=True)
    meter.fold()
    meter.check()


def test_the_manifest_stays_small_however_much_is_folded():
    meter = Meter()
    for number in range(40):
        meter.send(number % 13, (number + 1) % 13, large=True)
        meter.clock.move(meter.clock.now() + timedelta(minutes=1))
        meter.fold()
    manifest = read_manifest(meter.tables, "org_a", "e")
    assert len(list(meter.objects.list("raw/"))) == 40
    assert len(manifest.names) <= SETTLED_AFTER_MINUTES + 1
    meter.check()


def test_the_first_content_of_an_id_counts_and_the_other_is_reported():
    meter = Meter()
    meter.send(0, 1)
    meter.fold()
    meter.clock.move(NOW + timedelta(minutes=1))
    other = json.dumps([event(0, data={"n": 500}), event(2)]).encode()
    intake = Intake(meter.tables, meter.objects, meter.clock)
    assert accept_usage(intake, SCHEMA, Delivery("org_a", "e", other, NOW)).accepted == 2
    meter.acknowledged["id2"] = 2
    meter.check()
    assert meter.fold().conflicts == 1
    meter.check()
    bucket = read_bucket(meter.tables, "org_a", "e", "2025-07-01")
    assert [one.id for one in bucket.conflicts] == ["id0"]


def test_an_id_that_returns_on_another_day_counts_once_in_a_window_that_holds_both():
    meter = Meter()
    meter.send(0)
    meter.clock.move(NOW + timedelta(minutes=1))
    intake = Intake(meter.tables, meter.objects, meter.clock)
    moved = json.dumps([event(0, timestamp="2025-07-05T00:00:00Z"), event(1)]).encode()
    accept_usage(intake, SCHEMA, Delivery("org_a", "e", moved, NOW))
    meter.acknowledged["id1"] = 1
    meter.check()
    meter.fold()
    meter.check()


def test_a_window_holds_its_start_and_not_its_end_and_only_the_customers_asked_for():
    meter = Meter()
    meter.send(*range(6))
    for _ in range(2):
        first = START + timedelta(hours=7)
        found = read_events(
            meter.tables, meter.objects, "org_a", "e", frozenset({"zeta"}), first, START + timedelta(hours=35)
        )
        assert [one.id for one in found] == ["id1", "id3"]
        meter.fold()


def test_nothing_of_another_organisation_or_event_type_is_read():
    meter = mixed()
    meter.fold()
    everyone = frozenset(CUSTOMERS)
    for organisation, event_type in (("org_b", "e"), ("org_a", "f"), ("org_", "e"), ("org_a", "")):
        assert not list(read_events(meter.tables, meter.objects, organisation, event_type, everyone, START, END))
    partitions = {item.key.partition for item in meter.tables.scan()}
    assert partitions == {fold_partition("org_a", "e")}
    assert all(item.key.table is Table.USAGE for item in meter.tables.scan())
