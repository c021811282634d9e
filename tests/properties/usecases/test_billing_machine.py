"""Random lives of a contract: usage, late usage, amendments backwards, runs, repeated runs and crashes in any order.

Whatever happened, after one more run what was issued is what is desired, numbers have no gap, books balance, and yet
another run finds nothing to do.
"""

from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.faults import Killed
from tests.world import World
from usance.invoicing.document import Document
from usance.invoicing.line import LineKey
from usance.ledger.balance import trial_balance
from usance.pipeline import desired
from usance.ports import Table
from usance.records.contracts import contract_facts, read_contract
from usance.records.documents import documents_of
from usance.records.journal import read_entries
from usance.usecases.bill import Look, bill_contract, measure_usage

START = datetime(2025, 7, 1, tzinfo=UTC)
ITEMS = (
    {"id": "seats", "product": "Seats", "quantity": 3, "prices": {"model": "per_unit", "unit_amount": "9.99"}},
    {
        "id": "compute",
        "product": "Compute",
        "quantity": {"metric": "cpu"},
        "consumes": "hours",
        "free_units": 3,
        "prices": {
            "model": "tiered",
            "tiers": [{"up_to": 10, "unit_amount": "0.333"}, {"up_to": None, "unit_amount": "0.05", "flat_amount": 1}],
        },
    },
)
MODIFIERS: dict[str, Any] = {
    "discounts": {"type": "percent", "value": "12.5", "cadence": "P3M", "max_per_period": 20},
    "commitment": {"minimum_amount": 40},
    "service_fees": {"type": "percent", "value": 3},
    "grants": {"entitlement": "hours", "type": "quantity", "amount": 15, "every": "P1M", "rollover": {"maximum": 5}},
}
days = st.integers(0, 150).map(lambda n: START.date() + timedelta(days=n))
cents = st.integers(0, 5000).map(lambda n: f"{n // 100}.{n % 100:02}")


class ContractLife(RuleBasedStateMachine):
    """One contract over the memory twins, with a fuse on every call."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.now = START
        self.world.organisation()
        self.world.customer()
        self.world.metric()
        self.world.contract(*ITEMS, tax="7.25", anchor=31, **MODIFIERS)

    @rule(day=days, hours=cents)
    def uses(self, day: date, hours: str) -> None:
        self.world.use(f"{day} 12:00:00", hours)

    @rule(day=days, amount=cents)
    def changes_price(self, day: date, amount: str) -> None:
        price = {"model": "per_unit", "unit_amount": amount}
        self.world.amend(self.now.isoformat(), effective_on=str(day), item="seats", prices=price)

    @rule(day=days, quantity=st.integers(0, 20))
    def changes_seats(self, day: date, quantity: int) -> None:
        self.world.amend(self.now.isoformat(), effective_on=str(day), item="seats", quantity=quantity)

    @rule(days=st.integers(1, 40))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days, hours=7)

    @rule(step=st.booleans())
    def runs(self, step: bool) -> None:
        bill_contract(self.world.billing, "org_a", Look("ctr_1"), self.now, pass_through_months=step)

    @rule(call=st.integers(0, 40), after=st.booleans())
    def crashes(self, call: int, after: bool) -> None:
        self.world.fuse.arm(call, after=after)
        with contextlib.suppress(Killed):
            bill_contract(self.world.billing, "org_a", Look("ctr_1"), self.now)
        self.world.fuse.arm(None)

    @invariant()
    def numbers_have_no_gap_and_books_balance(self) -> None:
        documents = self.documents()
        for kind in ("INV", "CN"):
            numbers = sorted(document.number or "" for document in documents if (document.number or "")[:2] == kind[:2])
            assert numbers == [f"{kind}-{n:06}" for n in range(1, len(numbers) + 1)]
        entries = list(read_entries(self.world.tables, "org_a", date(2025, 1, 1), date(2040, 1, 1)))
        assert trial_balance(entries).balanced
        receivable = sum(
            posting.amount.minor
            for entry in entries
            for posting in entry.postings
            if posting.account == "accounts_receivable"
        )
        assert receivable == sum(document.total.minor for document in documents)
        assert all(document.total.minor == sum(line.amount.minor for line in document.lines) for document in documents)

    def teardown(self) -> None:
        # A month later something new falls due, and adjustments that were waiting go with it.
        end = self.now + timedelta(days=40)
        self.world.amend(end.isoformat(), effective_on="2025-07-01", item="seats", quantity=3)
        billed = bill_contract(self.world.billing, "org_a", Look("ctr_1"), end)
        assert billed.parked is None
        before = self.world.dump()
        assert bill_contract(self.world.billing, "org_a", Look("ctr_1"), end).documents == ()
        assert self.world.dump() == before
        assert self.issued() == self.wanted(end)

    def documents(self) -> list[Document]:
        rows = self.world.dump().items()
        return [Document.from_json(body) for key, body in rows if key[0] == Table.DOCUMENTS and key[2] == "document"]

    def issued(self) -> dict[LineKey, tuple[int, int]]:
        sums: dict[LineKey, tuple[int, int]] = {}
        for line in documents_of(self.world.tables, "org_a", "ctr_1").lines:
            net, tax = sums.get(line.key, (0, 0))
            borne = sum(part.minor for part in line.taxes)
            sums[line.key] = (net + line.net.minor, tax + borne)
        return {key: value for key, value in sums.items() if any(value)}

    def wanted(self, at: datetime) -> dict[LineKey, tuple[int, int]]:
        record = read_contract(self.world.control, "org_a", "ctr_1")
        facts = contract_facts(self.world.control, record, documents_of(self.world.tables, "org_a", record.id))
        usage = measure_usage(self.world.billing, facts, at)
        sums: dict[LineKey, tuple[int, int]] = {}
        for line in desired(facts, usage, at).lines:
            net, tax = sums.get(line.key, (0, 0))
            sums[line.key] = (net + line.amount.minor, tax + line.tax.minor)
        return {key: value for key, value in sums.items() if any(value)}


TestContractLife = ContractLife.TestCase
TestContractLife.settings = settings(stateful_step_count=25)
