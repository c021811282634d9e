"""A slow rater that shares no code with the pipeline: fractions, one day at a time, straight from the document.

It says what every billing period of every item should have cost in the end, net and tax, in minor units, and what
phases and the contract add. It knows what the strategies in `deals` write. Its parts: `days`, `terms`, `metrics`,
`prices`, `periods`, `grants`, `burning`, `modifiers`, `scopes`, `taxes`, `arithmetic`.
"""

from zoneinfo import ZoneInfo

from tests.oracle.arithmetic import DECIMALS
from tests.oracle.days import instant, last_day
from tests.oracle.grants import pay_with_credits, take_granted
from tests.oracle.metrics import arrived
from tests.oracle.modifiers import commit_item, discount_item
from tests.oracle.periods import charge, periods_of
from tests.oracle.scopes import modify_together
from tests.oracle.taxes import tax_terms, taxed, taxed_period
from tests.oracle.terms import all_items

__all__ = ["DECIMALS", "final_lines", "final_sums"]


def final_lines(deal):
    """(item, modifier, cycle) -> minor units, taxes included where prices include them."""
    periods, scope_lines = _rated(deal)
    found = {}
    for period in periods:
        key = period.item["id"], period.first.isoformat()
        found[key[0], "", key[1]] = period.gross
        for name, amount in (period.off | period.shared).items():
            found[key[0], name, key[1]] = -amount
        for name, amount in period.added.items():
            found[key[0], name, key[1]] = amount
    for (name, day), (amount, _due) in scope_lines.items():
        found["", name, day.isoformat()] = amount
    return found


def final_sums(deal):
    """(item, cycle) -> (net, tax); lines without an item are under their modifier's name."""
    contract = deal["contract"]
    periods, scope_lines = _rated(deal)
    found = {}
    for period in periods:
        terms = tax_terms(contract, period.item)
        found[period.item["id"], period.first.isoformat()] = taxed_period(terms, period)
    for (name, day), (amount, _due) in scope_lines.items():
        phase = name.split(".")[1] if name.startswith("phase.") else None
        found[name, day.isoformat()] = taxed(tax_terms(contract, {"phase": phase}), amount)
    return found


def _rated(deal):
    contract = deal["contract"]
    zone, scale = ZoneInfo(contract.get("timezone", "UTC")), 10 ** DECIMALS[contract["currency"]]
    today = instant(deal["as_of"]).astimezone(zone).date()
    events, periods, scope_lines = arrived(deal), [], {}
    items = [{**item, "last": last_day(contract, item)} for item in all_items(contract)]
    of_items = [periods_of(deal, item, events, zone, today) for item in items]
    take_granted(deal, [period for mine in of_items for period in mine], zone)
    for item, mine in zip(items, of_items, strict=True):
        charge(deal, item, mine, scale)
        discount_item(item, mine, scale)
        commit_item(item, mine, scale, item["last"])
        periods += mine
    for phase in contract.get("phases", []):
        mine = [period for period in periods if period.item.get("phase") == phase["id"]]
        pay_with_credits(deal, f"phase.{phase['id']}", mine, zone, scale)
        modify_together(contract, f"phase.{phase['id']}", phase, mine, scale, scope_lines)
    pay_with_credits(deal, "contract", periods, zone, scale)
    modify_together(contract, "contract", contract, periods, scale, scope_lines)
    return periods, scope_lines
