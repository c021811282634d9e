"""What alerts watch: a metric in its window, the next invoice, a wallet, an entitlement; each worked out by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.watch import COMPUTE, CPU, PLATFORM, Watch
from usance.credits.wallet_entries import WalletCredit
from usance.kernel.instant import parse_instant
from usance.kernel.money import Money
from usance.records.wallets import credit_puts, debit_of, head_puts, put_debit, read_wallet
from usance.usecases.alerts import Evaluation


def test_months_are_those_of_the_customers_zone() -> None:
    # 20:00 UTC on 30 June is 1 July in Tokyo; 14:00 UTC is still June.
    watch = Watch(timezone="Asia/Tokyo")
    watch.world.use("2025-06-30T14:00:00Z", "10")
    watch.world.use("2025-06-30T20:00:00Z", "3")
    reading = watch.look("2025-07-01T00:00:00Z").reading
    assert reading is not None
    assert reading.value == 3


@pytest.mark.parametrize(
    ("window", "start", "end"),
    [
        (None, "2025-07-01", "2025-08-01"),
        ("P1D", "2025-07-16", "2025-07-17"),
        # 16 July 2025 is a Wednesday; weeks begin on Mondays.
        ("P1W", "2025-07-14", "2025-07-21"),
        ("P3M", "2025-07-01", "2025-10-01"),
        ("P1Y", "2025-01-01", "2026-01-01"),
    ],
)
def test_windows_are_those_of_the_calendar(window: str | None, start: str, end: str) -> None:
    watch = Watch({**CPU, "window": window})
    reading = watch.look("2025-07-16T12:00:00Z").reading
    assert reading is not None
    assert reading.window is not None
    assert (str(reading.window.start), str(reading.window.end)) == (start, end)


def test_windows_of_a_contract_are_counted_from_its_first_day() -> None:
    watch = Watch()
    watch.world.contract(PLATFORM, name="ctr_2", starts_on="2025-07-10")
    watch.alert = watch.create({"on": "usage", "metric": "cpu", "contract": "ctr_2", "thresholds": [10]})
    watch.world.use("2025-08-09T23:00:00Z", "7")
    watch.world.use("2025-08-10T01:00:00Z", "8")
    reading = watch.look("2025-08-11T00:00:00Z").reading
    assert reading is not None
    assert reading.window is not None
    assert (str(reading.window.start), str(reading.window.end)) == ("2025-08-10", "2025-09-10")
    assert (reading.value, reading.customer) == (8, "cus_acme")


def test_what_has_not_happened_yet_does_not_count() -> None:
    watch = Watch()
    watch.world.use("2025-07-03T00:00:00Z", "5")
    watch.world.use("2025-07-03T00:00:00.000001Z", "50")
    reading = watch.look("2025-07-03T00:00:00Z").reading
    assert reading is not None
    assert reading.value == 5


def test_spend_is_what_the_next_invoice_comes_to() -> None:
    watch = Watch({"on": "spend", "contract": "ctr_1", "thresholds": [501, 505]})
    # On 1 August: 500 for August in advance, and 2 hours of July at 0.50 so far.
    watch.world.use("2025-07-02T00:00:00Z", "2")
    found = watch.look("2025-07-10T00:00:00Z")
    assert found.reading is not None
    assert (found.reading.value, found.reading.currency) == (Decimal("501.00"), "USD")
    assert [str(event.threshold) for event in found.raised] == ["501"]
    assert found.reading.window is not None
    assert str(found.reading.window.end) == "2025-08-01"
    before = watch.world.dump()
    watch.look("2025-07-10T00:05:00Z")
    assert watch.world.dump() == before


def test_spend_that_will_never_be_billed_is_nothing_to_watch() -> None:
    watch = Watch()
    once = {"id": "setup", "billing": {"once_on": "2025-07-01"}, "prices": {"model": "flat", "amount": "10"}}
    watch.world.contract(once, name="ctr_2")
    watch.alert = watch.create({"on": "spend", "contract": "ctr_2", "thresholds": [5]})
    assert watch.look("2025-09-01T00:00:00Z") == Evaluation(None)


def test_a_wallet_falls_to_its_thresholds_and_recovers() -> None:
    watch = Watch({"on": "balance", "customer": "acme", "currency": "USD", "thresholds": [20, 0]})
    steps = [
        (Money(5000, "USD"), []),
        (Money(-3000, "USD"), [("reached", "20")]),
        (Money(-2000, "USD"), [("reached", "0")]),
        (Money(500, "USD"), [("recovered", "0")]),
        (Money(2000, "USD"), [("recovered", "20")]),
    ]
    for minute, (change, expected) in enumerate(steps):
        at = f"2025-07-02T00:{minute:02}:00Z"
        _move_money(watch, change, at)
        assert watch.turns(at) == expected


def _move_money(watch: Watch, change: Money, at: str) -> None:
    moment, tables = parse_instant(at), watch.world.tables
    head = read_wallet(tables, "org_a", "cus_acme", "USD").head
    if change.minor > 0:
        puts = credit_puts("org_a", "cus_acme", WalletCredit(f"wcr_{moment:%M}", "purchased", change, moment))
    else:
        puts = [put_debit("org_a", "cus_acme", debit_of(f"inv_{moment:%M}", -change, moment))]
    tables.transact([*puts, *head_puts("org_a", head.entered(moment, change))])


def test_an_entitlement_falls_as_it_is_used() -> None:
    watch = Watch()
    grants = [{"entitlement": "hours", "type": "quantity", "amount": 100, "every": "P1M"}]
    watch.world.contract({**COMPUTE, "grants": grants}, name="ctr_2")
    watch.alert = watch.create({"on": "balance", "contract": "ctr_2", "entitlement": "hours", "thresholds": [50, 10]})
    assert watch.turns("2025-07-02T00:00:00Z") == []
    # 100 granted for July, 60 used: 40 are left.
    watch.world.use("2025-07-02T00:00:00Z", "60")
    found = watch.look("2025-07-03T00:00:00Z")
    assert found.reading is not None
    assert (found.reading.value, found.reading.contract) == (40, "ctr_2")
    assert [str(event.threshold) for event in found.raised] == ["50"]
    watch.world.use("2025-07-03T00:00:00Z", "60")
    assert watch.turns("2025-07-04T00:00:00Z") == [("reached", "10")]
    # In August 100 are given again.
    assert watch.turns("2025-08-01T00:00:00Z") == [("recovered", "10"), ("recovered", "50")]
