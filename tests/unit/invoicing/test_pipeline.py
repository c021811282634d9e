"""From a contract's facts to the lines that have to be issued, on figures worked by hand."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from usance.catalog.metric import Metric
from usance.contract.amendment import Amendment
from usance.contract.contract import Contract
from usance.contract.timeline import RecordedAmendment
from usance.invoicing.document import Document, DocumentKind
from usance.invoicing.postings import issue_entry
from usance.invoicing.unpriced import unpriced
from usance.kernel.derivation import evaluate
from usance.kernel.errors import CannotBill
from usance.metering.aggregate import measure
from usance.metering.event import Event
from usance.pipeline import (
    ContractFacts,
    counted_events,
    document,
    draft,
    due_moments,
    issued_lines,
    numbered,
    windows,
)

SEATS = {"id": "seats", "product": "Seats", "quantity": 10, "prices": {"model": "per_unit", "unit_amount": "10.00"}}
COMPUTE = {
    "id": "compute",
    "product": "Compute",
    "quantity": {"metric": "cpu"},
    "prices": {"model": "per_unit", "unit_amount": "0.05"},
}


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def used(text: str, hours: str, name: str = "") -> Event:
    return Event(name or f"e-{text}-{hours}", "compute", "acme", day(text), {"hours": hours})


class Books:
    """A contract with its usage and what was issued for it so far."""

    def __init__(self, *items, usage: Sequence[Event] = (), currency: str = "USD", zone: str = "UTC", **terms):
        made = Contract.model_validate({"starts_on": "2025-07-01", "items": items, **terms})
        metric = Metric.model_validate({"event_type": "compute", "aggregate": "sum", "field": "hours"})
        self.facts = ContractFacts("org_1", "ctr_1", "cus_1", currency, zone, made, {"cpu": metric})
        self.usage = list(usage)
        self.issued: list[Document] = []

    def draft(self, at: str):
        moment = day(at)
        metric = self.facts.metrics["cpu"]
        measured = {
            w: measure(metric, self.facts.countable(w, self.usage), w.start, w.end) for w in windows(self.facts, moment)
        }
        return draft(self.facts, measured, moment)

    def run(self, at: str) -> list[tuple[str, str, str, str]]:
        """Bill at a moment; the lines issued as (item or kind, first day, last day, amount)."""
        made = self.draft(at)
        if made is None:
            return []
        issued = numbered(document(self.facts, made, day(at)), len(self.issued) + 1)
        self.issued.append(issued)
        on = dict(self.facts.documents_on or {})
        on[issued.bill_on] = on.get(issued.bill_on, 0) + 1
        lines = (*self.facts.issued, *issued_lines(issued))
        evidence = {place: [event.id for event in events] for place, events in made.evidence.items()}
        counted = {**self.facts.counted, **counted_events(self.facts.contract, issued, evidence)}
        self.facts = replace(self.facts, issued=lines, documents_on=on, counted=counted)
        assert issued.total.amount == sum(line.amount.amount for line in issued.lines)
        assert all(evaluate(line.derivation) == line.amount.amount for line in issued.lines)
        entry = issue_entry(issued)
        assert entry is None or sum(posting.amount.minor for posting in entry.postings) == 0
        return [
            (
                f"{line.item or line.kind}" + (" adjusted" if line.kind == "adjustment" else ""),
                str(line.period.start),
                str(line.period.last_day),
                str(line.amount),
            )
            for line in issued.lines
        ]

    def amend(self, at: str, **change) -> None:
        recorded = RecordedAmendment(day(at), Amendment.model_validate(change))
        self.facts = replace(self.facts, amendments=(*self.facts.amendments, recorded))


def test_a_second_run_finds_nothing_to_do():
    books = Books(SEATS)
    assert books.run("2025-07-01") == [("seats", "2025-07-01", "2025-07-31", "100.00")]
    assert books.run("2025-07-01") == []
    assert books.run("2025-07-20") == []


def test_catching_up_bills_every_period_on_one_document():
    assert Books(SEATS).run("2025-08-15") == [
        ("seats", "2025-07-01", "2025-07-31", "100.00"),
        ("seats", "2025-08-01", "2025-08-31", "100.00"),
    ]


def test_usage_and_fees_on_one_invoice_with_their_two_windows():
    books = Books(SEATS, COMPUTE, usage=[used("2025-07-03", "12.5"), used("2025-07-31T23:59:59.999999", "7.5")])
    books.run("2025-07-01")
    assert books.run("2025-08-01") == [
        ("seats", "2025-08-01", "2025-08-31", "100.00"),
        ("compute", "2025-07-01", "2025-07-31", "1.00"),  # 20 hours x 0.05
    ]


def test_an_event_on_the_boundary_belongs_to_the_later_period():
    books = Books(COMPUTE, usage=[used("2025-08-01", "20")])
    assert books.run("2025-08-01") == [("compute", "2025-07-01", "2025-07-31", "0.00")]
    assert books.run("2025-09-01") == [("compute", "2025-08-01", "2025-08-31", "1.00")]


def test_days_are_cut_in_the_contracts_zone():
    # Midnight in New York is 04:00 UTC in summer: 03:59 on 1 August is still July there.
    books = Books(COMPUTE, usage=[used("2025-08-01T03:59:00", "20")], zone="America/New_York")
    assert books.run("2025-08-01T03:59:59") == []
    assert books.run("2025-08-01T04:00:00") == [("compute", "2025-07-01", "2025-07-31", "1.00")]


class TestProration:
    def test_opening_and_closing_stubs_have_different_divisors(self):
        # 14 of the 30 days of 15 June to 14 July; 17 of the 31 days of 15 August to 14 September.
        books = Books(SEATS, ends_on="2025-08-31", anchor=15)
        assert books.run("2025-08-15") == [
            ("seats", "2025-07-01", "2025-07-14", "46.67"),
            ("seats", "2025-07-15", "2025-08-14", "100.00"),
            ("seats", "2025-08-15", "2025-08-31", "54.84"),
        ]

    def test_a_price_that_changes_within_a_period_cuts_it(self):
        prices = [
            {"model": "per_unit", "unit_amount": "10.00"},
            {"from": "2025-07-11", "model": "per_unit", "unit_amount": "31.00"},
        ]
        # 10 x 10 x 10/31 = 32.258…; 10 x 31 x 21/31 = 210
        assert Books({**SEATS, "prices": prices}).run("2025-07-01") == [
            ("seats", "2025-07-01", "2025-07-10", "32.26"),
            ("seats", "2025-07-11", "2025-07-31", "210.00"),
        ]

    def test_can_be_switched_off(self):
        books = Books(SEATS, ends_on="2025-08-10", proration="none")
        assert books.run("2025-08-01")[-1] == ("seats", "2025-08-01", "2025-08-10", "100.00")

    def test_point_in_time_items_never_prorate(self):
        fee = {**SEATS, "product": {"name": "Report", "kind": "point_in_time"}}
        assert Books(fee, ends_on="2025-08-10").run("2025-08-01")[-1] == ("seats", "2025-08-01", "2025-08-10", "100.00")


class TestAdjustments:
    def seats_added(self, **terms) -> Books:
        entries = {"entries": [{"from": "2025-07-01", "value": 10}, {"from": "2025-07-16", "value": 15}]}
        return Books({**SEATS, "quantity": entries}, **terms)

    def test_a_seat_added_later_is_charged_for_its_days_on_the_next_document(self):
        books = self.seats_added()
        assert books.run("2025-07-01") == [("seats", "2025-07-01", "2025-07-31", "100.00")]
        assert books.run("2025-07-16") == []
        # July should be 100 x 15/31 + 150 x 16/31 = 48.39 + 77.42 = 125.81
        assert books.run("2025-08-01") == [
            ("seats", "2025-08-01", "2025-08-31", "150.00"),
            ("seats adjusted", "2025-07-01", "2025-07-31", "25.81"),
        ]
        assert books.run("2025-08-01") == []

    def test_or_at_once_when_the_contract_says_so(self):
        books = self.seats_added(adjustments="immediate")
        books.run("2025-07-01")
        assert books.run("2025-07-16") == [("seats adjusted", "2025-07-01", "2025-07-31", "25.81")]

    def test_or_when_no_other_document_will_come(self):
        books = self.seats_added(ends_on="2025-07-31")
        books.run("2025-07-01")
        assert books.run("2025-07-16") == [("seats adjusted", "2025-07-01", "2025-07-31", "25.81")]

    def test_late_usage_is_an_adjustment_of_its_own_period(self):
        books = Books(COMPUTE, usage=[used("2025-07-03", "20")])
        books.run("2025-08-01")
        books.usage.append(used("2025-07-30", "3"))
        assert books.run("2025-08-02") == []
        assert books.run("2025-09-01") == [
            ("compute", "2025-08-01", "2025-08-31", "0.00"),
            ("compute adjusted", "2025-07-01", "2025-07-31", "0.15"),
        ]

    def test_late_usage_can_be_ignored(self):
        books = Books(COMPUTE, usage=[], late_usage="ignore")
        books.run("2025-08-01")
        books.usage.append(used("2025-07-30", "3"))
        assert books.run("2025-09-01") == [("compute", "2025-08-01", "2025-08-31", "0.00")]

    def test_a_price_lowered_backwards_gives_a_credit_note_when_it_outweighs_the_rest(self):
        books = Books(SEATS, ends_on="2025-07-31", tax="10")
        assert books.run("2025-07-01")[-1] == ("tax", "2025-07-01", "2025-07-31", "10.00")
        change = {"model": "per_unit", "unit_amount": "9.00"}
        books.amend("2025-07-10", effective_on="2025-07-01", item="seats", prices=change)
        assert books.run("2025-07-10") == [
            ("seats adjusted", "2025-07-01", "2025-07-31", "-10.00"),
            ("tax", "2025-07-01", "2025-07-31", "-1.00"),
        ]
        assert books.issued[-1].kind is DocumentKind.CREDIT_NOTE
        assert books.issued[-1].number == "CN-000002"

    def test_a_flapping_amendment_leaves_nothing_to_do(self):
        books = Books(SEATS)
        books.run("2025-07-01")
        for amount in ("9.00", "8.00", "10.00"):
            change = {"model": "per_unit", "unit_amount": amount}
            books.amend("2025-07-10", effective_on="2025-07-01", item="seats", prices=change)
        assert books.run("2025-08-01") == [("seats", "2025-08-01", "2025-08-31", "100.00")]


class TestTax:
    def test_is_rounded_on_each_line_and_summed(self):
        # 7.25% of 0.15 and of 0.15: 0.010875 each, 0.01 each, 0.02 together (of 0.30 at once it would be 0.02175)
        small = {**SEATS, "quantity": 1, "prices": {"model": "flat", "amount": "0.15"}}
        books = Books(small, {**small, "id": "other"}, tax={"percentage": "7.25", "label": "Sales tax"})
        assert books.run("2025-07-01")[-1] == ("tax", "2025-07-01", "2025-07-31", "0.02")
        assert (str(books.issued[0].subtotal), str(books.issued[0].tax), str(books.issued[0].total)) == (
            "0.30",
            "0.02",
            "0.32",
        )

    def test_an_items_rate_takes_precedence(self):
        books = Books({**SEATS, "tax": "5"}, {**SEATS, "id": "more"}, tax="20")
        assert [line for line in books.run("2025-07-01") if line[0] == "tax"] == [
            ("tax", "2025-07-01", "2025-07-31", "5.00"),
            ("tax", "2025-07-01", "2025-07-31", "20.00"),
        ]


class TestRounding:
    @pytest.mark.parametrize(("currency", "expected"), [("JPY", "13"), ("USD", "12.50"), ("KWD", "12.500")])
    def test_to_the_currencys_minor_unit_half_away_from_zero(self, currency, expected):
        item = {**SEATS, "quantity": "1.25"}
        assert Books(item, currency=currency).run("2025-07-01")[0][3] == expected


class TestZeroAndGuards:
    def test_a_zero_total_is_issued_unless_skipped(self):
        assert Books(COMPUTE).run("2025-08-01") == [("compute", "2025-07-01", "2025-07-31", "0.00")]
        assert Books(COMPUTE, skip_zero=True).run("2025-08-01") == []

    def test_more_than_36_months_to_catch_up_parks(self):
        with pytest.raises(CannotBill, match="36 months"):
            Books(SEATS, starts_on="2020-01-01").run("2025-07-01")

    def test_a_negative_total_of_a_tiered_price_costs_nothing_and_is_reported(self):
        tiers = {"model": "tiered", "tiers": [{"up_to": None, "unit_amount": "1", "flat_amount": "5"}]}
        books = Books({**COMPUTE, "prices": tiers}, usage=[used("2025-07-03", "-2")])
        assert books.run("2025-08-01") == [("compute", "2025-07-01", "2025-07-31", "0.00")]
        (told,) = unpriced(books.issued[0].lines)
        assert "'compute' has a quantity of -2 in 2025-07-01 to 2025-07-31" in told
        assert not [*unpriced(books.issued[0].lines[1:])]

    def test_two_drafts_of_one_day_make_documents_with_different_ids(self):
        books = Books(SEATS, COMPUTE, adjustments="immediate", usage=[used("2025-07-03", "20")])
        books.run("2025-08-01")
        books.usage.append(used("2025-07-04", "20"))
        books.run("2025-08-01")
        assert len({one.id for one in books.issued}) == 2


def test_due_moments_are_those_of_real_months():
    books = Books(SEATS, COMPUTE, zone="America/New_York")
    found = due_moments(books.facts, None, day("2025-09-01"))
    assert [moment.isoformat() for moment in found] == ["2025-07-01T04:00:00+00:00", "2025-08-01T04:00:00+00:00"]
    assert due_moments(books.facts, found[0], day("2025-09-01")) == found[1:]


def test_a_document_survives_being_written_and_read():
    books = Books(SEATS, COMPUTE, usage=[used("2025-07-03", "12.5")], tax="10")
    books.run("2025-08-01")
    assert Document.from_json(books.issued[0].to_json()) == books.issued[0]
    assert books.issued[0].lines[-2].usage == ((date(2025, 7, 3), Decimal("12.5")),)
