"""A slow rater that shares no code with the pipeline: fractions, one day at a time, straight from the document.

It says what every billing period of every item should have cost in the end, net and tax, in minor units. It knows what
the strategies in `deals` write: flat, per unit and tiered prices; cadences in days, months and years; anchors; dated
prices and quantities; amendments; taxes; usage in a zone.
"""

from calendar import monthrange
from collections import defaultdict
from datetime import date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
DECIMALS = {"USD": 2, "JPY": 0, "KWD": 3}


def final_sums(deal: dict) -> dict[tuple[str, str], tuple[int, int]]:
    """(item, first day of the period) -> (net, tax) of every period that has fallen due when the clock stops."""
    contract = deal["contract"]
    zone = ZoneInfo(contract.get("timezone", "UTC"))
    today = instant(deal["as_of"]).astimezone(zone).date()
    return {
        (item["id"], first.isoformat()): sums
        for item in contract["items"]
        for first, sums in _item(deal, item, zone, today)
    }


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _item(deal, item, zone, today):
    contract = deal["contract"]
    start = date.fromisoformat(item.get("starts_on", contract["starts_on"]))
    last = date.fromisoformat(item.get("ends_on", contract["ends_on"]))
    metered = isinstance(item["quantity"], dict) and "metric" in item["quantity"]
    arrears = item.get("billing", {}).get("timing", "arrears" if metered else "advance") == "arrears"
    used = _used_by_day(deal, zone) if metered else None
    for days in _cycles(contract, item, start, last):
        if (days[-1] + DAY if arrears else days[0]) <= today:
            yield days[0], _cycle(deal, item, days, used, today)


def _cycles(contract, item, start, last):
    day, days = start, []
    while day <= last:
        if days and _is_boundary(contract, item, start, day):
            yield days
            days = []
        days.append(day)
        day += DAY
    yield days


def _is_boundary(contract, item, start, day):
    billing = item.get("billing", {})
    every = billing.get("every", "P1M")
    count, unit = int(every[1:-1]), every[-1]
    anchor = billing.get("anchor", contract.get("anchor", start.isoformat()))
    if unit in "DW":
        origin = start if isinstance(anchor, int) else date.fromisoformat(anchor)
        return (day - origin).days % (count * (7 if unit == "W" else 1)) == 0
    origin, wanted = (start, anchor) if isinstance(anchor, int) else (date.fromisoformat(anchor), None)
    months = (day.year - origin.year) * 12 + day.month - origin.month
    length = monthrange(day.year, day.month)[1]
    lands_on = length if billing.get("last_day_of_month") else min(wanted or origin.day, length)
    return day.day == lands_on and months % (count * (12 if unit == "Y" else 1)) == 0


def _cycle(deal, item, days, used, today):
    contract = deal["contract"]
    start = date.fromisoformat(item.get("starts_on", contract["starts_on"]))
    first = days[0]
    while not _is_boundary(contract, item, start, first):
        first -= DAY
    end = days[-1] + DAY
    while not _is_boundary(contract, item, start, end):
        end += DAY
    kind = item["product"]["kind"]
    by_day = kind == "period_of_time" and contract.get("proration", "day") == "day"
    tax_rate = Fraction(item.get("tax", contract.get("tax", "0")))
    places = DECIMALS[contract["currency"]]
    net = tax = 0
    for piece in _pieces(
        deal, item, days, today, prices=used is not None or by_day, quantities=used is None and by_day
    ):
        quantity = (
            sum((used[day] for day in piece), Fraction(0))
            if used is not None
            else (_quantity(deal, item, start, piece[0], today)[1])
        )
        amount = _price(_price_on(deal, item, start, piece[0])[1], quantity)
        if by_day:
            amount = amount * len(piece) / (end - first).days
        minor = _rounded(amount * 10**places)
        net += minor
        tax += _rounded(minor * tax_rate / 100)
    return net, tax


def _pieces(deal, item, days, today, *, prices, quantities):
    start = date.fromisoformat(item.get("starts_on", deal["contract"]["starts_on"]))
    pieces, before = [], None
    for day in days:
        here = (
            _price_on(deal, item, start, day)[0] if prices else None,
            _quantity(deal, item, start, day, today)[0] if quantities else None,
        )
        if here != before:
            pieces.append([])
        pieces[-1].append(day)
        before = here
    return pieces


def _amendments(deal, item):
    until = instant(deal["as_of"])
    known = [fact for fact in deal["facts"] if "amend" in fact and instant(fact["at"]) <= until]
    known.sort(key=lambda fact: instant(fact["at"]))
    return [(number, fact["amend"]) for number, fact in enumerate(known) if fact["amend"]["item"] == item["id"]]


def _price_on(deal, item, start, day):
    """(what tells this price from others, the price) on a day."""
    name, holds = None, None
    for number, price in enumerate(item["prices"]):
        if date.fromisoformat(price.get("from", start.isoformat())) <= day or number == 0:
            name, holds = ("first", number), price
    for count, amendment in _amendments(deal, item):
        effective = max(start, date.fromisoformat(amendment["effective_on"]))
        for number, price in enumerate(amendment.get("prices", ())):
            if date.fromisoformat(price.get("from", effective.isoformat())) <= day:
                name, holds = (count, number), price
    return name, holds


def _quantity(deal, item, start, day, today):
    """(what tells this quantity from others, the quantity) on a day."""
    written = item["quantity"]
    name, value = None, Fraction(0)
    if isinstance(written, dict) and "entries" in written:
        for number, entry in enumerate(written["entries"]):
            if date.fromisoformat(entry["from"]) <= min(day, today):
                name, value = ("first", number), Fraction(entry["value"])
    elif not isinstance(written, dict):
        name, value = ("first", 0), Fraction(written)
    for count, amendment in _amendments(deal, item):
        effective = date.fromisoformat(amendment["effective_on"])
        if "quantity" in amendment and effective <= today and max(start, effective) <= day:
            name, value = (count, 0), Fraction(amendment["quantity"])
    return name, value


def _used_by_day(deal, zone):
    until = instant(deal["as_of"])
    arrived = list(deal["events"])
    for fact in deal["facts"]:
        if instant(fact["at"]) <= until:
            arrived += fact.get("events", [])
    used = defaultdict(Fraction)
    for event in {event["id"]: event for event in reversed(arrived)}.values():
        used[instant(event["timestamp"]).astimezone(zone).date()] += Fraction(event["data"]["n"])
    return used


def _price(price, quantity):
    model = price["model"]
    if model == "flat":
        return Fraction(price["amount"])
    if model == "per_unit":
        return quantity * Fraction(price["unit_amount"]) / Fraction(price.get("per", "1"))
    total, below = Fraction(0), Fraction(0)
    for number, tier in enumerate(price["tiers"]):
        if number and quantity <= below:
            break
        upper = quantity if tier["up_to"] is None else min(quantity, Fraction(tier["up_to"]))
        total += (upper - below) * Fraction(tier.get("unit_amount", "0")) + Fraction(tier.get("flat_amount", "0"))
        below = Fraction(tier["up_to"]) if tier["up_to"] is not None else quantity
    return total


def _rounded(value):
    """Half away from zero."""
    magnitude = abs(value)
    whole = magnitude.numerator // magnitude.denominator
    whole += magnitude - whole >= Fraction(1, 2)
    return whole if value >= 0 else -whole
