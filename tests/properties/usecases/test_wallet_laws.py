"""After anything that can happen to a wallet: money in is money spent, lapsed and there, in the books too.

A slow oracle that knows nothing of entries and heads keeps, by credit, what is left of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.purse import Purse, fee
from tests.till import Scripted
from usance.invoicing.document import Document
from usance.kernel.errors import Conflict
from usance.kernel.instant import show_instant
from usance.kernel.money import Money

DAY = timedelta(days=1)
AMOUNTS = st.integers(1, 30_000)

PUT = st.tuples(
    st.just("put"),
    AMOUNTS,
    st.sampled_from(["purchased", "promotional"]),
    st.none() | st.integers(0, 70),
    st.integers(-1, 1),
)
STEPS = st.one_of(
    PUT,
    PUT,
    st.tuples(st.just("void"), st.integers(0, 5)),
    st.tuples(st.just("wait"), st.integers(1, 40)),
    st.tuples(st.just("bill"), st.sampled_from(["ctr_1", "ctr_2"])),
    st.tuples(st.just("pay"), st.integers(0, 5), st.integers(1, 20_000)),
    st.tuples(st.just("sweep")),
)


@dataclass
class Left:
    """What is left of a credit, in cents, by the oracle."""

    rank: tuple[int, datetime, bool, int]
    left: int
    ends: datetime


class Course:
    """A purse to which things happen, and the oracle beside it."""

    def __init__(self) -> None:
        self.purse = Purse().open(method=True)
        self.purse.contract(fee("100"))
        self.purse.contract(fee("45.50"), name="ctr_2")
        self.purse.settings(threshold="20", target="60")
        self.now, self.ids, self.kept = self.purse.clock.now(), list[str](), list[Left]()
        self.issued: list[Document] = []

    def step(self, name: str, *how: Any) -> None:
        self.now += timedelta(seconds=1)
        self.purse.clock.move(self.now)
        getattr(self, name)(*how)
        self.purse.sound()
        there = [one for one in self.kept if one.ends > self.now]
        assert self.purse.balance() == str(Money(sum(one.left for one in there), "USD"))

    def put(self, minor: int, kind: str, days: int | None, priority: int) -> None:
        last = None if days is None else (self.now + days * DAY).date()
        amount, name = str(Money(minor, "USD")), f"c{len(self.ids)}"
        made = self.purse.put(amount, name, kind=kind, priority=priority, expires_on=last)
        self.ids.append(made.credit.id)
        self._keep(minor, kind, priority, made.credit.expires_at)

    def _keep(self, minor: int, kind: str, priority: int, ends: datetime | None) -> None:
        ends = ends or self.now + 9999 * DAY
        self.kept.append(Left((priority, ends, kind == "purchased", len(self.kept)), minor, ends))

    def void(self, place: int) -> None:
        if place >= len(self.ids):
            return
        one = self.kept[self._all_ids().index(self.ids[place])]
        gone = not one.left or one.ends <= self.now
        try:
            self.purse.void(self.ids[place])
        except Conflict:
            assert gone
        one.left = one.left if one.ends <= self.now else 0

    def _all_ids(self) -> list[str]:
        return [one.id for one in sorted(self.purse.stored.credits, key=lambda one: one.at)]

    def wait(self, days: int) -> None:
        self.now += days * DAY
        self.purse.clock.move(self.now)

    def bill(self, contract: str) -> None:
        for document in self.purse.bill(contract):
            self.issued.append(document)
            if not document.contract.startswith("wallet:"):
                due = document.total.minor
                for one in sorted(self.kept, key=lambda one: one.rank):
                    paid = min(due, one.left) if one.ends > self.now else 0
                    one.left, due = one.left - paid, due - paid
                assert document.wallet_applied.minor == document.total.minor - due

    def pay(self, place: int, minor: int) -> None:
        """The provider takes some amount for an invoice, too little or too much."""
        if place >= len(self.issued):
            return
        document = self.issued[place]
        before = self.purse.state(document.id)
        if before.attempts or not before.amount_due:
            return
        self.purse.provider.script = [Scripted(amount=Money(minor, "USD"))]
        self.purse.collect(document.id)
        self.purse.wait(seconds=300)
        self.purse.collect(document.id)
        self.now = self.purse.clock.now()
        if self.purse.state(document.id).paid.minor:
            if document.contract.startswith("wallet:") and minor >= before.amount_due.minor:
                self._keep(document.total.minor, "purchased", 0, None)
            if minor > before.amount_due.minor:
                self._keep(minor - before.amount_due.minor, "purchased", 0, None)

    def sweep(self) -> None:
        self.purse.sweep(self.now)


@given(st.lists(STEPS, max_size=25))
def test_money_in_is_money_out_and_money_there(steps: list[tuple[Any, ...]]) -> None:
    course = Course()
    for name, *how in steps:
        course.step(name, *how)
    course.step("wait", 100)
    course.step("sweep")
    # Everything that expired is posted by now: the books owe the customer what the wallet holds.
    stored = course.purse.stored
    assert stored.head.left == stored.latest(course.now).balance, show_instant(course.now)


@given(st.lists(STEPS, max_size=15))
def test_what_happens_later_changes_no_earlier_balance(steps: list[tuple[Any, ...]]) -> None:
    course = Course()
    seen: dict[datetime, str] = {}
    for name, *how in steps:
        course.step(name, *how)
        seen[course.now] = course.purse.balance()
    for at, balance in seen.items():
        assert course.purse.balance(show_instant(at)) == balance
