"""Laws of the burn-down, and a slow second opinion that moves one unit at a time."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from usance.credits.burn_down import burn
from usance.credits.entries import Opening, Use
from usance.credits.grant import Grant, Kept, Recurring
from usance.kernel.recurrence import Cadence

START = datetime(2024, 1, 1, tzinfo=UTC)
LAST = 24
"""Days that a history has; billing periods are six days long."""
PERIOD = 6


def at(number: int) -> datetime:
    return START + timedelta(days=number)


days = st.integers(0, LAST)


@st.composite
def histories_of_grants(draw) -> list[Grant]:
    grants = []
    for number in range(draw(st.integers(1, 4))):
        begins = draw(st.integers(0, LAST - 2))
        every = draw(st.none() | st.integers(1, 9))
        grants.append(
            Grant(
                f"g{number}",
                "calls",
                "quantity",
                Decimal(draw(st.integers(1, 12))),
                at(begins),
                draw(st.integers(0, 1)),
                at(begins + draw(st.integers(0, 12))) if draw(st.booleans()) else None,
                Recurring(at(draw(days)), Cadence(every, 0)) if every else None,
                draw(st.none() | st.builds(Kept, st.integers(4, 8).map(Decimal), st.integers(0, 4).map(Decimal))),
                voided_at=at(draw(days)) if draw(st.booleans()) else None,
            )
        )
    return grants


@st.composite
def histories_of_uses(draw, least: int = -6) -> list[Use]:
    found = draw(st.lists(st.tuples(days, st.integers(least, 15), st.sampled_from("ab")), max_size=10))
    return [
        Use(f"u{number}", at(day), Decimal(amount), at(day // PERIOD * PERIOD + PERIOD), consumer)
        for number, (day, amount, consumer) in enumerate(found)
    ]


class UnitByUnit:
    """Every unit is an object of its own, every day is walked, every choice is made among all grants anew."""

    def __init__(self, grants: list[Grant], uses: list[Use], until: int) -> None:
        self.held = {grant.id: 0 for grant in grants}
        self.waiting: list[Use] = []
        self.drawn: list[tuple[Use, Grant, int]] = []
        self.short: list[Use] = []
        self.overage: Counter[str] = Counter()
        self.lost: Counter[str] = Counter()
        for day in range(until + 1):
            self.today, self.now = day, at(day)
            self.change_grants(grants)
            for claims in (self.waiting, self.short):
                self.close(claims, 1 if claims is self.waiting else -1)
            self.cover(grants)
            if day < until:
                for use in sorted((use for use in uses if use.at == self.now), key=lambda use: (use.ref, use.consumer)):
                    self.take(use, grants)

    def change_grants(self, grants: list[Grant]) -> None:
        for grant in grants:
            if grant.effective_at <= self.now and not self.alive(grant):
                self.lost[grant.id] += self.held[grant.id]
                self.held[grant.id] = 0
            elif self.begins(grant, self.today):
                rest = self.held[grant.id]
                kept = 0
                if grant.rollover and self.now > grant.effective_at:
                    kept = min(int(grant.rollover.maximum), max(int(grant.rollover.minimum), rest))
                self.lost[grant.id] += max(0, rest - kept)
                self.held[grant.id] = kept + int(grant.amount)

    def alive(self, grant: Grant) -> bool:
        ends = [end for end in (grant.expires_at, grant.voided_at) if end is not None]
        return grant.effective_at <= self.now and all(self.now < end for end in ends)

    def begins(self, grant: Grant, day: int) -> bool:
        if not self.alive(grant):
            return False
        if at(day) == grant.effective_at:
            return True
        return grant.recurrence is not None and not (day - (grant.recurrence.anchor - START).days) % (
            grant.recurrence.cadence.days
        )

    def close(self, claims: list[Use], sign: int) -> None:
        for claim in [claim for claim in claims if claim.waits_until and claim.waits_until <= self.now]:
            claims.remove(claim)
            self.overage[claim.ref] += sign

    def cover(self, grants: list[Grant]) -> None:
        for claim in list(self.waiting):
            if (grant := self.best(grants)) is not None:
                self.waiting.remove(claim)
                self.hand_out(claim, grant)

    def best(self, grants: list[Grant]) -> Grant | None:
        usable = [grant for grant in grants if self.alive(grant) and self.held[grant.id]]
        return min(usable, default=None, key=lambda g: (g.priority, g.expires_at or at(9999), g.effective_at, g.id))

    def hand_out(self, claim: Use, grant: Grant) -> None:
        self.held[grant.id] -= 1
        self.drawn.append((claim, grant, self.today))

    def take(self, use: Use, grants: list[Grant]) -> None:
        for _ in range(abs(int(use.amount))):
            if use.amount < 0:
                self.return_one(use)
            elif same := [claim for claim in self.short if self.together(claim, use)]:
                self.short.remove(same[-1])
            elif (grant := self.best(grants)) is not None:
                self.hand_out(use, grant)
            else:
                self.waiting.append(use)
        self.cover(grants)

    @staticmethod
    def together(one: Use, other: Use) -> bool:
        return (one.consumer, one.waits_until) == (other.consumer, other.waits_until)

    def return_one(self, use: Use) -> None:
        if same := [n for n, claim in enumerate(self.waiting) if self.together(claim, use)]:
            del self.waiting[same[-1]]
        elif same := [n for n, (claim, _, _) in enumerate(self.drawn) if self.together(claim, use)]:
            _, grant, day = self.drawn.pop(same[-1])
            again = any(self.begins(grant, later) for later in range(day + 1, self.today + 1))
            if self.alive(grant) and not again:
                self.held[grant.id] += 1
            else:
                self.lost[grant.id] += 1
        else:
            self.short.append(use)


@given(histories_of_grants(), histories_of_uses(), days)
def test_agrees_with_moving_unit_by_unit(grants, uses, until):
    burned, slow = burn(grants, uses, at(until)), UnitByUnit(grants, uses, until)
    assert burned.balances == slow.held
    assert {ref: amount for ref, amount in burned.overage if amount} == {k: n for k, n in slow.overage.items() if n}
    lost = defaultdict(Decimal)
    for lapse in burned.expired:
        lost[lapse.grant] += lapse.amount
    assert lost == {name: units for name, units in slow.lost.items() if units}
    waiting = Counter(claim.ref for claim in slow.waiting)
    waiting.subtract(claim.ref for claim in slow.short)
    assert {use.ref: use.amount for use in burned.waiting} == {ref: units for ref, units in waiting.items() if units}


@given(histories_of_grants(), histories_of_uses(), days)
def test_conserves(grants, uses, until):
    burned = burn(grants, uses, at(until))
    for grant in grants:
        got = sum(entry.amount for entry in burned.given if entry.grant == grant.id)
        drawn = sum(entry.amount for entry in burned.draws if entry.grant == grant.id)
        lost = sum(entry.amount for entry in burned.expired if entry.grant == grant.id)
        assert got == drawn + lost + burned.balances[grant.id]
        assert min(drawn, lost, burned.balances[grant.id]) >= 0
    used = sum(use.amount for use in uses if use.at < at(until))
    assert used == sum(draw.amount for draw in burned.draws) + burned.uncovered


@given(histories_of_grants(), histories_of_uses(least=0), days)
def test_no_use_is_covered_twice_and_none_outside_its_grant_or_after_its_period(grants, uses, until):
    burned = burn(grants, uses, at(until))
    named = {grant.id: grant for grant in grants}
    for use in uses:
        draws = [draw for draw in burned.draws if draw.ref == use.ref]
        left = [amount for ref, amount in burned.overage if ref == use.ref]
        left += [rest.amount for rest in burned.waiting if rest.ref == use.ref]
        assert sum(draw.amount for draw in draws) + sum(left) == (use.amount if use.at < at(until) else 0)
        for draw in draws:
            assert use.at <= draw.at < use.waits_until
            assert named[draw.grant].effective_at <= draw.at < named[draw.grant].ends_at


@given(histories_of_grants(), histories_of_uses(), days, st.randoms(use_true_random=False))
def test_the_order_of_what_is_passed_changes_nothing(grants, uses, until, random):
    burned = burn(grants, uses, at(until))
    random.shuffle(grants)
    random.shuffle(uses)
    assert burn(grants, uses, at(until)) == burned


@given(histories_of_grants(), histories_of_uses(), days, days)
def test_a_past_moment_is_as_it_was(grants, uses, one, other):
    earlier, later = sorted((one, other))
    known = [use for use in uses if use.at < at(earlier)]
    then, now = burn(grants, known, at(earlier)), burn(grants, uses, at(later))
    assert burn(grants, uses, at(earlier)) == then
    assert now.draws[: len(then.draws)] == then.draws
    assert now.expired[: len(then.expired)] == then.expired


@given(histories_of_grants(), histories_of_uses(least=0), days, days)
def test_going_on_from_balances_is_the_same_as_going_through(grants, uses, one, other):
    earlier, later = sorted((one, other))
    then = burn(grants, uses, at(earlier))
    through = burn(grants, uses, at(later))
    onwards = burn(grants, uses, at(later), opening=Opening(at(earlier), then.balances, then.waiting))
    assert onwards.balances == through.balances
    assert onwards.waiting == through.waiting
    assert then.draws + onwards.draws == through.draws
    assert (*then.overage, *onwards.overage) == through.overage
