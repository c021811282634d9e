"""Every price model in fractions, from its definition. `price_of` is the amount for a full period, in major units."""

import ast
from fractions import Fraction
from math import ceil, floor

from tests.oracle.arithmetic import rounded
from tests.oracle.metrics import Reading

BRACKETS = ("volume", "step")
CLIMBING = ("tiered", "tiered_percent")


def converted(price, quantity):
    """From what is measured to what is priced."""
    terms = price.get("convert")
    if terms is None:
        return quantity
    quantity = (
        quantity / Fraction(terms["divide_by"]) if "divide_by" in terms else quantity * Fraction(terms["multiply_by"])
    )
    how = terms.get("round", "none")
    return quantity if how == "none" else rounded(quantity, terms.get("places", 0), how)


def bounded(price, quantity):
    """The quantity within the price's minimum and maximum."""
    if "minimum_quantity" in price:
        quantity = max(quantity, Fraction(price["minimum_quantity"]))
    if "maximum_quantity" in price:
        quantity = min(quantity, Fraction(price["maximum_quantity"]))
    return quantity


def price_of(price, quantity, reading=None, named=None):
    """The amount of a quantity; readings and named quantities are for the models that look at them."""
    return MODELS[price["model"]](price, quantity, reading or Reading(quantity), named or {})


def _flat(price, quantity, *_):
    return Fraction(0) if _left_out(price, quantity) else Fraction(price["amount"])


def _per_unit(price, quantity, *_):
    return quantity * Fraction(price["unit_amount"]) / Fraction(price.get("per", "1"))


def _package(price, quantity, *_):
    packages = rounded(quantity / Fraction(price["package_size"]), 0, price.get("round", "up"))
    return packages * Fraction(price["unit_amount"])


def _bracketed(price, quantity, *_):
    rate, flat = bracket(price, quantity)
    return quantity * rate + flat


def _dynamic(price, _quantity, reading, _named):
    carried = sum((Fraction(str(event["data"][price["amount_field"]])) for event in reading.events), Fraction(0))
    return carried * Fraction(price.get("multiplier", "1"))


def _formula(price, quantity, _reading, named):
    if not price.get("charge_at_zero", True) and not any((quantity, *named.values())):
        return Fraction(0)
    return formula(price["expression"], {**named, "quantity": quantity})


def _left_out(price, quantity):
    return quantity == 0 and not price.get("charge_at_zero", True)


def _bounds(tiers):
    return [None if tier["up_to"] is None else Fraction(tier["up_to"]) for tier in tiers]


def _climbing(price, quantity, *_):
    """Each unit at the rate of its own tier, and the flat amount of every tier entered."""
    if _left_out(price, quantity):
        return Fraction(0)
    total, below = Fraction(0), Fraction(0)
    for number, (tier, bound) in enumerate(zip(price["tiers"], _bounds(price["tiers"]), strict=True)):
        if number and quantity <= below:
            break
        upper = quantity if bound is None else min(quantity, bound)
        rate = Fraction(tier["percentage"]) / 100 if "percentage" in tier else Fraction(tier.get("unit_amount", "0"))
        total += (upper - below) * rate + Fraction(tier.get("flat_amount", "0"))
        below = bound
    return total


def bracket(price, quantity):
    """(rate, flat amount) of the tier that a quantity reaches."""
    if _left_out(price, quantity):
        return Fraction(0), Fraction(0)
    for tier, bound in zip(price["tiers"], _bounds(price["tiers"]), strict=True):
        if bound is None or quantity <= bound:
            return Fraction(tier.get("unit_amount", "0")), Fraction(tier.get("flat_amount", "0"))
    raise AssertionError("the last tier is open")


def _percent(price, quantity, reading, _named):
    share = Fraction(price["percentage"]) / 100
    free_amount = Fraction(price.get("free_amount", "0"))
    by_event = {"fixed_amount", "free_events", "per_event_minimum", "per_event_maximum"} & set(price)
    if not by_event:
        return share * (max(quantity - free_amount, 0) if quantity > 0 else quantity)
    total = Fraction(0)
    for number, value in enumerate(reading.values):
        if number < price.get("free_events", 0):
            continue
        if free_amount and 0 <= value <= free_amount:
            free_amount -= value
            continue
        free = min(free_amount, max(value, Fraction(0)))
        free_amount -= free
        cost = share * (value - free) + Fraction(price.get("fixed_amount", "0"))
        if "per_event_minimum" in price:
            cost = max(cost, Fraction(price["per_event_minimum"]))
        if "per_event_maximum" in price:
            cost = min(cost, Fraction(price["per_event_maximum"]))
        total += cost
    return total


def _matrix(price, _quantity, reading, _named):
    default = [row for row in price["rows"] if row.get("default")]
    total = Fraction(0)
    for values, quantity in reading.groups.items():
        found = [row for row in price["rows"] if row.get("match") and _matches(price, row, values)] or default
        row = found[0]
        rate, flat = bracket(row, quantity) if "tiers" in row else (Fraction(row["unit_amount"]), Fraction(0))
        total += rate * quantity + flat
    return total


def _matches(price, row, values):
    return tuple(str(row["match"][name]) for name in price["dimensions"]) == values


def _two_dimensional(price, _quantity, reading, _named):
    tiers, total, filled = [{"up_to": bound} for bound in price["row_up_to"]], Fraction(0), Fraction(0)
    for (column,), quantity in sorted(reading.groups.items(), key=lambda pair: (Fraction(pair[0][0]), pair[0])):
        across = [bound is None or Fraction(column) <= Fraction(bound) for bound in price["column_up_to"]].index(True)
        for tier, row in zip(tiers, price["unit_amounts"], strict=True):
            tier["unit_amount"] = row[across]
        total += _climbing({"tiers": tiers}, filled + quantity) - _climbing({"tiers": tiers}, filled)
        filled += quantity
    return total


def _capacity(price, _quantity, _reading, named):
    if not any(named.values()) and not price.get("charge_at_zero", True):
        return Fraction(0)
    for place, tier in enumerate(price["tiers"]):
        limits = [(name, (*limits, None)[place]) for name, limits in price["meters"].items()]
        if all(limit is None or named[name] <= Fraction(limit) for name, limit in limits):
            return Fraction(tier["amount"])
    raise AssertionError("the largest size holds all")


def formula(expression, named):
    """The grammar is a part of this language's own, so its parser reads it; the arithmetic is in fractions."""
    return _worked_out(ast.parse(expression.replace("×", "*").replace("÷", "/"), mode="eval").body, named)


def _worked_out(node, named):
    if isinstance(node, ast.Constant):
        return Fraction(str(node.value))
    if isinstance(node, ast.Name):
        return named[node.id]
    if isinstance(node, ast.UnaryOp):
        return -_worked_out(node.operand, named)
    if isinstance(node, ast.BinOp):
        left, right = _worked_out(node.left, named), _worked_out(node.right, named)
        if isinstance(node.op, ast.Add):
            return left + right
        if isinstance(node.op, ast.Sub):
            return left - right
        return left * right if isinstance(node.op, ast.Mult) else left / right
    parts = [_worked_out(part, named) for part in node.args]
    name = node.func.id
    if name in ("min", "max"):
        return {"min": min, "max": max}[name](parts)
    places = int(parts[1]) if len(parts) > 1 else 0
    if name == "round":
        return rounded(parts[0], places)
    return Fraction({"ceil": ceil, "floor": floor}[name](parts[0] * 10**places), 10**places)


MODELS = {
    "flat": _flat,
    "per_unit": _per_unit,
    "percent": _percent,
    "package": _package,
    "tiered": _climbing,
    "tiered_percent": _climbing,
    "volume": _bracketed,
    "step": _bracketed,
    "matrix": _matrix,
    "two_dimensional": _two_dimensional,
    "dynamic": _dynamic,
    "capacity": _capacity,
    "formula": _formula,
}
