"""Random prices of every model, and quantities to apply them to."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from tests.unit.pricing.rated import event, leaf, priced
from usance.catalog.price import Price
from usance.pricing.quantities import Group, Quantities

amounts = st.decimals(0, 1000, places=4)
percentages = st.decimals(0, 150, places=3)
sizes = st.one_of(st.integers(0, 100_000).map(Decimal), st.decimals(0, 100_000, places=6))
"""Quantities of zero and more."""
any_sizes = st.one_of(sizes, sizes.map(lambda size: -size))
REGIONS = ("us", "eu", "apac", "")


@st.composite
def tables(draw: st.DrawFn, *members: str, rising: bool = False) -> list[dict[str, Any]]:
    """A sound table of tiers, whose tiers have amounts (or percentages) of these names."""
    bounds = sorted(draw(st.sets(st.decimals("0.5", 50_000, places=1), max_size=5)))
    columns = {
        name: draw(
            st.lists(
                percentages if name == "percentage" else amounts, min_size=len(bounds) + 1, max_size=len(bounds) + 1
            )
        )
        for name in members
    }
    if rising:
        columns = {name: sorted(column) for name, column in columns.items()}
    return [
        {"up_to": bound} | {name: column[place] for name, column in columns.items()}
        for place, bound in enumerate([*bounds, None])
    ]


def _models(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[Price]:
    return st.builds(priced, charge_at_zero=st.booleans(), **members)


GRADUATED = (
    _models(model=st.just("tiered"), tiers=tables("unit_amount", "flat_amount")),
    _models(model=st.just("tiered_percent"), tiers=tables("percentage", "flat_amount")),
)
BRACKETS = (
    _models(model=st.just("volume"), tiers=tables("unit_amount", "flat_amount")),
    _models(model=st.just("step"), tiers=tables("flat_amount")),
)
tiered_prices = st.one_of(*GRADUATED, *BRACKETS)
"""Prices whose window may be longer than a billing period."""

packages = _models(
    model=st.just("package"),
    package_size=st.decimals("0.1", 500, places=1),
    unit_amount=amounts,
    round=st.sampled_from(["up", "down", "nearest"]),
)
by_unit = _models(model=st.just("per_unit"), unit_amount=amounts, per=st.sampled_from([1, 3, 1000]))
percents = _models(model=st.just("percent"), percentage=percentages, free_amount=st.sampled_from([0, 100]))
percents_by_event = st.builds(
    lambda low, more, **terms: priced(per_event_minimum=low, per_event_maximum=low + more, **terms),
    st.decimals(0, 5, places=2),
    st.decimals(0, 100, places=2),
    model=st.just("percent"),
    percentage=percentages,
    fixed_amount=st.decimals(0, 2, places=2),
    free_events=st.integers(0, 3),
    free_amount=st.sampled_from([0, 100]),
)
formulas = _models(
    model=st.just("formula"),
    expression=st.sampled_from(
        [
            "quantity * 0.02 + 5",
            "max(quantity - 100, 0) / 3",
            "round(quantity / 7, 2) - ceil(quantity) + floor(quantity, 1)",
            "-min(quantity, 50) × 2",
        ]
    ),
)
totals = st.one_of(
    _models(model=st.just("flat"), amount=amounts),
    by_unit,
    percents,
    percents_by_event,
    packages,
    formulas,
    tiered_prices,
)
"""Prices that depend on the total quantity alone, or can be applied to one."""


@st.composite
def matrices(draw: st.DrawFn) -> Price:
    rates = st.one_of(
        st.builds(lambda amount: {"unit_amount": amount}, amounts),
        st.builds(lambda table: {"tiers": table}, tables("unit_amount", "flat_amount")),
    )
    named = draw(st.sets(st.sampled_from(REGIONS)))
    rows: list[dict[str, Any]] = [{"match": {"region": region}, **draw(rates)} for region in sorted(named)]
    rows.append({"default": True, **draw(rates)})
    return priced(model="matrix", dimensions=["region"], rows=rows, charge_at_zero=draw(st.booleans()))


@st.composite
def two_dimensional(draw: st.DrawFn) -> Price:
    rows = sorted(draw(st.sets(st.integers(1, 50_000), max_size=3)))
    columns = sorted(draw(st.sets(st.integers(-5, 5), max_size=3)))
    row = st.lists(amounts, min_size=len(columns) + 1, max_size=len(columns) + 1)
    return priced(
        model="two_dimensional",
        row_up_to=[*rows, None],
        column="level",
        column_up_to=[*columns, None],
        unit_amounts=draw(st.lists(row, min_size=len(rows) + 1, max_size=len(rows) + 1)),
    )


others = st.one_of(
    matrices(),
    two_dimensional(),
    _models(model=st.just("dynamic"), amount_field=st.just("fee"), multiplier=amounts),
    _models(model=st.just("capacity"), meters=st.just({"seats": [10, 500]}), tiers=st.just([{"amount": 1}] * 3)),
)
"""Prices that need more than a total."""


@st.composite
def parted(draw: st.DrawFn, of: st.SearchStrategy[Decimal] = sizes) -> Quantities:
    """A quantity with events, parts by region and level that add up to it, and a named quantity."""
    values = draw(st.lists(of, max_size=6))
    events = tuple(event(number, value, fee=draw(amounts)) for number, value in enumerate(values))  # type: ignore[arg-type]
    groups = tuple(
        Group({"region": draw(st.sampled_from(REGIONS)), "level": str(draw(st.integers(-8, 8)))}, leaf(value))
        for value in values
    )
    return Quantities(leaf(sum(values, Decimal(0))), groups, events, {"seats": leaf(draw(of))})
