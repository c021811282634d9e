"""Burn-down by hand: corrections, going on from balances, resets of usage."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.burned import FEBRUARY, JANUARY, MARCH, day, every, grant, numbers, use
from usance.credits.burn_down import burn
from usance.credits.entries import Draw, Given, Lapse, Opening, Resets
from usance.credits.grant import Kept
from usance.kernel.instant import parse_instant


class TestCorrections:
    def test_gives_back_to_the_grant_that_was_used_last(self):
        grants = [grant("a", 10), grant("b", 10)]
        burned = burn(grants, [use("u", day(2), 15), use("less", day(3), -7)], day(4))
        # 10 of a and 5 of b; 5 go back to b and 2 to a.
        assert numbers(burned) == {"a": 2, "b": 10}
        assert burned.draws[2:] == (Draw("b", "less", day(3), Decimal(-5)), Draw("a", "less", day(3), Decimal(-2)))

    def test_what_no_grant_covered_goes_first(self):
        burned = burn([grant("g", 10)], [use("u", day(2), 15), use("less", day(3), -7)], FEBRUARY)
        assert numbers(burned) == {"g": 2}
        assert burned.overage == ()

    def test_more_than_was_used_is_set_against_what_follows_in_the_period(self):
        uses = [use("less", day(2), -7), use("u", day(3), 5)]
        assert burn([grant("g", 10)], uses, FEBRUARY).overage == (("less", -2),)
        assert numbers(burn([grant("g", 10)], [*uses, use("v", day(4), 5)], FEBRUARY)) == {"g": 7}

    def test_others_and_other_periods_keep_what_they_used(self):
        uses = [
            use("other", day(2), 5, consumer="other"),
            use("u", day(2), 5),
            use("less", FEBRUARY, -5, MARCH),
        ]
        burned = burn([grant("g", 100)], uses, MARCH)
        assert numbers(burned) == {"g": 90}
        assert burned.overage == (("less", -5),)

    def test_all_that_a_consumer_drew_comes_back_the_latest_first(self):
        # 5 and 5 are drawn, 8 come back: the 5 of b and 3 of a
        uses = [use("a", day(2), 5), use("b", day(3), 5), use("less", day(4), -8)]
        burned = burn([grant("g", 100)], uses, FEBRUARY)
        assert numbers(burned) == {"g": 98}
        assert burned.draws[2:] == (Draw("g", "less", day(4), Decimal(-5)), Draw("g", "less", day(4), Decimal(-3)))

    def test_nothing_comes_back_twice(self):
        # of 10 drawn, 4 come back, then the other 6 of 8: 2 are more than was used
        uses = [use("u", day(2), 10), use("less", day(3), -4), use("more", day(4), -8)]
        burned = burn([grant("g", 10)], uses, FEBRUARY)
        assert numbers(burned) == {"g": 10}
        assert burned.overage == (("more", -2),)

    def test_a_single_unit_is_set_against_what_was_corrected_before(self):
        burned = burn([grant("g", 10)], [use("less", day(2), -5), use("u", day(3), 1)], FEBRUARY)
        assert burned.overage == (("less", -4),)
        assert numbers(burned) == {"g": 10}

    def test_units_of_a_grant_that_has_ended_lapse_when_they_come_back(self):
        burned = burn([grant("g", 10, expires_at=day(5))], [use("u", day(2), 10), use("less", day(6), -4)], FEBRUARY)
        assert burned.expired == (Lapse("g", day(6), Decimal(4), "returned_late"),)
        assert burned.overage == ()

    def test_units_drawn_before_the_last_giving_lapse_too(self):
        weekly = grant("g", 10, recurrence=every("P1W"))
        burned = burn([weekly], [use("u", day(2), 10), use("less", day(9), -4)], day(10))
        assert numbers(burned) == {"g": 10}
        assert burned.expired == (Lapse("g", day(9), Decimal(4), "returned_late"),)

    def test_what_comes_back_covers_what_others_wait_for(self):
        uses = [
            use("u", day(2), 10, consumer="one"),
            use("v", day(3), 3, consumer="two"),
            use("less", day(4), -4, consumer="one"),
        ]
        burned = burn([grant("g", 10)], uses, FEBRUARY)
        assert burned.overage == ()
        assert numbers(burned) == {"g": 1}


class TestOpening:
    def test_starts_from_balances_and_leaves_out_what_is_in_them(self):
        # 100 less 20 before the opening, in its balance; then 20 and 20 from the first, 20 from the second before
        # and 20 after it is given again.
        grants = [
            grant("g1", 100, datetime(2023, 12, 31, tzinfo=UTC), priority=3, expires_at=day(30)),
            grant("g2", 100, day(2), priority=1, expires_at=day(32), recurrence=every("P7D", day(4))),
        ]
        moments = ["2023-12-31T23:00:00Z", "2024-01-01T01:00:00Z", "2024-01-01T23:59:59Z"]
        moments += ["2024-01-02T00:00:00Z", "2024-01-04T00:00:00Z"]
        uses = [use(str(n), parse_instant(at), 20, None) for n, at in enumerate(moments)]
        opening = Opening(JANUARY, {"g1": Decimal(80), "g2": Decimal(100)})
        assert numbers(burn(grants, uses, day(10, 23), opening=opening)) == {"g1": 40, "g2": 80}
        assert numbers(burn(grants, uses, day(11), opening=opening)) == {"g1": 40, "g2": 100}

    def test_one_that_expired_before_has_nothing(self):
        past = grant("g1", 100, datetime(2023, 1, 1, tzinfo=UTC), expires_at=datetime(2023, 1, 2, tzinfo=UTC))
        opening = Opening(JANUARY, {"g1": Decimal(100)})
        burned = burn([past], [use("a", day(1, 1), 50)], day(6), opening=opening)
        assert numbers(burned) == {"g1": 0}
        assert burned.waiting == (use("a", day(1, 1), 50),)

    def test_what_waited_goes_on_waiting(self):
        opening = Opening(day(10), {}, (use("a", day(3), 4),))
        burned = burn([grant("g", 10, day(20))], [], FEBRUARY, opening=opening)
        assert burned.draws == (Draw("g", "a", day(20), Decimal(4)),)

    def test_what_is_used_at_its_instant_comes_after_it(self):
        opening = Opening(day(10), {"g": Decimal(6)})
        assert numbers(burn([grant("g", 10)], [use("u", day(10), 4)], FEBRUARY, opening=opening)) == {"g": 2}

    def test_what_is_given_at_its_instant_is_in_it(self):
        burned = burn([grant("g", 10, day(10))], [], FEBRUARY, opening=Opening(day(10)))
        assert burned.given == (Given("g", day(10), Decimal(10)),)
        assert burned.expired == ()
        assert burned.at == FEBRUARY

    def test_what_waited_is_covered_first_in_its_own_order(self):
        opening = Opening(day(10), {"g": Decimal(6)}, (use("b", day(4), 4), use("a", day(3), 4)))
        burned = burn([grant("g", 10)], [use("c", day(10), 1)], day(11), opening=opening)
        assert burned.draws == (Draw("g", "a", day(10), Decimal(4)), Draw("g", "b", day(10), Decimal(2)))
        assert [(waits.ref, waits.amount) for waits in burned.waiting] == [("b", 2), ("c", 1)]

    def test_what_is_taken_over_is_written_down_and_so_is_what_lapses(self):
        opening = Opening(day(10), {"g": Decimal(7), "past": Decimal(3)})
        burned = burn([grant("g", 10), grant("past", 10, expires_at=day(10))], [], FEBRUARY, opening=opening)
        assert burned.given == (Given("g", day(10), Decimal(7)), Given("past", day(10), Decimal(3)))
        assert burned.expired == (Lapse("past", day(10), Decimal(3), "expired"),)
        assert numbers(burned) == {"g": 7, "past": 0}

    def test_one_that_was_never_in_force_has_nothing(self):
        withdrawn = grant("g", 10, day(5), voided_at=day(5))
        assert burn([withdrawn], [], FEBRUARY, opening=Opening(day(10))).given == ()

    def test_what_is_taken_over_rolls_over_and_takes_units_back(self):
        # 4 of the balance of 6 are used and 3 come back: 5, of which 5 are kept and 10 given anew on day 15
        weekly = grant("g", 10, recurrence=every("P7D"), rollover=Kept(Decimal(8)))
        uses = [use("u", day(11), 4), use("less", day(12), -3)]
        burned = burn([weekly], uses, day(16), opening=Opening(day(10), {"g": Decimal(6)}))
        assert burned.expired == ()
        assert numbers(burned) == {"g": 15}

    def test_what_lapses_when_it_is_given_again_goes_first(self):
        # given on day 8 for the last time before the opening: its rest lapses on day 15, before the other on day 18
        weekly = grant("a", 10, recurrence=every("P7D"), lapses_when_given_again=True)
        other = grant("b", 10, expires_at=day(18))
        burned = burn([weekly, other], [use("u", day(11), 4)], day(12), opening=Opening(day(10)))
        assert numbers(burned) == {"a": 6, "b": 10}
        # on day 9 that of day 8 is the last giving: it ends on day 15, after the other on day 14
        soon = grant("b", 10, expires_at=day(14))
        burned = burn([weekly, soon], [use("u", day(11), 4)], day(12), opening=Opening(day(9)))
        assert numbers(burned) == {"a": 10, "b": 6}

    def test_one_that_is_not_named_is_full(self):
        assert numbers(burn([grant("g", 10)], [], FEBRUARY, opening=Opening(day(10)))) == {"g": 10}


class TestResets:
    two = (
        grant("g1", 1000, day(1, 2), priority=1, expires_at=day(4)),
        grant("g2", 1000, day(1, 2), priority=3, expires_at=day(4)),
    )
    kept = {"g1": Kept(Decimal(1000)), "g2": Kept(Decimal(100))}  # noqa: RUF012

    def test_what_waited_at_each_of_several_is_overage(self):
        uses = [use("a", day(1, 5), 3), use("b", day(2, 5), 4), use("c", day(3, 5), 5)]
        burned = burn([], uses, day(4), resets=Resets((day(2), day(3))))
        assert burned.overage == (("a", 3), ("b", 4))
        assert burned.waiting == (uses[2],)

    def test_each_grant_keeps_what_it_may(self):
        # 600 used before the grants begin are covered by the first when it does; of the second 100 are kept.
        uses = [use("a", JANUARY + timedelta(minutes=1), 600, None)]
        burned = burn(self.two, uses, day(1, 5), resets=Resets((day(1, 5),), kept=self.kept))
        assert numbers(burned) == {"g1": 400, "g2": 100}
        assert burned.uncovered == 0
        assert burned.expired == (Lapse("g2", day(1, 5), Decimal(900), "reset"),)

    @pytest.mark.parametrize(("preserve", "left", "over"), [(False, 100, 500), (True, 0, 400)])
    def test_overage_is_dropped_or_burns_what_was_kept(self, preserve, left, over):
        uses = [use("a", day(1, 3), 1500, None)]
        one = [replace(self.two[0], id="g")]
        resets = Resets((day(1, 5),), preserve, {"g": Kept(Decimal(1000), Decimal(100))})
        burned = burn(one, uses, day(1, 6), resets=resets)
        assert numbers(burned) == {"g": left}
        assert burned.uncovered == over
        assert bool(burned.waiting) is preserve

    def test_what_is_given_at_the_reset_is_given_in_full(self):
        fresh = grant("fresh", 10, day(3))
        weekly = grant("weekly", 10, recurrence=every("P2D"))
        burned = burn([fresh, weekly], [use("a", day(2), 4)], day(3), resets=Resets((day(3),)))
        assert numbers(burned) == {"fresh": 10, "weekly": 10}

    def test_corrections_do_not_reach_behind_a_reset(self):
        uses = [use("a", day(2), 4), use("less", day(4), -4)]
        burned = burn([grant("g", 10)], uses, FEBRUARY, resets=Resets((day(3),), kept={"g": Kept(Decimal(10))}))
        assert numbers(burned) == {"g": 6}
        assert burned.overage == (("less", -4),)
