"""What a result's documents come to, in the keys of the rater: minor units over all that was issued."""

from collections import defaultdict
from decimal import Decimal

from tests.oracle.arithmetic import DECIMALS
from tests.oracle.taxes import tax_terms
from tests.oracle.terms import all_items


def issued_lines(result, deal):
    """(item, modifier, cycle) -> minor units, taxes included where prices include them."""
    contract, found = deal["contract"], defaultdict(int)
    terms = {item["id"]: tax_terms(contract, item) for item in all_items(contract)}
    terms |= {
        f"phase.{phase['id']}": tax_terms(contract, {"phase": phase["id"]}) for phase in contract.get("phases", [])
    }
    terms["contract"] = tax_terms(contract, {})
    for line in _lines(result):
        own = terms[line["item"] or line["modifier"].rsplit(".", 1)[0]] or {}
        key = line["item"], line.get("modifier", ""), line["cycle"]
        found[key] += _minor(deal, line["amount"]) + (_minor(deal, line["tax"]) if own.get("inclusive") else 0)
    return without_zeros(found)


def issued_sums(result, deal):
    """(item, else modifier, cycle) -> (net, tax)."""
    found = defaultdict(lambda: (0, 0))
    for line in _lines(result):
        key = line["item"] or line["modifier"], line["cycle"]
        net, tax = found[key]
        found[key] = net + _minor(deal, line["amount"]), tax + _minor(deal, line["tax"])
    return without_zeros(found)


def without_zeros(sums):
    return {key: value for key, value in sums.items() if value not in (0, (0, 0))}


def _lines(result):
    return (line for invoice in result["invoices"] for line in invoice["lines"] if line["kind"] != "tax")


def _minor(deal, amount):
    return int(Decimal(amount) * 10 ** DECIMALS[deal["contract"]["currency"]])
