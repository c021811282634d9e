"""Random deals: scenario documents with everything that can be combined, and a clock that stops after their end."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

FIRST = date(2023, 11, 15)
BOUNDS = (5, 10, 20)
TELLING = ("0.5", "0.05", "0.005", "0.0005", "1.25", "2.5", *map(str, BOUNDS))
ZONES = ("UTC", "America/New_York", "Asia/Kathmandu", "Pacific/Auckland")


def decimals(most: int, places: int = 4):
    """Decimal texts: any, and often those that end on half a cent or on a tier's bound."""
    anything = st.integers(0, most * 10**places).map(lambda n: f"{n // 10**places}.{n % 10**places:0{places}}")
    return st.one_of(st.sampled_from(TELLING), st.integers(0, most).map(str), anything)


def days(span: int):
    return st.integers(0, span).map(lambda n: FIRST + timedelta(days=n))


@st.composite
def prices(draw):
    model = draw(st.sampled_from(["flat", "per_unit", "tiered"]))
    if model == "flat":
        return {"model": model, "amount": draw(decimals(900))}
    if model == "per_unit":
        return {"model": model, "unit_amount": draw(decimals(9)), "per": draw(st.sampled_from(["1", "3", "7", "1000"]))}
    bounds = sorted(draw(st.sets(st.sampled_from(BOUNDS))))
    tiers = [
        {"up_to": bound, "unit_amount": draw(decimals(5)), "flat_amount": draw(decimals(9, 2))}
        for bound in [*map(str, bounds), None]
    ]
    return {"model": model, "tiers": tiers}


@st.composite
def dated_prices(draw, start):
    later = sorted(draw(st.sets(st.integers(1, 200), max_size=2)))
    return [draw(prices())] + [
        {**draw(prices()), "from": (start + timedelta(days=offset)).isoformat()} for offset in later
    ]


@st.composite
def items(draw, name, start):
    kind = draw(st.sampled_from(["point_in_time", "period_of_time"]))
    item = {"id": name, "product": {"name": name, "kind": kind}, "prices": draw(dated_prices(start))}
    source = draw(st.sampled_from(["metric", "value", "entries"]))
    if source == "metric":
        item["quantity"] = {"metric": "used"}
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
    billing = {"every": draw(st.sampled_from(["P1M", "P1M", "P3M", "P1Y", "P2W", "P10D", "P30D"]))}
    if source != "metric":
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
        change["prices"] = [draw(prices())]
    else:
        change["quantity"] = draw(decimals(30, 1))
    return {
        "at": _moment(start + timedelta(days=draw(st.integers(0, 260))), draw(st.integers(0, 86_399))),
        "amend": change,
    }


def events(start, span):
    """Distinct events from a little before the start to a little after the span."""
    one = st.tuples(st.integers(-2 * 86_400, (span + 2) * 86_400), decimals(20, 2))
    return st.lists(one, max_size=12).map(
        lambda found: [{"timestamp": _moment(start, seconds), "data": {"n": value}} for seconds, value in found]
    )


@st.composite
def deals(draw):
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
    contract["items"] = [draw(items(f"item-{n}", start)) for n in range(draw(st.integers(1, 2)))]
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
        "metrics": {"used": {"event_type": "usage", "aggregate": "sum", "field": "n"}},
        "contract": contract,
        "events": known,
        "facts": [*facts, {"at": end, "events": []}],
        "as_of": end,
    }


def _moment(day, seconds):
    at = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=seconds)
    return at.isoformat().replace("+00:00", "Z")
