"""The wallet, worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import permutations

import pytest
from pydantic import ValidationError

from usance.catalog.wallet import AutomaticTopUp
from usance.credits.wallet import apply, entered_at, top_up, wallet_at
from usance.credits.wallet_entries import WalletCredit, WalletDebit, WalletDraw, WalletLapse, WalletReturn, WalletVoid
from usance.kernel.errors import Conflict
from usance.kernel.money import Money


def day(number: int) -> datetime:
    return datetime(2026, 1, number, tzinfo=UTC)


def usd(text: str) -> Money:
    return Money.parse(text, "USD")


def put_in(name="c", amount="50.00", at=1, kind="purchased", expires=None, **more):
    return WalletCredit(name, kind, usd(amount), day(at), expires and day(expires), **more)


def spent(name="d", amount="20.00", at=5):
    return WalletDebit(name, f"inv_{name}", usd(amount), day(at))


def balance(entries, at=31) -> str:
    return str(wallet_at(entries, "USD", day(at)).balance)


def paying(entries, amount="100.00", at=31):
    return [(draw.credit, str(draw.amount)) for draw in apply(entries, usd(amount), day(at))]


class TestApplying:
    def test_promotional_money_goes_before_purchased(self):
        # 30 given and 50 sold at half price: 80 of a charge of 100 are paid, 20 are left; the 50 cost 25.
        bought = put_in("bought", "50.00", kind="purchased", cost_basis=Decimal("0.5"))
        given = put_in("given", "30.00", kind="promotional", cost_basis=Decimal(0))
        assert paying([bought, given]) == [("given", "30.00"), ("bought", "50.00")]
        assert (bought.cost, given.cost) == (usd("25.00"), usd("0.00"))

    @pytest.mark.parametrize(
        ("first", "then"),
        [
            ({"kind": "purchased", "priority": 1}, {"kind": "promotional", "priority": 2}),
            ({"kind": "purchased", "expires": 20}, {"kind": "promotional", "expires": 21}),
            ({"kind": "purchased", "expires": 20}, {"kind": "promotional"}),
            ({"kind": "promotional", "at": 2}, {"kind": "purchased", "at": 1}),
            ({"at": 1}, {"at": 2}),
        ],
        ids=["priority", "earlier expiry", "never is last", "promotional", "oldest"],
    )
    def test_which_is_spent_first(self, first, then):
        assert paying([put_in("a", **then), put_in("b", **first)], "60.00", 10) == [("b", "50.00"), ("a", "10.00")]

    def test_equal_ones_go_by_id(self):
        assert paying([put_in("b"), put_in("a")], "60.00") == [("a", "50.00"), ("b", "10.00")]

    def test_never_more_than_is_due_and_nothing_of_nothing(self):
        assert paying([put_in()], "20.00") == [("c", "20.00")]
        assert paying([put_in()], "0.00") == paying([], "20.00") == paying([put_in()], "-5.00") == []

    def test_what_is_paid_says_for_what(self):
        draw = WalletDraw("c", "purchased", "d", "inv", day(2), usd("5.00"))
        assert apply([put_in()], usd("5.00"), day(2), debit="d", ref="inv") == (draw,)
        assert apply([put_in()], usd("5.00"), day(2)) == (replace(draw, debit="", ref=""),)

    def test_money_of_later_is_not_there_yet(self):
        assert paying([put_in(at=9)], at=8) == []


class TestFold:
    def test_a_balance_at_any_moment(self):
        entries = [put_in(at=2), spent(at=5), put_in("more", "7.00", at=9)]
        assert [balance(entries, at) for at in (1, 2, 4, 5, 9)] == ["0.00", "50.00", "50.00", "30.00", "37.00"]

    def test_the_order_of_entries_does_not_matter_and_copies_count_once(self):
        entries = [put_in("a", "5.00", kind="promotional"), put_in("b", at=5), spent(at=5), spent("e", "30.00", 7)]
        wallets = [wallet_at([*order, order[0]], "USD", day(8)) for order in permutations(entries)]
        # 55 in, 20 and 30 out.
        assert {str(wallet.balance) for wallet in wallets} == {"5.00"}
        assert all(wallet == wallets[0] for wallet in wallets)

    def test_what_paid_what(self):
        wallet = wallet_at([put_in("a", "5.00", kind="promotional"), put_in("b"), spent()], "USD", day(6))
        assert wallet.draws == (
            WalletDraw("a", "promotional", "d", "inv_d", day(5), usd("5.00")),
            WalletDraw("b", "purchased", "d", "inv_d", day(5), usd("15.00")),
        )
        assert (wallet.balance_of("promotional"), wallet.balance_of("purchased")) == (usd("0.00"), usd("35.00"))

    def test_what_is_left_at_expiry_is_breakage(self):
        # 10 bought, 6 used before they expire.
        entries = [put_in(amount="10.00", expires=20), spent(amount="6.00")]
        assert balance(entries, 19) == "4.00"
        wallet = wallet_at(entries, "USD", day(20))
        assert wallet.lapses == (WalletLapse("c", "purchased", day(20), usd("4.00"), "expired"),)
        assert wallet.balance == usd("0.00")

    def test_money_cannot_be_spent_when_it_expires(self):
        with pytest.raises(Conflict, match=r"20\.00 more than the wallet has"):
            balance([put_in(expires=5), spent(at=5)])

    def test_money_put_in_can_be_spent_at_once(self):
        assert balance([spent(at=5), put_in(at=5)]) == "30.00"

    def test_money_that_expired_before_it_came_lapses(self):
        wallet = wallet_at([put_in(at=9, expires=5)], "USD", day(10))
        assert wallet.lapses == (WalletLapse("c", "purchased", day(9), usd("50.00"), "expired"),)

    def test_a_voided_credit_loses_what_is_left(self):
        entries = [put_in(), spent(), WalletVoid("v", "c", day(6))]
        wallet = wallet_at(entries, "USD", day(7))
        assert wallet.lapses == (WalletLapse("c", "purchased", day(6), usd("30.00"), "voided"),)
        assert wallet_at([*entries, WalletVoid("w", "c", day(7))], "USD", day(7)) == wallet

    def test_an_undone_debit_gives_back_to_where_it_came_from(self):
        entries = [put_in("a", "5.00", kind="promotional"), put_in("b"), spent(), WalletReturn("r", "d", day(7))]
        wallet = wallet_at(entries, "USD", day(8))
        assert (wallet.balance_of("promotional"), wallet.balance_of("purchased")) == (usd("5.00"), usd("50.00"))
        assert sum(draw.amount.minor for draw in wallet.draws) == 0
        assert balance([*entries, WalletReturn("again", "d", day(8))]) == "55.00"

    def test_what_comes_back_to_expired_money_lapses_then(self):
        entries = [put_in(expires=6), spent(), WalletReturn("r", "d", day(7))]
        wallet = wallet_at(entries, "USD", day(8))
        assert [(lapse.at, str(lapse.amount)) for lapse in wallet.lapses] == [(day(6), "30.00"), (day(7), "20.00")]

    @pytest.mark.parametrize(
        "entry",
        [
            spent(amount="50.01"),
            WalletReturn("r", "no such debit", day(7)),
            WalletVoid("v", "no such credit", day(7)),
            put_in(amount="51.00"),
        ],
    )
    def test_what_does_not_fit_is_a_conflict(self, entry):
        with pytest.raises(Conflict):
            balance([put_in(), entry])

    def test_nothing_and_another_currency_do_not_move(self):
        with pytest.raises(ValueError, match="above zero"):
            put_in(amount="0.00")
        with pytest.raises(ValueError, match="above zero"):
            spent(amount="-1.00")
        with pytest.raises(ValueError, match="EUR"):
            wallet_at([put_in()], "EUR", day(2))

    def test_what_comes_back_says_when(self):
        wallet = wallet_at([put_in(), spent(), WalletReturn("r", "d", day(7))], "USD", day(8))
        assert wallet.draws[1] == WalletDraw("c", "purchased", "d", "inv_d", day(7), usd("-20.00"))

    def test_a_conflict_names_what_is_not_there(self):
        with pytest.raises(Conflict, match="no debit nothing to undo"):
            balance([WalletReturn("r", "nothing", day(7))])
        with pytest.raises(Conflict, match="no credit nothing to void"):
            balance([WalletVoid("v", "nothing", day(7))])
        with pytest.raises(Conflict, match="two entries with the id c"):
            balance([put_in("c"), put_in("c", "51.00")])

    def test_an_entry_comes_later_than_the_last_one(self):
        last = day(5)
        just_after = last.replace(microsecond=1)
        assert entered_at(None, day(5)) == day(5)
        assert entered_at(last, day(6)) == day(6)
        assert entered_at(last, just_after) == just_after
        assert entered_at(last, day(5)) == entered_at(last, day(4)) == just_after


class TestTopUp:
    def settings(self, **more):
        return AutomaticTopUp.model_validate({"threshold": "10"} | more)

    @pytest.mark.parametrize(
        ("left", "bought"), [("10.01", None), ("10.00", "50.00"), ("3.50", "50.00"), ("0.00", "50.00")]
    )
    def test_a_fixed_amount_at_or_below_the_threshold(self, left, bought):
        found = top_up(self.settings(amount="50"), usd(left), 0)
        assert found == (bought and usd(bought))

    def test_up_to_a_target(self):
        assert top_up(self.settings(target="100"), usd("3.50"), 0) == usd("96.50")

    def test_never_a_second_one_while_one_is_open(self):
        assert top_up(self.settings(amount="50"), usd("0.00"), 1) is None

    @pytest.mark.parametrize(
        "document", [{}, {"amount": "1", "target": "20"}, {"target": "10"}, {"amount": "0"}, {"threshold": "-1"}]
    )
    def test_settings_that_buy_nothing_or_two_things_are_refused(self, document):
        with pytest.raises(ValidationError):
            self.settings(**document)
