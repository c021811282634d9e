"""Random prices of every model, each with a metric that it can price."""

from typing import Any

from hypothesis import strategies as st

BOUNDS = (5, 10, 20)
TELLING = ("0.5", "0.05", "0.005", "0.0005", "1.25", "2.5", *map(str, BOUNDS))
REGIONS = ("eu", "us", "ap")
ZONES_SENT = ("1", "2", "7.5")
AGGREGATES: dict[str, dict[str, Any]] = {
    "used": {"aggregate": "sum", "field": "n"},
    "used_eu": {"aggregate": "sum", "field": "n", "filter": {"region": "eu"}},
    "by_region": {"aggregate": "sum", "field": "n", "dimensions": ["region"]},
    "peak_by_region": {"aggregate": "max", "field": "n", "dimensions": ["region"], "carry_over": True},
    "by_zone": {"aggregate": "sum", "field": "n", "dimensions": ["zone"]},
    "calls": {"aggregate": "count"},
    "peak": {"aggregate": "max", "field": "n"},
    "peak_held": {"aggregate": "max", "field": "n", "carry_over": True},
    "least": {"aggregate": "min", "field": "n"},
    "mean": {"aggregate": "average", "field": "n"},
    "regions": {"aggregate": "unique", "field": "region"},
    "regions_live": {"aggregate": "unique", "field": "region", "carry_over": True},
    "last": {"aggregate": "latest", "field": "n"},
    "last_held": {"aggregate": "latest", "field": "n", "carry_over": True},
    "level": {"aggregate": "weighted_sum", "field": "n"},
    "level_held": {"aggregate": "weighted_sum", "field": "n", "carry_over": True, "per": "hour"},
    "p95": {"aggregate": "percentile", "field": "n"},
    "median": {"aggregate": "percentile", "field": "n", "percentile": 50},
}
METRICS = {name: {"event_type": "usage", **terms} for name, terms in AGGREGATES.items()}


def decimals(most: int, places: int = 4):
    """Decimal texts: any, and often those that end on half a cent or on a tier's bound."""
    anything = st.integers(0, most * 10**places).map(lambda n: f"{n // 10**places}.{n % 10**places:0{places}}")
    return st.one_of(st.sampled_from(TELLING), st.integers(0, most).map(str), anything)


def event_data():
    """What an event says: each metric finds its fields there."""
    return st.fixed_dictionaries(
        {
            "n": decimals(20, 2),
            "region": st.sampled_from(REGIONS),
            "zone": st.sampled_from(ZONES_SENT),
            "cost": decimals(30, 3),
            "operation": st.sampled_from(["add", "remove"]),
        }
    )


@st.composite
def tiers(draw, *, of):
    bounds = [*map(str, sorted(draw(st.sets(st.sampled_from(BOUNDS))))), None]
    return [{"up_to": bound, **{name: draw(strategy) for name, strategy in of.items()}} for bound in bounds]


WITH_RATES = {"unit_amount": decimals(5), "flat_amount": decimals(9, 2)}
TABLES: dict[str, dict[str, Any]] = {
    "tiered": WITH_RATES,
    "volume": WITH_RATES,
    "step": {"flat_amount": decimals(90, 2)},
    "tiered_percent": {"percentage": decimals(30, 2), "flat_amount": decimals(9, 2)},
}


@st.composite
def tables(draw, models=tuple(TABLES)):
    model = draw(st.sampled_from(models))
    return {"model": model, "tiers": draw(tiers(of=TABLES[model]))}


@st.composite
def by_quantity(draw, models=("flat", "per_unit", "package", "percent", *TABLES)):
    """A price that looks at one quantity alone, with what happens to it first."""
    model = draw(st.sampled_from(models))
    if model in TABLES:
        price = draw(tables((model,)))
    elif model == "flat":
        price = {"amount": draw(decimals(900))}
    elif model == "per_unit":
        price = {"unit_amount": draw(decimals(9)), "per": draw(st.sampled_from(["1", "3", "7", "1000"]))}
    elif model == "package":
        price = {"package_size": draw(st.sampled_from(["1", "3", "2.5", "10"])), "unit_amount": draw(decimals(9))}
        price |= draw(st.sampled_from([{}, {}, {"round": "down"}, {"round": "nearest"}]))
    else:
        price = {"percentage": draw(decimals(40, 2))} | draw(st.sampled_from([{}, {"free_amount": "12.5"}]))
    return {"model": model, **price, **draw(before_the_model())}


def before_the_model():
    """Nothing, most often."""
    rounding: list[dict[str, Any]] = [{}, {"round": "up"}, {"round": "down", "places": 1}, {"round": "nearest"}]
    factors = [{"divide_by": "4"}, {"divide_by": "3"}, {"multiply_by": "1.5"}]
    conversion = st.tuples(st.sampled_from(factors), st.sampled_from(rounding)).map(lambda two: {**two[0], **two[1]})
    bounds = st.sampled_from([{"minimum_quantity": "4.5"}, {"maximum_quantity": "17"}, {"maximum_quantity": "0"}])
    return st.one_of(
        st.just({}),
        st.just({}),
        conversion.map(lambda terms: {"convert": terms}),
        bounds,
        st.just({"charge_at_zero": False}),
        st.tuples(conversion, bounds).map(lambda two: {"convert": two[0], **two[1]}),
    )


@st.composite
def by_event(draw):
    """A percentage event by event."""
    price = {"model": "percent", "percentage": draw(decimals(40, 2)), "fixed_amount": draw(decimals(3, 3))}
    price |= draw(st.sampled_from([{}, {"free_events": 2}])) | draw(st.sampled_from([{}, {"free_amount": "12.5"}]))
    price |= draw(st.sampled_from([{}, {"per_event_minimum": "0.755"}]))
    return price | draw(st.sampled_from([{}, {"per_event_maximum": "2.005"}]))


@st.composite
def matrices(draw):
    """A matrix over regions: some of them named, the others the default."""
    named = draw(st.lists(st.sampled_from(REGIONS), unique=True, max_size=3))
    rows = [{"match": {"region": region}, **draw(_rates())} for region in named]
    default = {"default": True, **draw(_rates())}
    rows.append({"match": {"region": "none"}, **default} if draw(st.booleans()) else default)
    return {"model": "matrix", "dimensions": ["region"], "rows": rows}


def _rates():
    return st.one_of(decimals(9).map(lambda rate: {"unit_amount": rate}), tiers(of=WITH_RATES).map(_as_tiers))


def _as_tiers(table):
    return {"tiers": table}


@st.composite
def planes(draw):
    """Two-dimensional: quantities down, zones across."""
    down = [*map(str, sorted(draw(st.sets(st.sampled_from(BOUNDS), max_size=2)))), None]
    across = draw(st.sampled_from([[None], ["1", None], ["1", "2", None]]))
    return {
        "model": "two_dimensional",
        "row_up_to": down,
        "column": "zone",
        "column_up_to": across,
        "unit_amounts": [[draw(decimals(5)) for _ in across] for _ in down],
    }


@st.composite
def capacities(draw):
    limits = draw(st.sampled_from([["5", "20"], ["10", "10.5", None], []]))
    sizes = len(limits) + (not limits or limits[-1] is not None)
    meters = {"used": limits} | draw(st.sampled_from([{}, {"calls": [*map(str, range(1, sizes))]}]))
    return {"model": "capacity", "meters": meters, "tiers": [{"amount": draw(decimals(300))} for _ in range(sizes)]}


FORMULAS = (
    "quantity * 0.125 + 3",
    "max(quantity - 10, 0) × 0.02",
    "ceil(quantity / 8) * 1.5 + calls * 0.25",
    "min(peak, 9) * 2 - -quantity",
    "round(quantity ÷ 3, 2) + floor(peak)",
    "(quantity + included) / (calls + 1)",
)


@st.composite
def formulas(draw):
    """A formula, perhaps with a quantity that the item names."""
    return {"model": "formula", "expression": draw(st.sampled_from(FORMULAS)), **draw(before_the_model())}


@st.composite
def priced(draw):
    """(metric, price, further members of the item) that fit each other."""
    kind = draw(st.sampled_from(["one", "one", "one", "events", "matrix", "plane", "dynamic", "capacity", "formula"]))
    if kind == "one":
        return draw(st.sampled_from(sorted(METRICS))), draw(by_quantity()), {}
    if kind == "events":
        return draw(st.sampled_from(["used", "used_eu"])), draw(by_event()), {}
    if kind == "matrix":
        return draw(st.sampled_from(["by_region", "peak_by_region"])), draw(matrices()), {}
    if kind == "plane":
        return "by_zone", draw(planes()), {}
    if kind == "dynamic":
        return "used_eu", {"model": "dynamic", "amount_field": "cost", "multiplier": draw(decimals(2))}, {}
    if kind == "capacity":
        return "used", draw(capacities()), {}
    price = draw(formulas())
    further = {"quantities": {"included": {"value": "2.5"}}} if "included" in price["expression"] else {}
    return "used", price, further
