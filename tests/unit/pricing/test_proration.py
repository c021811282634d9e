"""Proration: the share of a cycle's charge that falls to some of its days."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from tests.unit.pricing.rated import labels, sound
from usance.kernel.derivation import given
from usance.kernel.period import Period
from usance.pricing.proration import prorate

CHARGE = given("a cycle's charge", Decimal("93.00"))


def days(start: str, end: str) -> Period:
    return Period(date.fromisoformat(start), date.fromisoformat(end))


JULY = days("2025-07-01", "2025-08-01")


def test_by_days():
    # 93.00 x 10 / 31 = 30.00
    node = sound(prorate(CHARGE, days("2025-07-22", "2025-08-01"), JULY))
    assert node.value == 30
    assert node.label == "10 of 31 days"
    assert labels(node) == [
        "a cycle's charge",
        "days held, 2025-07-22 to 2025-07-31",
        "days of the full cycle, 2025-07-01 to 2025-07-31",
    ]


@pytest.mark.parametrize("by", ["day", "second", "thirty_360"])
def test_the_whole_cycle_is_the_charge_itself(by):
    assert prorate(CHARGE, JULY, JULY, by, "Europe/Paris") is CHARGE


@pytest.mark.parametrize(
    ("held", "cycle", "zone", "seconds", "of"),
    [
        # 30 March 2025 has 23 hours in Paris, so that March has 743
        (days("2025-03-30", "2025-03-31"), days("2025-03-01", "2025-04-01"), "Europe/Paris", 82_800, 2_674_800),
        # 26 October has 25, so that October has 745
        (days("2025-10-26", "2025-10-27"), days("2025-10-01", "2025-11-01"), "Europe/Paris", 90_000, 2_682_000),
        (days("2025-03-30", "2025-03-31"), days("2025-03-01", "2025-04-01"), "UTC", 86_400, 2_678_400),
    ],
)
def test_by_seconds_days_weigh_what_they_last(held, cycle, zone, seconds, of):
    node = sound(prorate(CHARGE, held, cycle, "second", zone))
    assert node.value == Decimal("93.00") * seconds / of
    assert node.label == f"{seconds} of {of} seconds"
    assert labels(node) == [
        "a cycle's charge",
        f"seconds held, {held}",
        f"seconds of the full cycle, {cycle}",
    ]


def test_by_seconds_in_utc_when_no_zone_is_named():
    node = prorate(CHARGE, days("2025-03-30", "2025-03-31"), days("2025-03-01", "2025-04-01"), "second")
    assert node.label == "86400 of 2678400 seconds"


@pytest.mark.parametrize(
    ("held", "cycle", "label"),
    [
        # a month has 30 days, whatever the calendar says
        (days("2025-07-16", "2025-08-01"), JULY, "15 of 30 days"),
        (days("2025-02-16", "2025-03-01"), days("2025-02-01", "2025-03-01"), "15 of 30 days"),
        # day 31 counts as day 30: from the 30th to the 1st it is one day
        (days("2025-07-31", "2025-08-01"), JULY, "1 of 30 days"),
        (days("2025-07-30", "2025-08-01"), JULY, "1 of 30 days"),
        (days("2025-07-01", "2025-07-31"), days("2025-07-01", "2025-10-01"), "29 of 90 days"),
        # a year has 360: 2 x 30 + 14
        (days("2025-11-17", "2026-02-01"), days("2025-02-01", "2026-02-01"), "74 of 360 days"),
    ],
)
def test_by_months_of_thirty_days(held, cycle, label):
    assert sound(prorate(CHARGE, held, cycle, "thirty_360")).label == label


def test_a_day_31_alone_is_nothing_where_months_have_30():
    # 30 July to 31 July is one day of the calendar and none of 30/360
    node = prorate(CHARGE, days("2025-07-30", "2025-07-31"), JULY, "thirty_360")
    assert (node.label, node.value) == ("0 of 30 days", 0)
