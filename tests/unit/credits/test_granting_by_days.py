"""Grants of windows that were cut short: 11 July to 15 September in months that begin on the 1st.

21 of 31 days, all of August, 15 of 30.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from pydantic import ValidationError

from usance.catalog.modifiers import GrantTerms
from usance.credits.burn_down import burn
from usance.credits.granting import Sold, grants_from
from usance.kernel.period import Period
from usance.kernel.recurrence import Cadence, Recurrence


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def granted(sold=(), until="2025-12-31", end="2025-09-16", **terms):
    return grants_from(
        GrantTerms.model_validate({"entitlement": "calls", "type": "quantity", "amount": 100} | terms),
        id_prefix="ctr/calls",
        start=at("2025-07-11"),
        end=end and at(end),
        zone="UTC",
        until=at(until),
        sold=sold,
        windows=MONTHS,
    )


MONTHS = Recurrence(date(2025, 7, 1), Cadence.parse("P1M"))
JULY = Sold(
    at("2025-07-11"),
    issued_at=at("2025-07-11"),
    paid_at=at("2025-07-13"),
    cycle_end=at("2025-08-01"),
    service=Period(date(2025, 7, 11), date(2025, 8, 1)),
    full=Period(date(2025, 7, 1), date(2025, 8, 1)),
)


def amounts(**terms):
    grants = granted(prorate_stub=True, **terms)
    return [(grant.effective_at, grant.expires_at, grant.amount) for grant in grants]


@pytest.mark.parametrize(
    ("rounding", "first"),
    [("floor", 67), ("half_up", 68), ("ceil", 68)],  # 67.74
)
def test_windows_cut_short_give_their_share(rounding, first):
    assert amounts(every="P1M", rounding=rounding) == [
        (at("2025-07-11"), at("2025-08-01"), first),
        (at("2025-08-01"), at("2025-09-01"), 100),
        (at("2025-09-01"), at("2025-09-16"), 50),
    ]


def test_each_expires_as_its_terms_say():
    made = amounts(every="P1M", expires_after="P2M")
    assert [expires_at for _at, expires_at, _amount in made] == [
        at("2025-09-11"),
        at("2025-10-01"),
        at("2025-11-01"),
    ]


def test_ids_stay_when_a_share_is_nothing():
    # 1 x 21 / 31 is no whole unit; nor is 1 x 15 / 30
    grants = granted(prorate_stub=True, every="P1M", amount=1)
    assert [grant.id for grant in grants] == ["ctr/calls#1"]


def test_what_is_ahead_is_not_given_yet():
    grants = granted(prorate_stub=True, every="P1M", until="2025-08-31")
    assert [grant.id for grant in grants] == ["ctr/calls#0", "ctr/calls#1"]


def test_without_it_all_is_given_from_the_start_on():
    (grant,) = granted(every="P1M")
    assert [entry.at for entry in burn([grant], [], at("2025-12-31")).given] == [
        at("2025-07-11"),
        at("2025-08-11"),
        at("2025-09-11"),
    ]


def test_a_billing_period_cut_short_gives_its_share():
    (grant,) = granted([JULY], on="approval", prorate_stub=True)
    assert (grant.id, grant.amount, grant.expires_at) == ("ctr/calls/2025-07-11", 67, None)


def test_windows_of_a_billing_period():
    # A quarter from 1 July, paid on 13 August: July is over, of August all is given, and of September.
    quarter = Sold(
        at("2025-07-11"),
        paid_at=at("2025-08-13"),
        cycle_end=at("2025-09-16"),
        service=Period(date(2025, 7, 11), date(2025, 9, 16)),
        full=Period(date(2025, 7, 1), date(2025, 10, 1)),
    )
    made = granted([quarter], on="payment", every="P1M", prorate_stub=True)
    assert [(grant.id, grant.effective_at, grant.expires_at, grant.amount) for grant in made] == [
        ("ctr/calls/2025-07-11#1", at("2025-08-13"), at("2025-09-01"), 100),
        ("ctr/calls/2025-07-11#2", at("2025-09-01"), at("2025-09-16"), 50),
    ]


def test_windows_without_an_end():
    made = amounts(every="P1M", end=None, until="2025-09-01")
    assert [(start, amount) for start, _end, amount in made] == [
        (at("2025-07-11"), 67),
        (at("2025-08-01"), 100),
        # the one that begins at the moment is there
        (at("2025-09-01"), 100),
    ]


def test_a_window_that_is_over_when_it_is_paid_for_is_none():
    # paid on the first instant of August, while the quarter goes on: nothing of July
    quarter = Sold(
        at("2025-07-11"),
        paid_at=at("2025-08-01"),
        cycle_end=at("2025-10-01"),
        service=Period(date(2025, 7, 11), date(2025, 10, 1)),
        full=Period(date(2025, 7, 1), date(2025, 10, 1)),
    )
    made = granted([quarter], on="payment", every="P1M", prorate_stub=True)
    assert [grant.id for grant in made] == ["ctr/calls/2025-07-11#1", "ctr/calls/2025-07-11#2"]


@pytest.mark.parametrize("unknown", [{"service": None}, {"full": None}, {"service": None, "full": None}])
def test_a_billing_period_whose_days_are_not_known_gives_all(unknown):
    (grant,) = granted([replace(JULY, **unknown)], on="approval", prorate_stub=True)
    assert grant.amount == 100


def test_a_billing_period_without_an_end_gives_until_the_contract_ends():
    endless = Sold(at("2025-07-11"), at("2025-07-11"))
    (grant,) = granted([endless], on="approval", every="P1M", end="2025-09-16")
    assert grant.expires_at == at("2025-09-16")


def test_what_is_paid_for_late_is_given_once():
    late = replace(JULY, paid_at=at("2025-08-01"))
    (grant,) = granted([late], on="payment", every="P1M", prorate_stub=True)
    assert (grant.effective_at, grant.expires_at, grant.amount) == (at("2025-08-01"), at("2025-09-01"), 100)


@pytest.mark.parametrize(
    "terms",
    [
        {"prorate_stub": True},
        {"prorate_stub": True, "every": "P1M", "rollover": {"maximum": 5}},
        {"prorate_stub": True, "type": "feature", "amount": None},
    ],
)
def test_what_it_means_nothing_for_is_refused(terms):
    with pytest.raises(ValidationError):
        granted(**terms)
