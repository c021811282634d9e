"""Thresholds, one look after the other."""

from __future__ import annotations

from decimal import Decimal

import pytest

from usance.credits.threshold import MOST_EVENTS, Crossing, Reached, Thresholds, crossings


def rising(*values, step=None):
    return Thresholds(tuple(Decimal(value) for value in values), step and Decimal(step))


def falling(*values, step=None):
    return Thresholds(tuple(Decimal(value) for value in values), step and Decimal(step), "falling")


def looks(thresholds, *values, state=None):
    """Events of each look, as +threshold when it is reached and -threshold when it is left."""
    state, seen = state or Reached(), []
    for value in values:
        events, state = crossings(thresholds, state, Decimal(value))
        seen.append([f"{'+' if event.kind == 'reached' else '-'}{event.threshold}" for event in events])
    return seen


def test_an_event_says_what_was_crossed_by_which_value():
    assert crossings(rising(80), Reached(), Decimal(85)) == (
        (Crossing(Decimal(80), "reached", Decimal(85)),),
        Reached(Decimal(80)),
    )


def test_each_is_raised_once_and_recovers_once():
    assert looks(rising(80, 100), 79, 80, 90, 79, 50, 80) == [[], ["+80"], [], ["-80"], [], ["+80"]]


def test_several_at_once_come_in_the_order_they_were_passed():
    assert looks(rising(100, 50, 80), 120, 20) == [["+50", "+80", "+100"], ["-100", "-80", "-50"]]


def test_a_balance_falls_to_its_thresholds():
    assert looks(falling(10, 50), 60, 50, 5, 0, 10, 11, 60) == [[], ["+50"], ["+10"], [], [], ["-10"], ["-50"]]


def test_steps_go_on_beyond_the_last_value():
    assert looks(rising(100, step=50), 99, 160, 260, 149, 90) == [
        [],
        ["+100", "+150"],
        ["+200", "+250"],
        ["-250", "-200", "-150"],
        ["-100"],
    ]


def test_steps_alone_count_from_zero():
    assert looks(rising(step="0.5"), 0, "1.2", "0.4") == [[], ["+0.5", "+1.0"], ["-1.0", "-0.5"]]


def test_steps_of_a_falling_balance():
    assert looks(falling(10, step=10), 20, -5, -10, 5) == [[], ["+10", "+0"], ["+-10"], ["--10", "-0"]]


def test_one_added_short_of_the_furthest_level_raises_nothing():
    assert looks(rising(50, 100), 120, 10, state=Reached(Decimal(100))) == [[], ["-100", "-50"]]


def test_one_added_beyond_it_is_reached_at_the_next_look():
    assert looks(rising(100, 110), 120, state=Reached(Decimal(100))) == [["+110"]]


def test_one_taken_away_does_not_recover():
    assert looks(rising(50), 20, state=Reached(Decimal(100))) == [["-50"]]


def test_a_look_has_a_bounded_number_of_events_and_the_next_goes_on():
    some = rising(step=1)
    first, state = crossings(some, Reached(), Decimal(MOST_EVENTS + 5))
    assert (len(first), state.level) == (MOST_EVENTS, MOST_EVENTS)
    assert len(crossings(some, state, Decimal(MOST_EVENTS + 5))[0]) == 5
    down, state = crossings(some, Reached(Decimal(MOST_EVENTS + 5)), Decimal(0))
    assert (len(down), state.level) == (MOST_EVENTS, 5)


@pytest.mark.parametrize("step", ["-1", "0"])
def test_a_step_goes_forward(step):
    with pytest.raises(ValueError, match="greater than zero"):
        Thresholds((), Decimal(step))


def test_what_recovers_says_by_which_value():
    events, state = crossings(rising(50, 80), Reached(Decimal(80)), Decimal(60))
    assert events == (Crossing(Decimal(80), "recovered", Decimal(60)),)
    assert state == Reached(Decimal(50))


def test_a_level_between_two_steps_was_none():
    # with 100 and steps of 50 the levels are 100, 150, 200: 175 was watched once
    assert looks(rising(100, step=50), 120, state=Reached(Decimal(175))) == [["-150"]]
    # steps of 30 from 100: 130 and 160, not 110
    assert looks(rising(100, step=30), 90, state=Reached(Decimal(110))) == [["-100"]]


def test_a_value_below_the_first_step_leaves_the_values():
    assert looks(rising(50, 100, step=50), 99, state=Reached(Decimal(150))) == [["-150", "-100"]]
    assert looks(rising(50, 100, step=50), 60, state=Reached(Decimal(100))) == [["-100"]]
    assert looks(rising(80, 100, step=50), 60, state=Reached(Decimal(100))) == [["-100", "-80"]]
