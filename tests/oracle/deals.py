"""Random deals: scenario documents with everything that can be combined, and a clock that stops after their end."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from tests.oracle.deals_prices import METRICS, by_quantity, decimals, event_data, priced

FIRST = date(2023, 11, 15)
ZONES = ("UTC", "America/New_York", "Asia/Kathmandu", "Pacific/Auckland")


def days(span: int):
    return st.integers(0, span).map(lambda n: FIRST + timedelta(days=n))


@st.composite
def dated(draw, first, start):
    """A price and perhaps later ones, of models that look at one quantity."""
    later = sorted(draw(st.sets(st.integers(1, 200), max_size=2)))
    return [first] + [{**draw(by_quantity()), "from": (start + timedelta(days=offset)).isoformat()} for offset in later]


@st.composite
def items(draw, name, start, *, as_it_arrives=True):
    kind = draw(st.sampled_from(["point_in_time", "period_of_time"]))
    item = {"id": name, "product": {"name": name, "kind": kind}}
    source = draw(st.sampled_from(["metric", "metric", "value", "entries"]))
    price = draw(by_quantity())
    if source == "metric":
        metric, price, further = draw(priced())
        item |= {"quantity": {"metric": metric}, **further}
    elif source == "value":
        item["quantity"] = draw(decimals(30, 1))
    else:
        offsets = sorted(draw(st.sets(st.integers(0, 150), min_size=1, max_size=3)))
        item["quantity"] = {
            "entries": [
                {"from": (start + timedelta(days=offset)).isoformat(), "value": draw(decimals(30, 1))}
                for offset in offsets
            ]
        }
    item["prices"] = draw(dated(price, start))
    billing = {"every": draw(st.sampled_from(["P1M", "P1M", "P3M", "P1Y", "P2W", "P10D", "P30D"]))}
    if source != "metric" or (as_it_arrives and draw(st.booleans())):
        billing["timing"] = draw(st.sampled_from(["advance", "arrears"]))
    if draw(st.booleans()):
        billing["anchor"] = draw(st.one_of(st.integers(1, 31), days(400).map(date.isoformat)))
    elif draw(st.booleans()):
        billing["last_day_of_month"] = True
    if draw(st.integers(0, 3)) == 0:
        item["tax"] = draw(decimals(25, 2))
    return {**item, "billing": billing}


@st.composite
def amendments(draw, contract, start):
    item = draw(st.sampled_from(contract["items"]))
    offset = draw(st.integers(-20, 200))
    effective = start + timedelta(days=offset)
    change = {"item": item["id"], "effective_on": effective.isoformat()}
    metered = isinstance(item["quantity"], dict) and "metric" in item["quantity"]
    if metered or draw(st.booleans()):
        change["prices"] = [draw(by_quantity())]
    else:
        change["quantity"] = draw(decimals(30, 1))
    return {
        "at": _moment(start + timedelta(days=draw(st.integers(0, 260))), draw(st.integers(0, 86_399))),
        "amend": change,
    }


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
    contract["items"] = [draw(items(f"item-{n}", start, as_it_arrives=as_it_arrives)) for n in range(draw(st.integers(1, 2)))]
    if draw(st.booleans()):
        contract["tax"] = draw(decimals(25, 2))
    if draw(st.booleans()):
        contract["anchor"] = draw(st.one_of(st.integers(1, 31), days(400).map(date.isoformat)))
    known, late = draw(events(start, span)), draw(events(start, span))
    for number, event in enumerate([*known, *late]):
        event["id"] = f"e{number}"
    facts = [draw(amendments(contract, start)) for _ in range(draw(st.integers(0, 3)))]
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
