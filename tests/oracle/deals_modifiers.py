"""Random free units, discounts, commitments and fees, as far as the rules say what they do together."""

from datetime import timedelta
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from tests.oracle.deals_prices import by_quantity, decimals, tables
from tests.oracle.terms import is_metered

LONGER = {"P1M": ("P3M", "P1Y"), "P3M": ("P1Y",), "P2W": ("P4W",), "P10D": ("P30D",), "P30D": ("P60D",), "P1Y": ()}
SHORTER = {
    "P1M": ("P1W", "P10D"),
    "P3M": ("P1M",),
    "P2W": ("P1W",),
    "P10D": ("P2D",),
    "P30D": ("P1W",),
    "P1Y": ("P3M",),
}
BY_UNIT = ("per_unit", "package", "percent", "tiered", "volume", "step", "tiered_percent")


def perhaps(strategy, *, one_in=2):
    """A dictionary, or most often none of it."""
    return st.integers(1, one_in).flatmap(lambda n: strategy if n == 1 else st.just({}))


def named(name, strategy):
    return strategy.map(lambda value: {name: value})


@st.composite
def free_units(draw, every, *, shorter):
    """A pool of units; with windows shorter than the period only where usage can be cut into parts."""
    terms: dict[str, Any] = {"value": draw(decimals(30, 1))}
    cadences = [every, *LONGER[every], *(SHORTER[every] if shorter else ())]
    terms |= draw(perhaps(named("cadence", st.sampled_from(cadences))))
    terms |= draw(perhaps(named("max_per_period", decimals(15, 1)), one_in=3))
    terms |= draw(perhaps(named("max_lifetime", decimals(60, 1)), one_in=3))
    if draw(st.booleans()):
        terms |= {"prorate_stub": True, "rounding": draw(st.sampled_from(["floor", "ceil", "half_up"]))}
    return terms


SUMS = ("used", "used_eu", "calls")
"""Metrics whose quantities add up, so that they can be cut into windows."""


@st.composite
def special(draw, what, item, every):
    """Members of an item that have free units, a tier table with a window, or a minimum quantity; its price too."""
    metered = isinstance(item["quantity"], dict) and "metric" in item["quantity"]
    metric = {"quantity": {"metric": draw(st.sampled_from(SUMS))}} if metered else {}
    if what == "free_units":
        terms = draw(free_units(every, shorter=metered))
        return {**metric, "free_units": terms, "prices": [draw(fitting({"free_units": terms}))], "quantities": {}}
    if what == "reset" and metered:
        price = {**draw(tables()), "reset": draw(st.sampled_from([*LONGER[every], *SHORTER[every]]))}
        return {**metric, "prices": [price], "quantities": {}} | draw(
            perhaps(named("free_units", free_units(every, shorter=False)))
        )
    if what == "minimum_quantity" and metered:
        terms = draw(
            commitments([every, *LONGER[every]], by_quantity=True).filter(lambda one: "minimum_quantity" in one)
        )
        product = {**item["product"], "kind": "point_in_time"}
        return {**metric, "product": product, "commitment": terms, "prices": [draw(by_quantity())], "quantities": {}}
    return {}


def fixed_price(item):
    """Whether an item's price must stay, because a longer window than a period says what its quantities cost."""
    return any("reset" in price for price in item["prices"]) or "minimum_quantity" in item.get("commitment", {})


def fitting(item):
    """A price that goes with an item's free and granted units: by unit, and what rounds cannot be cut into windows or
    events."""
    free, drawing = item.get("free_units", {}), "consumes" in item
    if not free and not drawing:
        return by_quantity()
    prices = by_quantity(BY_UNIT)
    return prices.map(_without_rounding) if "cadence" in free or drawing else prices


def _without_rounding(price):
    kept = {name: value for name, value in price.get("convert", {}).items() if name not in ("round", "places")}
    return {**price, "convert": kept} if kept else price


def item_commitments(item, every):
    """For windows of any length; shorter ones are rated by themselves, which seats and discounts cannot follow."""
    cadences = [every, *LONGER[every]]
    metered = isinstance(item["quantity"], dict) and "metric" in item["quantity"]
    return commitments([*cadences, *SHORTER[every]] if metered and "discounts" not in item else cadences)


@st.composite
def discounts(draw, every, start, *, shorter=True):
    """One to three discounts, in some order, with caps in whole units of any currency."""
    return [draw(_discount(every, start, shorter=shorter)) for _ in range(draw(st.integers(1, 3)))]


@st.composite
def _discount(draw, every, start, *, shorter):
    terms: dict[str, Any] = {"type": draw(st.sampled_from(["percent", "fixed"]))}
    terms["value"] = draw(
        decimals(100 if terms["type"] == "percent" else 40, 2).filter(lambda text: Fraction(text) <= 100)
    )
    cadences = [every, *LONGER[every], *(SHORTER[every] if shorter else ())]
    terms |= draw(perhaps(named("cadence", st.sampled_from(cadences))))
    terms |= draw(perhaps(named("max_per_period", st.integers(0, 50).map(str)), one_in=3))
    terms |= draw(perhaps(named("max_lifetime", st.integers(0, 90).map(str)), one_in=3))
    terms |= draw(perhaps(named("order", st.integers(-2, 2)), one_in=3))
    first, last = sorted((draw(st.integers(-10, 200)), draw(st.integers(0, 200))))
    terms |= draw(perhaps(st.just({"from": (start + timedelta(days=first)).isoformat()}), one_in=4))
    return terms | draw(perhaps(st.just({"until": (start + timedelta(days=last)).isoformat()}), one_in=4))


@st.composite
def commitments(draw, cadences, *, by_quantity=False):
    """A minimum, a maximum or both, for windows of one of these cadences."""
    low, high = sorted((draw(st.integers(0, 300)), draw(st.integers(0, 300))))
    kinds: list[dict[str, Any]] = [
        {"minimum_amount": str(low)},
        {"maximum_amount": str(high)},
        {"minimum_amount": str(low), "maximum_amount": str(high)},
    ]
    kinds += [{"minimum_quantity": str(low // 10)}] if by_quantity else []
    terms = draw(st.sampled_from(kinds)) | draw(perhaps(named("cadence", st.sampled_from(cadences))))
    terms |= draw(perhaps(st.just({"charge_full_amount": False}))) | draw(perhaps(st.just({"skip_zero": True})))
    if "maximum_amount" not in terms and "minimum_quantity" not in terms:
        terms |= draw(perhaps(st.just({"basis": "gross"})))
    return terms


def service_fees(items):
    """Percentages and amounts; on which days usage that is charged as it arrives bills an amount, stories say."""
    percent = decimals(20, 2).map(lambda value: {"type": "percent", "value": value})
    fixed = decimals(9, 2).map(lambda value: {"type": "fixed", "value": value})
    arriving = any(is_metered(item) and item["billing"].get("timing") == "advance" for item in items)
    return st.lists(percent if arriving else st.one_of(percent, fixed), min_size=1, max_size=2)


def taxes():
    """A percentage, or components of which some are compound; added, or in the prices already."""
    rate = decimals(25, 2)
    component = st.fixed_dictionaries({"percentage": rate}, optional={"compound": st.booleans()})
    several = st.lists(component, min_size=1, max_size=3, unique_by=lambda part: part["percentage"])
    named_parts = several.map(lambda parts: [{**part, "label": f"T{n}"} for n, part in enumerate(parts)])
    terms = st.one_of(rate.map(lambda value: {"percentage": value}), named("components", named_parts))
    return st.one_of(rate, st.tuples(terms, st.booleans()).map(lambda two: {**two[0], "inclusive": two[1]}))
