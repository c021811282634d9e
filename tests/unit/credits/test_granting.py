"""Grants from terms, from invoices, and by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from pydantic import ValidationError

from usance.catalog.entitlement import ManualGrant
from usance.catalog.modifiers import GrantTerms
from usance.credits.burn_down import burn
from usance.credits.grant import Kept
from usance.credits.granting import Sold, grants_from, manual_grants


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def granted(sold=(), start="2025-01-31", end="2025-12-31", zone="UTC", until="2025-12-31", **terms):
    return grants_from(
        GrantTerms.model_validate({"entitlement": "calls", "type": "quantity", "amount": 100} | terms),
        id_prefix="ctr/calls",
        start=at(start),
        end=end and at(end),
        zone=zone,
        until=at(until),
        sold=sold,
    )


def spans(grants):
    return [(grant.id, grant.effective_at, grant.expires_at) for grant in grants]


def given(grants, until="2025-12-31"):
    return [entry.at for entry in burn(grants, [], at(until)).given]


class TestOnCreation:
    def test_once_and_for_ever(self):
        assert spans(granted()) == [("ctr/calls", at("2025-01-31"), None)]

    def test_once_for_a_while(self):
        # A month from 31 January is clamped.
        assert spans(granted(expires_after="P1M")) == [("ctr/calls", at("2025-01-31"), at("2025-02-28"))]

    def test_again_and_again_until_the_end(self):
        (grant,) = granted(every="P1M", end="2025-05-01")
        assert given([grant]) == [at(f"2025-{day}") for day in ("01-31", "02-28", "03-31", "04-30")]
        assert grant.expires_at == at("2025-05-01")

    def test_days_begin_in_the_zone(self):
        # Midnight in Paris is 23:00 UTC in winter, 22:00 in summer.
        (grant,) = granted(every="P1M", start="2025-02-28T23:00", end=None, zone="Europe/Paris")
        assert given([grant], "2025-05-01") == [at("2025-02-28T23:00"), at("2025-03-31T22:00"), at("2025-04-30T22:00")]

    def test_each_giving_expires_by_itself(self):
        grants = granted(every="P1M", expires_after="P3M", start="2025-01-01", until="2025-03-10")
        assert spans(grants) == [
            ("ctr/calls#0", at("2025-01-01"), at("2025-04-01")),
            ("ctr/calls#1", at("2025-02-01"), at("2025-05-01")),
            ("ctr/calls#2", at("2025-03-01"), at("2025-06-01")),
        ]
        assert sum(burn(grants, [], at("2025-03-10")).balances.values()) == 300

    def test_it_is_given_for_the_last_time_before_the_end(self):
        grants = granted(every="P1M", expires_after="P3M", start="2025-01-01", end="2025-03-01", until="2030-01-01")
        assert [grant.effective_at for grant in grants] == [at("2025-01-01"), at("2025-02-01")]

    @pytest.mark.parametrize(("expires_after", "balance"), [("P1M", 150), ("P2M", 150), ("P10D", 100)])
    def test_only_what_is_left_then_rolls_over(self, expires_after, balance):
        grants = granted(start="2025-01-01", every="P1M", expires_after=expires_after, rollover={"maximum": 50})
        assert sum(burn(grants, [], at("2025-02-01")).balances.values()) == balance

    def test_one_that_begins_at_the_moment_is_there(self):
        assert spans(granted(until="2025-01-31")) == [("ctr/calls", at("2025-01-31"), None)]

    def test_one_that_begins_with_the_end_is_given_once(self):
        assert spans(granted(every="P1M", start="2025-01-31", end="2025-01-31")) == [
            ("ctr/calls", at("2025-01-31"), at("2025-02-28"))
        ]

    def test_what_lasts_no_longer_than_until_it_is_given_again_goes_before_a_later_expiry(self):
        (monthly,) = granted(every="P1M", start="2025-01-01")
        (other,) = granted(expires_after="P3M", start="2025-01-01")
        assert monthly.lapses_when_given_again is True
        assert monthly.rank() < other.rank()
        assert monthly.rank()[1] == at("2025-02-01")

    def test_each_that_expires_by_itself_rolls_nothing_over(self):
        grants = granted(every="P1M", expires_after="P10D", rollover={"maximum": 50}, start="2025-01-01")
        assert {grant.rollover for grant in grants} == {None}

    def test_each_expires_by_the_days_of_the_zone(self):
        # Paris: from midnight of 15 March (23:00 UTC before) to midnight of 15 April, in summer time
        grants = granted(
            every="P1M", expires_after="P1M", start="2025-03-14T23:00", zone="Europe/Paris", until="2025-04-01"
        )
        assert spans(grants) == [("ctr/calls#0", at("2025-03-14T23:00"), at("2025-04-14T22:00"))]

    def test_it_carries_what_its_terms_say(self):
        terms = {"type": "credits", "priority": 7, "every": "P1M", "rollover": {"maximum": 50, "minimum": 20}}
        (grant,) = granted(**terms, unit="TOK", label="Tokens")
        assert (grant.entitlement, grant.type, grant.amount) == ("calls", "credits", 100)
        assert (grant.priority, grant.unit, grant.label, grant.source) == (7, "TOK", "Tokens", "ctr/calls")
        assert grant.rollover == Kept(Decimal(50), Decimal(20))
        assert grant.cycle is None

    def test_an_endless_one_is_not_worked_out_to_the_end(self):
        assert len(granted(every="P1D", expires_after="P2D", end=None, start="2025-01-01", until="2025-01-05")) == 5

    def test_nothing_before_it_starts(self):
        assert granted(until="2025-01-30") == ()


class TestOnInvoices:
    sold = (
        Sold(at("2025-02-01"), cycle_end=at("2025-03-01")),
        Sold(at("2025-01-01"), at("2025-01-03"), at("2025-01-20"), at("2025-02-01")),
    )

    def test_with_each_invoice_from_its_period_on(self):
        assert spans(granted(self.sold, on="approval")) == [("ctr/calls/2025-01-01", at("2025-01-01"), None)]

    def test_each_of_several_says_which_period_gave_it(self):
        # midnight in Paris; the day before in UTC
        sold = [
            Sold(at("2025-01-31T23:00"), at("2025-02-01"), None, at("2025-02-28T23:00")),
            Sold(at("2024-12-31T23:00"), at("2025-01-01"), None, at("2025-01-31T23:00")),
        ]
        grants = granted(sold, on="approval", zone="Europe/Paris")
        assert [(grant.id, grant.cycle) for grant in grants] == [
            ("ctr/calls/2025-01-01", date(2025, 1, 1)),
            ("ctr/calls/2025-02-01", date(2025, 2, 1)),
        ]
        assert {grant.source for grant in grants} == {"ctr/calls"}

    def test_from_when_it_was_paid(self):
        terms = {"on": "payment", "expires_after": "P1W"}
        assert spans(granted(self.sold, **terms)) == [("ctr/calls/2025-01-01", at("2025-01-20"), at("2025-01-27"))]

    def test_an_annual_invoice_gives_each_month_of_its_year(self):
        year = Sold(at("2025-01-01"), at("2025-01-01"), None, at("2026-01-01"))
        (grant,) = granted([year], on="approval", every="P1M", end=None, until="2027-01-01")
        assert given([grant], "2027-01-01") == [datetime(2025, month, 1, tzinfo=UTC) for month in range(1, 13)]
        assert grant.expires_at == at("2026-01-01")

    def test_what_is_paid_late_lasts_by_the_days_of_the_zone(self):
        # paid on midnight of 15 March in Paris (winter), for a month (summer)
        late = Sold(at("2025-01-01"), None, at("2025-03-14T23:00"), at("2025-02-01"))
        for more in ({}, {"expires_after": "P1M"}):
            (grant,) = granted([late], on="payment", every="P1M", zone="Europe/Paris", **more)
            assert grant.expires_at == at("2025-04-14T22:00")

    def test_what_is_paid_late_expires_after_its_own_time(self):
        late = Sold(at("2025-01-01"), None, at("2025-02-10"), at("2025-02-01"))
        (grant,) = granted([late], on="payment", every="P1M", expires_after="P1W")
        assert grant.expires_at == at("2025-02-17")

    def test_what_is_paid_late_is_given_once(self):
        late = Sold(at("2025-01-01"), at("2025-02-01"), at("2025-02-10"), at("2025-02-01"))
        assert spans(granted([late], on="payment", every="P1M")) == [
            ("ctr/calls/2025-01-01", at("2025-02-10"), at("2025-03-10"))
        ]


class TestByHand:
    def made(self, **document):
        written = ManualGrant.model_validate({"entitlement": "calls", "type": "quantity", "amount": "5"} | document)
        recorded = at("2025-01-10T12:00")
        return manual_grants(
            written, id_prefix="grt_1", recorded_at=recorded, zone="Europe/Paris", until=at("2025-12-31")
        )

    def test_from_when_it_is_recorded(self):
        assert spans(self.made()) == [("grt_1", at("2025-01-10T12:00"), None)]
        assert self.made()[0].amount == Decimal(5)

    def test_it_carries_what_the_document_says(self):
        (grant,) = self.made(
            type="credits", priority=9, every="P1M", rollover={"maximum": 3, "minimum": 1}, unit="TOK", label="Sorry"
        )
        assert (grant.entitlement, grant.type, grant.priority) == ("calls", "credits", 9)
        assert (grant.unit, grant.label, grant.source) == ("TOK", "Sorry", "grt_1")
        assert grant.rollover == Kept(Decimal(3), Decimal(1))

    def test_for_a_while(self):
        # by the clock of Paris: 12:00 UTC is 13:00 there, also a month later
        assert spans(self.made(expires_after="P1M")) == [("grt_1", at("2025-01-10T12:00"), at("2025-02-10T12:00"))]

    def test_one_that_ends_when_it_is_recorded_is_none(self):
        assert self.made(expires_at="2025-01-10T12:00:00Z") == ()
        assert len(self.made(expires_at="2025-01-10T12:00:01Z")) == 1

    def test_days_are_covered_whole_in_the_zone(self):
        grants = self.made(effective_on="2025-03-30", expires_on="2025-03-30")
        # The day on which the clocks change in Paris, from 23:00 UTC to 22:00 UTC.
        assert spans(grants) == [("grt_1", at("2025-03-29T23:00"), at("2025-03-30T22:00"))]

    def test_instants(self):
        grants = self.made(effective_at="2025-01-01T00:00:00Z", expires_at="2025-01-02T00:00:00Z")
        assert spans(grants) == [("grt_1", at("2025-01-01"), at("2025-01-02"))]

    def test_again_and_again_until_its_last_day(self):
        grants = self.made(effective_on="2025-01-01", every="P1M", expires_on="2025-03-05", rollover={"maximum": 1})
        assert len(given(grants)) == 3
        assert grants[0].expires_at == at("2025-03-05T23:00")

    def test_one_that_was_over_before_it_was_recorded_is_none(self):
        assert self.made(expires_on="2025-01-05", every="P1M") == ()

    def test_all_that_is_wrong_is_said_at_once(self):
        with pytest.raises(ValidationError) as refused:
            self.made(
                effective_on="2025-02-01",
                effective_at="2025-02-01T00:00:00Z",
                expires_on="2025-01-01",
                expires_after="P1M",
                rollover={"maximum": 1},
            )
        faults = refused.value.errors()[0]["ctx"]["faults"]
        assert [(fault.pointer, fault.code) for fault in faults] == [
            ("/effective_at", "contradictory"),
            ("/expires_after", "contradictory"),
            ("/rollover", "contradictory"),
            ("/expires_on", "ends_before_start"),
        ]

    @pytest.mark.parametrize(
        "dates",
        [
            {"effective_at": "2025-01-02T00:00:00Z", "expires_at": "2025-01-02T00:00:00Z"},
            {"expires_on": "9999-12-31"},
        ],
    )
    def test_impossible_ends_are_refused(self, dates):
        with pytest.raises(ValidationError, match="/expires_"):
            self.made(**dates)


class TestFeatures:
    def feature(self, **terms):
        return granted(type="feature", amount=None, **terms)

    def test_it_is_had_for_as_long_as_what_gives_it(self):
        assert spans(self.feature(start="2025-01-01", end="2026-01-01")) == [
            ("ctr/calls", at("2025-01-01"), at("2026-01-01"))
        ]
        assert spans(self.feature(start="2025-01-01", end=None)) == [("ctr/calls", at("2025-01-01"), None)]

    def test_or_for_as_long_as_it_says(self):
        assert spans(self.feature(start="2025-01-01", expires_after="P1M")) == [
            ("ctr/calls", at("2025-01-01"), at("2025-02-01"))
        ]

    def test_with_an_invoice_until_the_period_ends(self):
        july = Sold(at("2025-07-01"), at("2025-07-01"), at("2025-07-10"), at("2025-08-01"))
        (approved,) = self.feature(on="approval", sold=[july])
        (paid,) = self.feature(on="payment", sold=[july])
        assert (approved.effective_at, approved.expires_at) == (at("2025-07-01"), at("2025-08-01"))
        assert (paid.effective_at, paid.expires_at) == (at("2025-07-10"), at("2025-08-01"))
