"""Grants used up in order of time: at one instant grants expire, are given, cover what waits, then use is counted."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction

FOREVER = datetime.max.replace(tzinfo=UTC)


@dataclass
class Giving:
    """One time that a grant is given: usable from its start until its end."""

    start: datetime
    end: datetime
    expires: bool
    """Whether what is left at the end is lost, and nothing of it there when the grant is given again."""
    since: datetime
    """Where it stands among grants that expire together: a grant that is given again is as old as its first giving."""


@dataclass
class Grant:
    """What was granted, and to whom. `left` is what each giving still has."""

    id: str
    entitlement: str
    takers: set
    amount: Fraction
    givings: list
    priority: int = 0
    rollover: dict | None = None
    left: dict = field(default_factory=dict)

    def give(self, number):
        self.left[number] = self.amount + self.kept(number)

    def kept(self, number):
        """What a giving has of the one before it, when that has ended."""
        if not number or self.rollover is None or self.givings[number - 1].expires:
            return Fraction(0)
        rest = self.left[number - 1]
        least, most = (Fraction(self.rollover.get(name, 0)) for name in ("minimum", "maximum"))
        return min(most, max(rest, least))


@dataclass
class Use:
    """What is used at an instant; what is not covered waits for grants that are given before `until`."""

    at: datetime
    amount: Fraction
    item: str
    until: datetime
    key: object
    rest: Fraction = Fraction(0)


def burn(grants, uses):
    """(use, grant, amount) of everything that grants cover."""
    for use in uses:
        use.rest = use.amount
    uses = sorted(uses, key=lambda use: use.at)
    moments = {giving.start for grant in grants for giving in grant.givings} | {use.at for use in uses}
    draws = []
    for now in sorted(moments):
        for grant in grants:
            for number, giving in enumerate(grant.givings):
                if giving.start == now:
                    grant.give(number)
        waiting = [use for use in uses if use.at < now < use.until]
        for use in [*waiting, *(use for use in uses if use.at == now)]:
            draws += _cover(grants, use, now)
    return draws


def pay(grants, charges):
    """(charge, grant, amount) charge by charge, in the order in which they begin: each by everything that is usable on
    some of its days. What rolls over is there for charges that begin after it did."""
    draws, ended = [], set()
    for grant in grants:
        grant.left = dict.fromkeys(range(len(grant.givings)), grant.amount)
    for charge in sorted(charges, key=lambda one: (one.at, one.until)):
        charge.rest = charge.amount
        for grant in grants:
            for number in range(1, len(grant.givings)):
                if grant.givings[number - 1].end <= charge.at and (grant.id, number) not in ended:
                    ended.add((grant.id, number))
                    grant.left[number] += grant.kept(number)
        draws += _cover(grants, charge, charge.at, charge.until)
    return draws


def _cover(grants, use, now, until=None):
    usable = [
        (grant.priority, giving.end, giving.since, grant.id, number, grant)
        for grant in grants
        if use.item in grant.takers
        for number, giving in enumerate(grant.givings)
        if (giving.start <= now if until is None else giving.start < until) and now < giving.end
    ]
    for *_rank, number, grant in sorted(usable, key=lambda one: one[:5]):
        amount = min(use.rest, grant.left[number])
        if amount > 0:
            use.rest -= amount
            grant.left[number] -= amount
            yield use, grant, amount
