"""Random deals: scenario documents with everything that can be combined, and a clock that stops after their end."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from tests.oracle.days import length
from tests.oracle.deals_grants import give_credits, give_units
from tests.oracle.deals_modifiers import (
    LONGER,
    commitments,
    discounts,
    fitting,
    fixed_price,
    item_commitments,
    named,
    perhaps,
    service_fees,
    special,
    taxes,
)
from tests.oracle.deals_prices import METRICS, by_quantity, decimals, event_data, priced
from tests.oracle.terms import all_items

FIRST = date(2023, 11, 15)
ZONES = ("UTC", "America/New_York", "Asia/Kathmandu", "Pacific/Auckland")


def days(span: int):
    return st.integers(0, span).map(lambda n: FIRST + timedelta(days=n))


def quantities(start):
    """A quantity that is the same always, or dated ones."""
    entry = st.tuples(st.integers(0, 150), decimals(30, 1))
    entries = st.lists(entry, min_size=1, max_size=3, unique_by=lambda pair: pair[0]).map(sorted)
    dated = entries.map(
        lambda found: [
            {"from": (start + timedelta(days=offset)).isoformat(), "value": value} for offset, value in found
        ]
    )
    return st.one_of(decimals(30, 1), dated.map(lambda found: {"entries": found}))


@st.composite
def billings(draw, *, metered, as_it_arrives):
    billing = {"every": draw(st.sampled_from(["P1M", "P1M", "P3M", "P1Y", "P2W", "P10D", "P30D"]))}
    if not metered or (as_it_arrives and draw(st.booleans())):
        billing["timing"] = draw(st.sampled_from(["advance", "arrears"]))
    if draw(st.booleans()):
        billing["anchor"] = draw(st.one_of(st.integers(1, 31), days(400).map(date.isoformat)))
    elif draw(st.booleans()):
        billing["last_day_of_month"] = True
    return billing


@st.composite
def items(draw, name, start, *, as_it_arrives=True):
    """An item with a price that fits its quantity, and perhaps with modifiers that fit both."""
    item = {"id": name, "product": {"name": name, "kind": draw(st.sampled_from(["point_in_time", "period_of_time"]))}}
    metered = draw(st.booleans())
    item["billing"] = billing = draw(billings(metered=metered, as_it_arrives=as_it_arrives))
    metric, price, further = draw(priced())
    item |= {"quantity": {"metric": metric}, **further} if metered else {"quantity": draw(quantities(start))}
    item["prices"] = [price if metered else draw(by_quantity())]
    if draw(st.integers(0, 2)) == 0:
        windows = draw(st.sampled_from(["free_units", "reset", "minimum_quantity", "none"]))
        item |= draw(special(windows, item, billing["every"]))
    if not fixed_price(item):
        later = sorted(draw(st.sets(st.integers(1, 200), max_size=2)))
        days_on = [(start + timedelta(days=offset)).isoformat() for offset in later]
        item["prices"] += [{**draw(fitting(item)), "from": day} for day in days_on]
    item |= draw(perhaps(named("discounts", discounts(billing["every"], start)), one_in=3))
    if "commitment" not in item:
        item |= draw(perhaps(named("commitment", item_commitments(item, billing["every"])), one_in=3))
    return item | draw(perhaps(named("tax", taxes()), one_in=4))


@st.composite
def amendments(draw, contract, start):
    """A change of an item's price or quantity; a price that belongs to a long window stays."""
    item = draw(st.sampled_from(all_items(contract)))
    offset = draw(st.integers(-20, 200))
    effective = start + timedelta(days=offset)
    change = {"item": item["id"], "effective_on": effective.isoformat()}
    metered = isinstance(item["quantity"], dict) and "metric" in item["quantity"]
    if metered or draw(st.booleans()):
        change["prices"] = [draw(fitting(item))]
    else:
        change["quantity"] = draw(decimals(30, 1))
    return {
        "at": _moment(start + timedelta(days=draw(st.integers(0, 260))), draw(st.integers(0, 86_399))),
        "amend": change,
    }


def named_in(contract, change):
    return [item for item in all_items(contract) if item["id"] == change["amend"]["item"]]


@st.composite
def together(draw, contract, start):
    """What modifies all items: lines without an item are taxed as the contract says, so that it says something."""
    every = [item["billing"]["every"] for item in all_items(contract)]
    terms = draw(perhaps(named("discounts", discounts(max(every, key=length), start, shorter=False))))
    cadences = [one for one in ("P1M", "P3M", "P1Y", "P30D") if length(one) >= min(map(length, every))]
    fees, tops_up = named("service_fees", service_fees(all_items(contract))), named("commitment", commitments(cadences))
    terms |= draw(perhaps(fees)) | draw(perhaps(tops_up))
    return terms if "tax" in contract else {**terms, "tax": draw(taxes())}


def events(start, span):
    """Distinct events from a little before the start to a little after the span."""
    one = st.tuples(st.integers(-2 * 86_400, (span + 2) * 86_400), event_data())
    return st.lists(one, max_size=12).map(
        lambda found: [{"timestamp": _moment(start, seconds), "data": data} for seconds, data in found]
    )


@st.composite
def deals(draw, *, as_it_arrives=True):
    """A deal whose clock stops when everything has been settled: after its end, at an arrival of nothing."""
    start = draw(days(120))
    span = draw(st.integers(1, 220))
    contract = {
        "starts_on": start.isoformat(),
        "ends_on": (start + timedelta(days=span - 1)).isoformat(),
        "currency": draw(st.sampled_from(["USD", "JPY", "KWD"])),
        "timezone": draw(st.sampled_from(ZONES)),
        "proration": draw(st.sampled_from(["day", "day", "none"])),
        "adjustments": draw(st.sampled_from(["next", "immediate"])),
    }
    contract["items"] = [
        draw(items(f"item-{n}", start, as_it_arrives=as_it_arrives)) for n in range(draw(st.integers(1, 2)))
    ]
    contract |= draw(perhaps(named("tax", taxes())))
    if len(contract["items"]) > 1 and draw(st.booleans()):
        within = contract["items"].pop()
        every = within["billing"]["every"]
        terms = {"tax": draw(taxes())} | draw(perhaps(named("discounts", discounts(every, start, shorter=False))))
        terms |= draw(perhaps(named("commitment", commitments([every, *LONGER[every]])), one_in=3))
        terms |= draw(perhaps(named("service_fees", service_fees([within])), one_in=3))
        contract["phases"] = [{"id": "late", **terms, "items": [within]}]
    contract |= draw(perhaps(together(contract, start), one_in=3))
    if draw(st.booleans()):
        contract["anchor"] = draw(st.one_of(st.integers(1, 31), days(400).map(date.isoformat)))
    given = []
    if draw(st.integers(0, 2)) == 0:
        given += draw(give_units(contract, start)) if draw(st.booleans()) else []
        given += draw(give_credits(contract, start)) if draw(st.booleans()) else []
    known, late = draw(events(start, span)), draw(events(start, span))
    for number, event in enumerate([*known, *late]):
        event["id"] = f"e{number}"
    changes = [draw(amendments(contract, start)) for _ in range(draw(st.integers(0, 3)))]
    facts = [change for change in changes if not any(map(fixed_price, named_in(contract, change)))]
    facts += given
    facts += [{"at": _moment(start, draw(st.integers(0, 260 * 86_400))), "events": [event]} for event in late]
    end = _moment(start + timedelta(days=300), 0)
    return {
        "metrics": METRICS,
        "contract": contract,
        "events": known,
        "facts": [*facts, {"at": end, "events": []}],
        "as_of": end,
    }


def _moment(day, seconds):
    at = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=seconds)
    return at.isoformat().replace("+00:00", "Z")
