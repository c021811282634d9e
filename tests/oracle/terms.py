"""What holds for an item on a day: its price, its quantity, and what amendments made of them."""

import ast
from datetime import date
from fractions import Fraction

from tests.oracle.days import first_day, instant


def all_items(contract):
    """The items of the contract and of its phases, with the phase's days and name."""
    phases = contract.get("phases", [])
    found = [dict(item) for item in contract.get("items", [])]
    found += [{**item, "phase": phase["id"]} for phase in phases for item in phase.get("items", [])]
    for item in found:
        for phase in phases:
            for name in ("starts_on", "ends_on"):
                if phase["id"] == item.get("phase") and name in phase:
                    item.setdefault(name, phase[name])
    return found


def amendments(deal, item):
    until = instant(deal["as_of"])
    known = [fact for fact in deal["facts"] if "amend" in fact and instant(fact["at"]) <= until]
    known.sort(key=lambda fact: instant(fact["at"]))
    return [(number, fact["amend"]) for number, fact in enumerate(known) if fact["amend"]["item"] == item["id"]]


def price_on(deal, item, day):
    """(what tells this price from others, the price) on a day."""
    start = first_day(deal["contract"], item)
    written = item["prices"] if isinstance(item["prices"], list) else [item["prices"]]
    name, holds = None, None
    for number, price in enumerate(written):
        if date.fromisoformat(price.get("from", start.isoformat())) <= day or number == 0:
            name, holds = ("first", number), price
    for count, amendment in amendments(deal, item):
        effective = max(start, date.fromisoformat(amendment["effective_on"]))
        for number, price in enumerate(amendment.get("prices", ())):
            if date.fromisoformat(price.get("from", effective.isoformat())) <= day:
                name, holds = (count, number), price
    return name, holds


def quantity_on(deal, item, day, today):
    """(what tells this quantity from others, the quantity) on a day."""
    start = first_day(deal["contract"], item)
    written = item.get("quantity", 1)
    if isinstance(written, dict) and "value" in written:
        written = written["value"]
    name, value = None, Fraction(0)
    if isinstance(written, dict) and "entries" in written:
        for number, entry in enumerate(written["entries"]):
            if date.fromisoformat(entry["from"]) <= min(day, today):
                name, value = ("first", number), Fraction(entry["value"])
    elif not isinstance(written, dict):
        name, value = ("first", 0), Fraction(written)
    for count, amendment in amendments(deal, item):
        effective = date.fromisoformat(amendment["effective_on"])
        if "quantity" in amendment and effective <= today and max(start, effective) <= day:
            name, value = (count, 0), Fraction(amendment["quantity"])
    return name, value


def meter(item):
    """The metric of an item's own quantity, if there is one."""
    quantity = item.get("quantity", 1)
    return quantity.get("metric") if isinstance(quantity, dict) else None


def named_quantities(item, price):
    """The names that a price uses besides the item's own quantity, each with its metric or with its fixed value."""
    names = []
    if price["model"] == "capacity":
        names = list(price["meters"])
    elif price["model"] == "formula":
        names = _names(price["expression"])
    written = item.get("quantities", {})
    return {
        name: as_source(written.get(name, {"metric": name})) for name in names if name != "quantity" or name in written
    }


def _names(expression):
    tree = ast.parse(expression.replace("×", "*").replace("÷", "/"), mode="eval")
    called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return sorted({node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - called)


def is_metered(item):
    """Whether any of an item's quantities is measured."""
    named = [source for price in item["prices"] for source in named_quantities(item, price).values()]
    return meter(item) is not None or any("metric" in source for source in named)


def as_source(written):
    """`{metric: name}` or `{value: number}`."""
    return written if isinstance(written, dict) else {"value": written}


def by_day(contract, item):
    kind = item["product"].get("kind", "point_in_time" if is_metered(item) else "period_of_time")
    return kind == "period_of_time" and contract.get("proration", "day") == "day"
