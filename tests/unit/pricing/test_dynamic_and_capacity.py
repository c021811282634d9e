"""Dynamic and capacity prices on figures worked by hand."""

import pytest

from tests.unit.pricing.rated import amount, charge, event, priced, quantities, refused
from usance.catalog.price_needs import meters_of, needed_fields, prices_dimensions, prices_events
from usance.kernel.errors import CannotBill

SIZES = {
    "model": "capacity",
    "meters": {"storage": [100, 500, None], "seats": [5, 20]},
    "tiers": [{"amount": "10.00"}, {"amount": "40.00"}, {"amount": "150.00"}],
}


class TestDynamic:
    def of(self, *fees):
        return quantities(len(fees), events=[event(number, fee=fee) for number, fee in enumerate(fees)])

    def test_the_sum_of_what_events_say(self):
        # 1.25 + 3 - 0.5
        assert amount(self.of("1.25", 3, "-0.5"), model="dynamic", amount_field="fee") == "3.75"

    def test_times_a_multiplier(self):
        assert amount(self.of("1.25", "3"), model="dynamic", amount_field="fee", multiplier="1.2") == "5.1"

    def test_no_events_cost_nothing(self):
        assert amount(self.of(), model="dynamic", amount_field="fee") == "0"

    @pytest.mark.parametrize(("fee", "why"), [("a lot", "is not a plain decimal"), (None, "is missing"), (0.5, "text")])
    def test_an_event_without_a_readable_amount_is_named(self, fee, why):
        with pytest.raises(CannotBill, match=f"event 'evt_1' of 2025-07-01T00:01:00.* fee .*{why}"):
            charge(self.of(1, fee, 2), model="dynamic", amount_field="fee")

    def test_nothing_is_converted_or_bounded(self):
        assert refused(model="dynamic", amount_field="fee", minimum_quantity=1, convert={"divide_by": 2}) == [
            ("/convert", "no_own_quantity"),
            ("/minimum_quantity", "no_own_quantity"),
        ]


class TestCapacity:
    @pytest.mark.parametrize(
        ("storage", "seats", "expected"),
        [
            (0, 0, "10"),  # the smallest size
            (100, 5, "10"),  # limits still fit
            ("100.1", 1, "40"),
            (10, 6, "40"),  # one meter decides
            (500, 20, "40"),
            (501, 1, "150"),
            (1, 21, "150"),  # the last size holds any number of seats: its limit was left out
            (10**12, 1, "150"),  # and any storage: its limit is null
        ],
    )
    def test_the_smallest_size_that_holds_every_meter(self, storage, seats, expected):
        assert amount(quantities(1, storage=storage, seats=seats), **SIZES) == expected

    def test_says_which_meter_needs_it(self):
        assert charge(quantities(1, storage=300, seats=2), **SIZES).derivation.label == (
            "amount of tier 2, needed by storage"
        )

    def test_nothing_at_zero_when_the_price_says_so(self):
        price = SIZES | {"charge_at_zero": False}
        assert amount(quantities(1, storage=0, seats=0), **price) == "0"
        assert amount(quantities(1, storage=0, seats=1), **price) == "10"

    def test_beyond_the_largest_size(self):
        price = SIZES | {"meters": {"seats": [5, 20, 50]}}
        assert amount(quantities(1, seats=50), **price) == "150"
        with pytest.raises(CannotBill, match="seats is 51, and the largest tier holds 50"):
            charge(quantities(1, seats=51), **price)

    def test_a_meter_that_nothing_yields(self):
        with pytest.raises(CannotBill, match="needs a quantity 'seats', and the item has: storage"):
            charge(quantities(1, storage=3), **SIZES)

    def test_a_negative_meter_is_reported(self):
        made = charge(quantities(1, storage=-3, seats=2), **SIZES)
        assert (made.amount, made.unpriced) == (0, -3)

    def test_every_fault_of_the_limits(self):
        meters = {"a": [1], "b": [5, 5, 6], "c": [None, 1, 2], "d": [1, 2, None]}
        assert refused(**SIZES | {"meters": meters}) == [
            ("/meters/a", "does_not_fit"),
            ("/meters/b/1", "tiers_not_increasing"),
            ("/meters/c/0", "open_tier"),
        ]

    def test_and_of_their_values(self):
        meters = {"a": [1, "x", 1], "b": "many", "c": [5, 4, 0]}
        assert refused(**SIZES | {"meters": meters}) == [
            ("/meters/a/1", "invalid_value"),
            ("/meters/b", "wrong_type"),
            ("/meters/c/2", "invalid_value"),
            ("/meters/a/2", "tiers_not_increasing"),
            ("/meters/c/1", "tiers_not_increasing"),
            ("/meters/c/2", "tiers_not_increasing"),
        ]

    def test_the_last_of_the_limits_must_rise_too(self):
        assert refused(**SIZES | {"meters": {"a": [1, 5, 5]}}) == [("/meters/a/2", "tiers_not_increasing")]


def test_what_prices_need():
    matrix = priced(model="matrix", dimensions=["a", "b"], rows=[{"default": True, "unit_amount": 1}])
    flat = priced(model="flat", amount=1)
    assert prices_dimensions(matrix) == ("a", "b")
    assert (meters_of(flat), prices_dimensions(flat), prices_events(flat), needed_fields(flat)) == ((), (), False, ())
    assert meters_of(priced(**SIZES)) == ("storage", "seats")
    assert meters_of(priced(model="formula", expression="a * quantity + b / a")) == ("a", "b")
    dynamic = priced(model="dynamic", amount_field="fee")
    assert (prices_events(dynamic), needed_fields(dynamic)) == (True, ("fee",))
    assert prices_events(priced(model="percent", percentage=1, free_events=1))
    assert not prices_events(priced(model="percent", percentage=1, free_amount=5))
