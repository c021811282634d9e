"""Random grants: units and credits, given by items, phases, the contract and people."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from tests.oracle.deals_modifiers import SUMS, fitting, named, perhaps
from tests.oracle.deals_prices import decimals
from tests.oracle.terms import all_items

HELD = ("peak", "peak_held", "mean", "regions", "level_held")
"""Metrics that are looked at once a period."""


@st.composite
def drawn_on(draw, item):
    """Members of an item that draws on units: a price by the unit, without anything that needs the quantity whole."""
    terms = {"consumes": ["u", "v"]}
    if any("reset" in price for price in item["prices"]):
        return terms
    metered = isinstance(item["quantity"], dict) and "metric" in item["quantity"] and "free_units" not in item
    metric = {"quantity": {"metric": draw(st.sampled_from([*SUMS, *SUMS, *HELD]))}} if metered else {}
    return {**terms, **metric, "quantities": {}, "prices": [draw(fitting(terms))]}


@st.composite
def _terms(draw, what, *, names):
    most = 30 if what == "quantity" else 60
    terms: dict[str, Any] = {"entitlement": draw(st.sampled_from(names)), "type": what}
    terms["amount"] = draw(decimals(most, 1).filter(_is_something) if what == "quantity" else st.integers(1, most))
    terms |= draw(perhaps(named("every", st.sampled_from(["P1W", "P10D", "P1M", "P1M", "P3M"]))))
    terms |= draw(perhaps(named("expires_after", st.sampled_from(["P5D", "P2W", "P1M", "P2M"])), one_in=3))
    terms |= draw(perhaps(named("priority", st.integers(0, 2))))
    if "every" in terms:
        low, high = sorted((draw(st.integers(0, 10)), draw(st.integers(0, 20))))
        terms |= draw(perhaps(st.just({"rollover": {"maximum": high, "minimum": low}})))
    return terms


def _is_something(text):
    return float(text) > 0


def granted(what, *, names):
    """One to three grants of one kind."""
    return st.lists(_terms(what, names=names), min_size=1, max_size=3)


@st.composite
def by_hand(draw, what, start, *, names):
    """A fact that gives something on a day of the contract, recorded on any."""
    terms = draw(_terms(what, names=names))
    day = start + timedelta(days=draw(st.integers(0, 150)))
    if draw(st.booleans()) and "every" not in terms:
        at = f"{day.isoformat()}T{draw(st.integers(0, 23)):02}:00:00Z"
        terms = {name: value for name, value in terms.items() if name != "expires_after"} | {"effective_at": at}
    else:
        terms["effective_on"] = day.isoformat()
    if "expires_after" not in terms and "every" not in terms:
        last = day + timedelta(days=draw(st.integers(1, 90)))
        terms |= draw(perhaps(st.just({"expires_on": last.isoformat()})))
    return {"at": f"{(start + timedelta(days=draw(st.integers(0, 250)))).isoformat()}T00:00:00Z", "grant": terms}


@st.composite
def give_units(draw, contract, start):
    """Let items draw on units; all that draw on any draw on all of them. Returns facts."""
    free_to = [item for item in contract["items"] if "minimum_quantity" not in item.get("commitment", {})]
    consumers = [item for item in free_to if len(free_to) == 1 or draw(st.booleans())]
    for item in consumers:
        item.update(draw(drawn_on(item)))
    if not consumers:
        return []
    owner = draw(st.sampled_from([contract, *consumers]))
    owner["grants"] = draw(granted("quantity", names=("u", "v") if owner is contract else ("u",)))
    return draw(st.lists(by_hand("quantity", start, names=("u", "v")), max_size=2))


@st.composite
def give_credits(draw, contract, start):
    """Credits of phases; and of items, or of the contract and by hand, which all pay for the same. Returns facts."""
    for phase in contract.get("phases", []):
        phase.update(draw(perhaps(_added(phase, granted("credits", names=("p",))))))
    items = [item_of(contract, item["id"]) for item in all_items(contract)]
    if draw(st.integers(0, 2)) == 0:
        item = draw(st.sampled_from(items))
        item |= draw(_added(item, granted("credits", names=("i", "j"))))
        return []
    contract |= draw(_added(contract, granted("credits", names=("c", "d"))))
    if draw(st.integers(0, 3)) == 0:
        item = draw(st.sampled_from(items))
        item["consumes"] = [*item.get("consumes", []), "c", "d"]
    return draw(st.lists(by_hand("credits", start, names=("c", "d")), max_size=2))


def item_of(contract, name):
    """The item as it stands in the contract or in a phase."""
    items = [*contract["items"], *(item for phase in contract.get("phases", []) for item in phase["items"])]
    return next(item for item in items if item["id"] == name)


def _added(written, grants):
    return named("grants", grants.map(lambda found: [*written.get("grants", []), *found]))
