"""Laws of credits that pay for charges, of the wallet, and of thresholds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import assume, given
from hypothesis import strategies as st

from usance.credits.draw import Payable, pay
from usance.credits.grant import Grant, Kept, Recurring
from usance.credits.threshold import Reached, Thresholds, crossings
from usance.credits.wallet import apply, wallet_at
from usance.credits.wallet_entries import WalletCredit, WalletDebit, WalletReturn, WalletVoid
from usance.kernel.errors import Conflict
from usance.kernel.money import Money
from usance.kernel.recurrence import Cadence

START = datetime(2024, 1, 1, tzinfo=UTC)
RATES = {"third": Decimal("0.333333"), "three": Decimal(3)}
days = st.integers(0, 30)


def at(number: int) -> datetime:
    return START + timedelta(days=number)


@st.composite
def grants_of_credits(draw) -> list[Grant]:
    return [
        Grant(
            f"g{number}",
            "credits",
            "credits",
            draw(st.decimals("0.01", "90", places=4)),
            at(draw(days)),
            draw(st.integers(0, 1)),
            at(draw(days)) if draw(st.booleans()) else None,
            Recurring(START, Cadence(draw(st.integers(3, 9)), 0)) if draw(st.booleans()) else None,
            draw(st.none() | st.builds(Kept, st.integers(9, 40).map(Decimal), st.integers(0, 9).map(Decimal))),
            unit=draw(st.sampled_from([None, "third", "three"])),
        )
        for number in range(draw(st.integers(1, 4)))
    ]


@st.composite
def charges(draw) -> list[Payable]:
    found = draw(st.lists(st.tuples(days, st.integers(1, 12), st.integers(-500, 9000)), max_size=8))
    return [
        Payable(f"c{number}", at(day), at(day + length), Money(minor, "USD"))
        for number, (day, length, minor) in enumerate(found)
    ]


@given(grants_of_credits(), charges(), days)
def test_credits_are_conserved_and_never_overpay(grants, due, until):
    paid = pay(grants, due, "USD", at(until), RATES)
    for grant in grants:
        got = sum(entry.amount for entry in paid.given if entry.grant == grant.id)
        drawn = sum(draw.credits for draw in paid.draws if draw.grant == grant.id)
        lost = sum(lapse.amount for lapse in paid.expired if lapse.grant == grant.id)
        assert got == drawn + lost + paid.balances[grant.id]
        assert min(drawn, lost, paid.balances[grant.id]) >= 0
    for charge in due:
        by_draws = sum(draw.amount.minor for draw in paid.draws if draw.ref == charge.ref)
        assert paid.by_charge[charge.ref].minor == by_draws
        assert 0 <= by_draws <= max(0, charge.amount.minor)


@given(grants_of_credits(), charges(), days)
def test_money_and_credits_agree_to_the_twelfth_decimal(grants, due, until):
    units = {grant.id: grant.unit for grant in grants}
    for draw in pay(grants, due, "USD", at(until), RATES).draws:
        worth = draw.credits * RATES.get(units[draw.grant], Decimal(1))
        assert abs(worth - draw.amount.amount) < Decimal("0.00000000001")


@given(grants_of_credits(), charges(), days, st.randoms(use_true_random=False))
def test_the_order_of_grants_and_charges_changes_nothing(grants, due, until, random):
    paid = pay(grants, due, "USD", at(until), RATES)
    random.shuffle(grants)
    random.shuffle(due)
    assert pay(grants, due, "USD", at(until), RATES) == paid


@given(grants_of_credits(), charges(), days)
def test_no_charge_stays_open_while_a_grant_in_force_could_pay_it(grants, due, until):
    """Without recurrence, what a grant keeps after all charges could not have paid any that overlaps it."""
    once = [grant for grant in grants if grant.recurrence is None and grant.ends_at > at(60)]
    paid = pay(once, due, "USD", at(until), RATES)
    for charge in due:
        if charge.amount.minor > paid.by_charge[charge.ref].minor:
            for grant in once:
                worth = paid.balances[grant.id] * RATES.get(grant.unit, Decimal(1))
                assert worth < Decimal("0.01") or grant.effective_at >= charge.until


@st.composite
def wallets(draw) -> list:
    """Entries that were recorded one after the other, each by what was there at the time."""
    entries: list = []
    for number in range(draw(st.integers(1, 12))):
        now = at(2 * number)
        kind = draw(st.sampled_from(["credit", "credit", "debit", "return", "void"]))
        debits = [entry.id for entry in entries if isinstance(entry, WalletDebit)]
        credits = [entry.id for entry in entries if isinstance(entry, WalletCredit)]
        if kind == "credit":
            expires = draw(st.none() | st.integers(1, 20))
            entries.append(
                WalletCredit(
                    f"e{number}",
                    draw(st.sampled_from(["purchased", "promotional"])),
                    Money(draw(st.integers(1, 900)), "USD"),
                    now,
                    None if expires is None else now + timedelta(days=expires),
                    draw(st.integers(0, 1)),
                )
            )
        elif kind == "debit":
            amount = min(wallet_at(entries, "USD", now).balance.minor, draw(st.integers(1, 1200)))
            entries += [WalletDebit(f"e{number}", f"inv{number}", Money(amount, "USD"), now)] if amount else []
        elif kind == "return" and debits:
            entries.append(WalletReturn(f"e{number}", draw(st.sampled_from(debits)), now))
        elif kind == "void" and credits:
            entries.append(WalletVoid(f"e{number}", draw(st.sampled_from(credits)), now))
    return entries


@given(wallets(), days, st.randoms(use_true_random=False))
def test_a_wallet_is_conserved_whatever_the_order(entries, until, random):
    wallet = wallet_at(entries, "USD", at(until))
    left = {held.credit.id: held.left.minor for held in wallet.holdings}
    for credit in (entry for entry in entries if isinstance(entry, WalletCredit) and entry.at <= at(until)):
        drawn = sum(draw.amount.minor for draw in wallet.draws if draw.credit == credit.id)
        lapsed = sum(lapse.amount.minor for lapse in wallet.lapses if lapse.credit == credit.id)
        assert credit.amount.minor == drawn + lapsed + left.get(credit.id, 0)
        assert min(drawn, lapsed) >= 0
    random.shuffle(entries)
    assert wallet_at(entries, "USD", at(until)) == wallet


@given(wallets(), days, st.integers(1, 2000))
def test_what_is_applied_can_be_recorded_and_a_cent_more_cannot(entries, until, due):
    now = at(until)
    past = [entry for entry in entries if entry.at <= now]
    draws = apply(past, Money(due, "USD"), now, debit="new", ref="inv")
    total = sum(draw.amount.minor for draw in draws)
    there = wallet_at(past, "USD", now).balance.minor
    assert total == min(due, there)
    assume(total)
    debited = wallet_at([*past, WalletDebit("new", "inv", Money(total, "USD"), now)], "USD", now)
    assert tuple(draw for draw in debited.draws if draw.debit == "new") == draws
    try:
        wallet_at([*past, WalletDebit("new", "inv", Money(there + 1, "USD"), now)], "USD", now)
    except Conflict:
        return
    raise AssertionError("more was taken than there is")


@given(
    st.lists(st.integers(-9, 9), max_size=4),
    st.none() | st.integers(1, 4),
    st.sampled_from(["rising", "falling"]),
    st.lists(st.integers(-20, 20), max_size=8),
)
def test_a_threshold_is_reached_and_left_in_turn_and_each_look_ends_right(values, step, direction, seen):
    thresholds = Thresholds(tuple(map(Decimal, values)), step and Decimal(step), direction)
    sign = 1 if direction == "rising" else -1
    furthest = max([sign * value for value in values], default=0)
    levels = {sign * value for value in values}
    levels |= {furthest + step * n for n in range(1, 60)} if step else set()
    state, reached = Reached(), set()
    for value in seen:
        events, state = crossings(thresholds, state, Decimal(value))
        assert crossings(thresholds, state, Decimal(value)) == ((), state)
        for event in events:
            level = sign * event.threshold
            assert (level in reached) is (event.kind == "recovered")
            reached ^= {level}
        assert reached == {level for level in levels if level <= sign * value}
