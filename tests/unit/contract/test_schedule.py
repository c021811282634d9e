"""What falls due when, and what a contract is at a moment."""

from datetime import UTC, date, datetime
from itertools import islice

import pytest
from pydantic import ValidationError

from usance.contract.amendment import Amendment
from usance.contract.contract import Contract
from usance.contract.schedule import billing_periods, next_due
from usance.contract.timeline import RecordedAmendment, Timeline, timeline
from usance.kernel.errors import CannotBill

PRICE = {"model": "per_unit", "unit_amount": "10.00"}


def contract(**terms) -> Contract:
    item = {"id": "seats", "product": "Seats", "quantity": 10, "prices": PRICE, **terms.pop("item", {})}
    return Contract.model_validate({"starts_on": "2025-07-01", "items": [item], **terms})


def at(made: Contract, day: date, *amendments: RecordedAmendment) -> Timeline:
    return timeline(made, amendments, datetime(day.year, day.month, day.day, tzinfo=UTC), day)


def dues(made: Contract, until: date) -> list[tuple[str, str, str]]:
    moment = at(made, until)
    return [
        (str(due.service), str(due.full), due.bill_on.isoformat())
        for due in billing_periods(made, moment.items[0], until)
    ]


def test_in_advance_on_the_first_day():
    assert dues(contract(), date(2025, 8, 1)) == [
        ("2025-07-01 to 2025-07-31", "2025-07-01 to 2025-07-31", "2025-07-01"),
        ("2025-08-01 to 2025-08-31", "2025-08-01 to 2025-08-31", "2025-08-01"),
    ]


def test_metered_in_arrears_after_the_last_day():
    made = contract(item={"quantity": {"metric": "cpu"}})
    assert dues(made, date(2025, 7, 31)) == []
    assert dues(made, date(2025, 8, 1)) == [("2025-07-01 to 2025-07-31", "2025-07-01 to 2025-07-31", "2025-08-01")]


def test_stubs_are_measured_by_the_cycle_that_holds_them():
    # Anchored on the 15th: an opening stub of 14 days within 06-15..07-14, a closing one of 17 within 08-15..09-14.
    made = contract(ends_on="2025-08-31", anchor=15)
    assert dues(made, date(2025, 12, 1)) == [
        ("2025-07-01 to 2025-07-14", "2025-06-15 to 2025-07-14", "2025-07-01"),
        ("2025-07-15 to 2025-08-14", "2025-07-15 to 2025-08-14", "2025-07-15"),
        ("2025-08-15 to 2025-08-31", "2025-08-15 to 2025-09-14", "2025-08-15"),
    ]


def test_day_31_clamps_and_returns():
    made = contract(starts_on="2025-01-31")
    starts = [
        due.service.start.isoformat()
        for due in islice(billing_periods(made, at(made, date(2025, 5, 1)).items[0], date(2025, 5, 31)), 5)
    ]
    assert starts == ["2025-01-31", "2025-02-28", "2025-03-31", "2025-04-30", "2025-05-31"]


def test_once():
    made = contract(item={"billing": {"once_on": "2025-07-10"}})
    assert dues(made, date(2025, 7, 9)) == []
    assert [due[2] for due in dues(made, date(2026, 7, 9))] == ["2025-07-10"]


def test_next_due_is_none_when_nothing_will_fall_due_any_more():
    made = contract(ends_on="2025-08-31")
    assert next_due(at(made, date(2025, 7, 1)), date(2025, 7, 1)) == date(2025, 8, 1)
    assert next_due(at(made, date(2025, 8, 1)), date(2025, 8, 1)) is None


class TestTimeline:
    def test_a_dated_quantity_counts_from_its_own_day(self):
        entries = {"entries": [{"from": "2025-07-01", "value": 10}, {"from": "2025-07-16", "value": 15}]}
        made = contract(item={"quantity": entries})
        assert at(made, date(2025, 7, 15)).items[0].quantities == ((date(2025, 7, 1), 10),)
        assert at(made, date(2025, 7, 16)).items[0].quantity_on(date(2025, 7, 20)) == 15

    def test_an_amendment_is_seen_from_when_it_was_recorded_and_holds_from_when_it_is_effective(self):
        made = contract()
        amendment = Amendment.model_validate(
            {"effective_on": "2025-08-01", "item": "seats", "prices": {"model": "per_unit", "unit_amount": "9.00"}}
        )
        recorded = RecordedAmendment(datetime(2025, 8, 20, 9, tzinfo=UTC), amendment)
        before, after = at(made, date(2025, 8, 20), recorded), at(made, date(2025, 8, 21), recorded)
        assert [version.version for version in before.items[0].prices] == [1]
        assert after.items[0].price_on(date(2025, 7, 31)).version == 1
        assert after.items[0].price_on(date(2025, 8, 1)).version == 2

    def test_a_later_recorded_amendment_replaces_what_was_agreed_from_its_day_on(self):
        made = contract()
        steps = [
            RecordedAmendment(
                datetime(2025, 7, day, tzinfo=UTC),
                Amendment.model_validate({"effective_on": effective, "item": "seats", "quantity": quantity}),
            )
            for day, effective, quantity in [(10, "2025-07-10", 12), (11, "2025-07-05", 20)]
        ]
        assert at(made, date(2025, 7, 31), *steps).items[0].quantities == (
            (date(2025, 7, 1), 10),
            (date(2025, 7, 5), 20),
        )

    def test_an_amendment_of_nothing_parks_the_contract(self):
        amendment = Amendment.model_validate({"effective_on": "2025-07-02", "item": "chairs", "quantity": 1})
        with pytest.raises(CannotBill, match="chairs"):
            at(contract(), date(2025, 8, 1), RecordedAmendment(datetime(2025, 7, 2, tzinfo=UTC), amendment))


class TestRefused:
    def faults(self, **terms):
        with pytest.raises(ValidationError) as caught:
            contract(**terms)
        return [fault for error in caught.value.errors() for fault in error.get("ctx", {}).get("faults", ())]

    def test_all_that_contradicts_itself_at_once(self):
        found = self.faults(
            ends_on="2025-06-30",
            item={"prices": {**PRICE, "from": "2025-09-01"}, "starts_on": "2025-06-01"},
        )
        assert [(fault.pointer, fault.code) for fault in found] == [
            ("/ends_on", "ends_before_start"),
            ("/items/0/starts_on", "starts_before_contract"),
            ("/items/0/prices/0/from", "price_gap"),
        ]

    @pytest.mark.parametrize(
        "item",
        [
            {"billing": {"every": "P1M", "once_on": "2025-07-10"}},
            {"billing": {"every": "P0M"}},
            {"quantity": {"metric": "cpu", "value": 1}},
            {"quantity": {"entries": []}},
            {"quantity": {"entries": [{"from": "2025-07-02", "value": 1}, {"from": "2025-07-01", "value": 1}]}},
            {"prices": []},
            {"prices": [PRICE, PRICE]},
            {"prices": [PRICE, {**PRICE, "from": "2025-09-01"}, {**PRICE, "from": "2025-08-01"}]},
            {"surprise": 1},
        ],
    )
    def test_items_that_make_no_sense(self, item):
        with pytest.raises(ValidationError):
            contract(item=item)
