"""A contract played month by month, with usage that comes late, ends in the sums of one run after its end.

With phases, grants, credits and a customer's discount on it: every cap, pool and true-up is worked out anew each time,
so when it was billed may not matter. What the independent rater knows stands in `tests/oracle`.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from usance.scenario.runner import read_scenario, run

DAYS = st.builds("2025-{:02}-{:02}".format, st.integers(7, 10), st.integers(1, 28))
TIERS = [
    {"up_to": 30, "unit_amount": "1.13"},
    {"up_to": 90, "unit_amount": "0.77"},
    {"up_to": None, "unit_amount": "0.5"},
]
PRICES = st.sampled_from(
    [
        {"model": "per_unit", "unit_amount": "0.37"},
        {"model": "tiered", "tiers": TIERS},
        {"model": "volume", "tiers": TIERS, "reset": "P3M"},
        {"model": "tiered", "tiers": TIERS, "reset": "P1Y"},
        {"model": "package", "package_size": 7, "unit_amount": "3.33"},
    ]
)
AMOUNTS = st.integers(1, 90).map(str)
DISCOUNTS = st.fixed_dictionaries(
    {"type": st.sampled_from(["percent", "fixed"]), "value": AMOUNTS},
    optional={
        "cadence": st.sampled_from(["P1W", "P1M", "P3M", "P1Y"]),
        "max_per_period": AMOUNTS,
        "max_lifetime": AMOUNTS,
        "until": st.just("2025-09-30"),
        "order": st.integers(-1, 1),
    },
)
COMMITMENTS = st.fixed_dictionaries(
    {"minimum_amount": AMOUNTS},
    optional={
        "maximum_amount": st.integers(91, 300).map(str),
        "cadence": st.sampled_from(["P1M", "P3M", "P1Y"]),
        "charge_full_amount": st.booleans(),
        "skip_zero": st.booleans(),
        "basis": st.sampled_from(["net", "gross"]),
    },
)
FEES = st.fixed_dictionaries({"type": st.sampled_from(["percent", "fixed"]), "value": AMOUNTS})
FREE_UNITS = st.fixed_dictionaries(
    {"value": st.integers(1, 60)},
    optional={
        "cadence": st.sampled_from(["P1W", "P1M", "P3M"]),
        "max_per_period": st.integers(1, 40),
        "max_lifetime": st.integers(1, 80),
        "prorate_stub": st.booleans(),
    },
)
GRANTS = st.fixed_dictionaries(
    {"entitlement": st.sampled_from(["u", "v"]), "type": st.just("quantity"), "amount": st.integers(1, 50)},
    optional={"every": st.just("P1M"), "rollover": st.just({"maximum": 10})},
).filter(lambda terms: "every" in terms or "rollover" not in terms)
CREDITS = st.fixed_dictionaries(
    {"entitlement": st.just("w"), "type": st.just("credits"), "amount": st.integers(5, 200)},
    optional={"every": st.just("P1M")},
)
TOGETHER = {"discounts": DISCOUNTS, "commitment": COMMITMENTS, "service_fees": FEES, "grants": CREDITS}


def items(name):
    return st.fixed_dictionaries(
        {
            "id": st.just(name),
            "prices": PRICES,
            "quantity": st.sampled_from([{"metric": "calls"}, {"metric": "calls"}, 12]),
        },
        optional={
            "free_units": FREE_UNITS,
            "discounts": DISCOUNTS,
            "commitment": COMMITMENTS,
            "grants": GRANTS,
        },
    )


def phases():
    first = {"id": st.just("first"), "ends_on": st.just("2025-08-31"), "items": items("a")}
    second = {"id": st.just("second"), "starts_on": st.just("2025-09-01"), "items": items("b")}
    return st.tuples(*(st.fixed_dictionaries(phase, optional=TOGETHER) for phase in (first, second))).map(list)


CONTRACTS = st.fixed_dictionaries(
    {
        "starts_on": st.sampled_from(["2025-07-01", "2025-07-11"]),
        "ends_on": st.sampled_from(["2025-10-14", "2025-10-31"]),
        "tax": st.sampled_from([0, "8.875", {"percentage": 19, "inclusive": True}]),
        "phases": phases(),
    },
    optional={
        "items": items("c"),
        "anchor": st.sampled_from([1, 15, 31]),
        "adjustments": st.just("immediate"),
        **TOGETHER,
    },
)
USED = st.lists(st.tuples(DAYS, st.integers(1, 60), st.one_of(st.none(), st.integers(1, 28))), max_size=8)


def sums(scenario):
    """(item, modifier, cycle) -> what was billed, net and tax."""
    found: dict[tuple[str, str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    result = run(read_scenario(scenario))
    assert {problem["code"] for problem in result["problems"]} <= {"out_of_contract", "unread_event_type"}
    for invoice in result["invoices"]:
        for line in invoice["lines"]:
            if line["kind"] != "tax":
                both = found[line["item"], line.get("modifier", ""), line["cycle"]]
                both[:] = both[0] + Decimal(line["amount"]), both[1] + Decimal(line["tax"])
    return {key: both for key, both in found.items() if any(both)}


@given(CONTRACTS, USED, st.one_of(st.none(), DISCOUNTS))
def test_months_end_in_the_sums_of_one_run(contract, used, discount):
    events = [
        {"id": f"e{number}", "timestamp": f"{day}T12:00:00Z", "data": {"count": count}}
        for number, (day, count, _late) in enumerate(used)
    ]
    late = [late for _day, _count, late in used]
    scenario = {
        "metrics": {"calls": {"event_type": "calls", "aggregate": "sum", "field": "count"}},
        "customer": {"id": "acme", "discounts": [] if discount is None else [discount]},
        "contract": contract,
        "as_of": "2026-12-31T00:00:00Z",
    }
    arrivals = [
        {"at": f"2025-11-{day:02}T00:00:00Z", "events": [event]} for event, day in zip(events, late, strict=True) if day
    ]
    in_time = [event for event, day in zip(events, late, strict=True) if not day]
    monthly = {**scenario, "events": in_time, "facts": arrivals}
    once = {**scenario, "events": events, "facts": [{"at": "2026-12-30T00:00:00Z", "run": True}]}
    assert sums(monthly) == sums(once)
