"""Percent prices on figures worked by hand: of a total, and event by event."""

import pytest

from tests.unit.pricing.rated import amount, charge, event, quantities, refused
from usance.kernel.amount import plain


def of(*values, total=None):
    """A quantity of events with these values, in this order of time."""
    events = [event(number, value) for number, value in enumerate(values)]
    return quantities(total if total is not None else sum(one.value for one in events), events=events)


class TestOfTheTotal:
    @pytest.mark.parametrize(
        ("quantity", "percentage", "expected"),
        [("1500", "5", "75"), ("5000.00", "10", "500"), ("100", "5", "5"), ("0", "5", "0"), ("-200", "5", "-10")],
    )
    def test_of_money(self, quantity, percentage, expected):
        assert amount(quantity, model="percent", percentage=percentage) == expected

    def test_a_percentage_below_one_stays_exact(self):
        # 0.000000000001 % of 12,345.67
        assert amount("12345.67", model="percent", percentage="0.000000000001") == "0.0000000001234567"

    @pytest.mark.parametrize(
        ("quantity", "expected"), [("800", "0"), ("1000", "0"), ("1500", "10"), ("-1500", "-10"), ("-900", "0")]
    )
    def test_an_amount_is_free(self, quantity, expected):
        # 2 % of what is above 1,000; a correction is the negative of its size
        assert amount(quantity, model="percent", percentage=2, free_amount=1000) == expected


class TestEventByEvent:
    def test_a_fixed_amount_for_each(self):
        # 2.9 % of 300 is 8.70, and 3 x 0.30
        assert amount(of(50, 100, 150), model="percent", percentage="2.9", fixed_amount="0.30") == "9.6"

    def test_the_first_are_free(self):
        # the first two cost nothing: 1 % of 300 and 400, and 2 x 0.25
        price = {"model": "percent", "percentage": 1, "fixed_amount": "0.25", "free_events": 2}
        assert amount(of(100, 200, 300, 400), **price) == "7.5"
        assert amount(of(100, 200), **price) == "0"

    def test_bounds_hold_for_each(self):
        # 10 % of 5 is 0.50, at least 1; of 40 is 4; of 900 is 90, at most 20
        price = {"model": "percent", "percentage": 10, "per_event_minimum": 1, "per_event_maximum": 20}
        assert amount(of(5, 40, 900), **price) == "25"

    def test_bounds_include_the_fixed_amount(self):
        # 1 % of 10 and 0.30 is 0.40, at least 0.50; of 100 and 0.30 is 1.30
        price = {"model": "percent", "percentage": 1, "fixed_amount": "0.30", "per_event_minimum": "0.50"}
        assert amount(of(10, 100), **price) == "1.8"

    def test_the_free_amount_is_used_up_in_order_of_time(self):
        # 100 are free: all of 60, and 40 of the 80 after it: 5 % of the other 40 and 0.10; then 5 % of 20 and 0.10
        price = {"model": "percent", "percentage": 5, "fixed_amount": "0.10", "free_amount": 100}
        assert amount(of(60, 80, 20), **price) == "3.2"

    def test_an_event_that_uses_it_up_exactly_costs_nothing(self):
        # 100 and 50 of 150 are free, fixed amounts too; then 2% of 10 and 1
        events = [event(1, 100), event(2, 50), event(3, 10)]
        terms = {"percentage": 2, "free_amount": 150, "fixed_amount": 1}
        assert amount(quantities(160, events=events), model="percent", **terms) == "1.2"

    def test_free_events_do_not_use_up_the_free_amount(self):
        # 500 is the free event; 100 of 150 are free: 10 % of 50 + 1
        price = {"model": "percent", "percentage": 10, "fixed_amount": 1, "free_events": 1, "free_amount": 100}
        assert amount(of(500, 150), **price) == "6"

    def test_a_refund_is_the_negative_of_its_size(self):
        # 10 % of 50 and 1, less 10 % of 20 and 1
        assert amount(of(50, -20), model="percent", percentage=10, fixed_amount=1) == "3"

    def test_a_refund_of_what_was_free_gives_nothing_back(self):
        assert amount(of(80, -80), model="percent", percentage=10, fixed_amount=1, free_amount=100) == "0"

    def test_an_event_of_no_money_still_costs_its_fixed_amount(self):
        assert amount(of(0, 0), model="percent", percentage=10, fixed_amount="0.25") == "0.5"

    def test_no_events_cost_nothing(self):
        assert amount(of(), model="percent", percentage=10, fixed_amount=1, per_event_minimum=5) == "0"

    def test_a_quantity_without_events_is_one(self):
        # 2 % of 200 and 1
        assert amount("200", model="percent", percentage=2, fixed_amount=1) == "5"
        assert amount("-200", model="percent", percentage=2, fixed_amount=1) == "-5"

    def test_units_that_are_free_are_taken_from_the_first_events(self):
        # 70 of 50 + 50 + 50 were granted: the first is gone, 30 of the second is left: 10 % of 80 and 2 x 1
        assert amount(of(50, 50, 50, total=80), model="percent", percentage=10, fixed_amount=1) == "10"

    def test_units_up_to_a_minimum_are_an_event_of_their_own(self):
        # 50, and 30 more: 10 % of 80 and 2 x 1
        assert amount(of(50, total=80), model="percent", percentage=10, fixed_amount=1) == "10"

    def test_events_are_converted_too(self):
        # cents: 250.00 and 1.00; 2 % of 251 and 2 x 0.10
        price = {"model": "percent", "percentage": 2, "fixed_amount": "0.10", "convert": {"divide_by": 100}}
        assert amount(of(25000, 100, total=251), **price) == "5.22"

    def test_many_events_make_a_small_derivation(self):
        made = charge(of(*range(1, 1001)), model="percent", percentage=1, fixed_amount="0.01", per_event_maximum=5)
        # up to 499: 1 % of 124,750 and 499 x 0.01, together 1,252.49; the 501 others would be above 5 and are 5 each
        assert plain(made.amount) == "3757.49"
        assert len(str(made.derivation.to_json())) < 2_000


class TestRefused:
    def test_every_fault(self):
        assert sorted(refused(model="percent", percentage="-1", free_events="-1", free_amount="-1")) == [
            ("/free_amount", "invalid_value"),
            ("/free_events", "out_of_range"),
            ("/percentage", "invalid_value"),
        ]

    def test_bounds_that_cross(self):
        assert refused(model="percent", percentage=1, per_event_minimum=2, per_event_maximum=1) == [
            ("/per_event_minimum", "out_of_range")
        ]
