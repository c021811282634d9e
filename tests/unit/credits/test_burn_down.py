"""Burn-down by hand: order of use, waiting, refills."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.burned import FEBRUARY, JANUARY, MARCH, day, every, grant, numbers, use
from usance.credits.burn_down import burn
from usance.credits.entries import Draw, Given, Lapse
from usance.credits.grant import Kept


class TestOrder:
    def test_what_is_granted_reduces_what_is_priced(self):
        burned = burn([grant("g", 1000)], [use("june", day(5), 1400)], FEBRUARY)
        assert burned.overage == (("june", 400),)
        assert burned.draws == (Draw("g", "june", day(5), Decimal(1000)),)
        assert numbers(burned) == {"g": 0}

    @pytest.mark.parametrize(("amount", "left"), [("1", "9"), ("0.5", "9.5"), ("0", "10")])
    def test_one_unit_and_less(self, amount, left):
        burned = burn([grant("g", 10)], [use("u", day(2), amount)], FEBRUARY)
        assert burned.balances == {"g": Decimal(left)}
        assert burned.overage == ()

    def test_fractions_of_a_unit(self):
        # 100 GB less 45.2 GB.
        assert burn([grant("g", 100)], [use("u", day(2), "45.2")], FEBRUARY).balances == {"g": Decimal("54.8")}

    @pytest.mark.parametrize(
        ("first", "then"),
        [
            ({"priority": 1, "expires_at": MARCH}, {"priority": 2, "expires_at": FEBRUARY}),
            ({"expires_at": FEBRUARY}, {"expires_at": MARCH}),
            ({"expires_at": MARCH}, {}),
            ({"at": JANUARY}, {"at": day(2)}),
        ],
        ids=["priority", "earlier expiry", "never is last", "oldest"],
    )
    def test_which_is_used_first(self, first, then):
        grants = [grant("a", 10, **then), grant("b", 10, **first)]
        burned = burn(grants, [use("u", day(5), 13)], day(6))
        assert [(draw.grant, int(draw.amount)) for draw in burned.draws] == [("b", 10), ("a", 3)]

    def test_equal_ones_go_by_id(self):
        burned = burn([grant("b", 10), grant("a", 10)], [use("u", day(5), 13)], day(6))
        assert numbers(burned) == {"a": 0, "b": 7}

    def test_what_lapses_when_it_is_given_again_counts_as_expiring_then(self):
        monthly = grant("monthly", 10, recurrence=every("P1M"), lapses_when_given_again=True)
        to_the_20th = grant("short", 10, expires_at=day(20))
        to_the_10th_of_february = grant("long", 10, expires_at=FEBRUARY + timedelta(days=9))
        grants = [monthly, to_the_20th, to_the_10th_of_february]
        # In January the monthly one lapses on 1 February: after the short one and before the long one.
        assert numbers(burn(grants, [use("u", day(5), 15)], day(6))) == {"short": 0, "monthly": 5, "long": 10}
        # In February it lapses on 1 March, and the long one goes first.
        later = [use("u", FEBRUARY, 5, MARCH)]
        assert numbers(burn(grants, later, day(40))) == {"short": 0, "monthly": 10, "long": 5}

    def test_uses_of_one_instant_go_by_ref(self):
        uses = [use("z", day(5), 8), use("a", day(5), 8)]
        burned = burn([grant("g", 10)], uses, FEBRUARY)
        assert burned.overage == (("z", 6),)

    def test_two_grants_of_one_id_are_refused(self):
        with pytest.raises(ValueError, match="two grants"):
            burn([grant("g", 1), grant("g", 2)], [], FEBRUARY)


class TestTime:
    def test_an_expired_grant_covers_nothing_and_its_rest_is_lost(self):
        burned = burn([grant("g", 10, expires_at=day(5))], [use("a", day(4), 4), use("b", day(5), 4)], FEBRUARY)
        assert burned.expired == (Lapse("g", day(5), Decimal(6), "expired"),)
        assert burned.overage == (("b", 4),)

    def test_a_withdrawn_grant_loses_its_rest_then(self):
        burned = burn([grant("g", 10, voided_at=day(5), expires_at=day(9))], [use("a", day(4), 4)], FEBRUARY)
        assert burned.expired == (Lapse("g", day(5), Decimal(6), "voided"),)

    def test_a_later_grant_covers_what_waits(self):
        burned = burn([grant("g", 10, day(20))], [use("a", day(3), 4)], FEBRUARY)
        assert burned.draws == (Draw("g", "a", day(20), Decimal(4)),)

    def test_a_grant_that_begins_when_the_period_ends_is_too_late(self):
        burned = burn([grant("g", 10, FEBRUARY)], [use("a", day(3), 4)], MARCH)
        assert burned.overage == (("a", 4),)
        assert numbers(burned) == {"g": 10}

    def test_until_the_period_ends_what_is_not_covered_waits(self):
        uses = [use("a", day(3), 14)]
        early, late = burn([grant("g", 10)], uses, day(31)), burn([grant("g", 10)], uses, FEBRUARY)
        assert early.waiting == (use("a", day(3), 4),)
        assert early.overage == ()
        assert early.uncovered == late.uncovered == 4
        assert (late.waiting, late.overage) == ((), (("a", 4),))

    def test_what_waited_first_is_covered_first_and_others_go_on_waiting(self):
        january, february = use("old", day(3), 5), use("new", FEBRUARY, 5, MARCH)
        burned = burn([grant("g", 3, day(40))], [february, january], day(41))
        # January is over: only February waits for what begins on 9 February.
        assert burned.overage == (("old", 5),)
        assert burned.waiting == (use("new", FEBRUARY, 2, MARCH),)

    def test_a_moment_has_what_is_given_then_and_not_what_is_used_then(self):
        grants = [grant("old", 10, expires_at=day(5)), grant("new", 10, day(5))]
        burned = burn(grants, [use("a", day(5), 4)], day(5))
        assert numbers(burned) == {"old": 0, "new": 10}

    def test_a_grant_not_begun_has_nothing_yet(self):
        assert numbers(burn([grant("g", 10, day(9))], [], day(8))) == {"g": 0}

    def test_one_that_ends_before_it_begins_never_is(self):
        burned = burn([grant("g", 10, day(9), expires_at=day(9))], [use("a", day(9), 1)], FEBRUARY)
        assert (burned.given, burned.expired, burned.overage) == ((), (), (("a", 1),))


class TestRefills:
    def test_each_month_anew(self):
        monthly = grant("g", 100, recurrence=every("P1M"))
        uses = [use("jan", day(5), 30), use("feb", FEBRUARY, 120, MARCH)]
        burned = burn([monthly], uses, MARCH)
        assert burned.given == tuple(Given("g", at, Decimal(100)) for at in (JANUARY, FEBRUARY, MARCH))
        assert burned.expired == (Lapse("g", FEBRUARY, Decimal(70), "given_again"),)
        assert burned.overage == (("feb", 20),)

    @pytest.mark.parametrize(
        ("kept", "used", "balance"),
        [
            (Kept(Decimal(50)), 30, 150),  # 70 are left, 50 of them roll over
            (Kept(Decimal(50)), 80, 120),
            (Kept(Decimal(50), Decimal(25)), 80, 125),  # 20 are left, 25 is the least
            (None, 30, 100),
        ],
    )
    def test_what_rolls_over(self, kept, used, balance):
        monthly = grant("g", 100, recurrence=every("P1M"), rollover=kept)
        assert numbers(burn([monthly], [use("a", day(5), used)], FEBRUARY)) == {"g": balance}

    def test_what_was_rolled_over_may_roll_again(self):
        monthly = grant("g", 100, recurrence=every("P1M"), rollover=Kept(Decimal(1000)))
        assert numbers(burn([monthly], [], MARCH)) == {"g": 300}

    def test_a_refill_within_the_period_covers_what_waits(self):
        weekly = grant("g", 10, recurrence=every("P1W"))
        burned = burn([weekly], [use("a", day(2), 25)], FEBRUARY)
        # 10 on the 1st, 10 on the 8th, 5 on the 15th; 5 are left on the 22nd and 10 on the 29th.
        assert [(draw.at, int(draw.amount)) for draw in burned.draws] == [(day(2), 10), (day(8), 10), (day(15), 5)]
        assert [(lapse.at, int(lapse.amount)) for lapse in burned.expired] == [(day(22), 5), (day(29), 10)]

    def test_day_31_clamps_and_returns(self):
        monthly = grant("g", 1, day(31), recurrence=every("P1M", day(31)), rollover=Kept(Decimal(100)))
        given = [entry.at for entry in burn([monthly], [], datetime(2024, 5, 1, tzinfo=UTC)).given]
        assert given == [
            datetime(2024, month, last, tzinfo=UTC) for month, last in ((1, 31), (2, 29), (3, 31), (4, 30))
        ]

    def test_a_time_of_day_is_kept_in_the_zone(self):
        # 09:00 in Paris is 08:00 UTC in winter and 07:00 from 31 March 2024 on.
        anchor = datetime(2024, 3, 29, 8, tzinfo=UTC)
        daily = every("P1D", anchor, zone="Europe/Paris")
        instants = list(daily.between(anchor, datetime(2024, 4, 2, tzinfo=UTC)))
        assert [(at.day, at.hour) for at in instants] == [(30, 8), (31, 7), (1, 7)]

    def test_recurrence_stops(self):
        weekly = grant("g", 10, recurrence=every("P1W", until=day(15)))
        assert [entry.at for entry in burn([weekly], [], MARCH).given] == [JANUARY, day(8)]

    def test_an_endless_recurrence_ends_with_the_calendar(self):
        far = every("P100Y", datetime(9900, 1, 1, tzinfo=UTC))
        assert list(far.between(datetime(9950, 1, 1, tzinfo=UTC), datetime.max.replace(tzinfo=UTC))) == []
        assert far.at(5) == datetime.max.replace(tzinfo=UTC)


class TestOfAGrant:
    def test_a_rest_that_is_kept_when_it_is_given_again_has_no_early_end(self):
        kept = grant("g", 10, recurrence=every("P7D"), expires_at=MARCH)
        assert kept.rank(day(8)) == (0, MARCH, JANUARY, "g")

    def test_a_rest_that_lapses_then_ends_with_its_giving_and_the_last_with_the_grant(self):
        lapsing = grant("g", 10, recurrence=every("P7D"), expires_at=day(20), lapses_when_given_again=True)
        assert lapsing.rank() == (0, day(8), JANUARY, "g")
        assert lapsing.rank(day(8)) == (0, day(15), JANUARY, "g")
        assert lapsing.rank(day(15)) == (0, day(20), JANUARY, "g")

    def test_what_a_minimum_adds_is_given_then(self):
        weekly = grant("g", 10, recurrence=every("P7D"), rollover=Kept(Decimal(8), Decimal(3)))
        burned = burn([weekly], [use("u", day(2), 9)], day(8))
        # 1 is left and 3 are kept: 2 more, and 10
        assert burned.given == (
            Given("g", JANUARY, Decimal(10)),
            Given("g", day(8), Decimal(2)),
            Given("g", day(8), Decimal(10)),
        )

    def test_the_zone_of_the_machine_does_not_matter(self, monkeypatch):
        # noon in Los Angeles is 20:00 UTC; 10:00 there is 03:00 of the next day in Tokyo
        daily = every("P1D", datetime(2024, 1, 1, 20, tzinfo=UTC), zone="America/Los_Angeles")
        with monkeypatch.context() as patched:
            patched.setenv("TZ", "Asia/Tokyo")
            time.tzset()
            instants = list(daily.between(day(3, 18), day(5)))
        time.tzset()
        assert instants == [day(3, 20), day(4, 20)]
        assert [instant.utcoffset() for instant in instants] == [timedelta(0)] * 2
