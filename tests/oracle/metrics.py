"""What a metric makes of events, straight from its definition: every event looked at for every window."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction

from tests.oracle.arithmetic import rounded
from tests.oracle.days import DAY, instant

UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
ADDITIVE = ("sum", "count")


@dataclass
class Reading:
    """What a price is applied to."""

    total: Fraction
    groups: dict = field(default_factory=dict)
    events: list = field(default_factory=list)
    values: list = field(default_factory=list)


def arrived(deal):
    """The distinct events that have arrived when the clock stops, in order of time and id."""
    until = instant(deal["as_of"])
    found = list(deal["events"])
    for fact in sorted(deal["facts"], key=lambda fact: instant(fact["at"])):
        if instant(fact["at"]) <= until:
            found += fact.get("events", [])
    distinct = {(event.get("event_type"), event["id"]): event for event in reversed(found)}.values()
    return sorted(distinct, key=lambda event: (instant(event["timestamp"]), event["id"]))


def read(metric, events, days, zone):
    """The reading of a metric over days in a row."""
    start, end = _midnight(days[0], zone), _midnight(days[-1] + DAY, zone)
    mine = [event for event in events if _counts(metric, event) and instant(event["timestamp"]) < end]
    names = metric.get("dimensions", [])
    by_value = {}
    for event in mine:
        by_value.setdefault(tuple(_text(event["data"].get(name, "")) for name in names), []).append(event)
    groups = {}
    for value, part in by_value.items():
        quantity, alive = _aggregate(metric, part, start, end)
        if alive:
            groups[value] = quantity
    within = [event for event in mine if instant(event["timestamp"]) >= start]
    values = [value_of(metric, event) for event in within] if metric["aggregate"] == "sum" else []
    return Reading(_aggregate(metric, mine, start, end)[0], groups, within, values)


def _midnight(day, zone):
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def _text(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


def _counts(metric, event):
    if event.get("event_type", metric.get("event_type")) != metric.get("event_type"):
        return False
    wanted = metric.get("filter", {})
    return all(event["data"].get(name) == value for name, value in wanted.items())


def value_of(metric, event):
    """What an event adds to a metric that adds up."""
    if metric["aggregate"] == "count":
        return Fraction(1)
    return Fraction(str(event["data"][metric["field"]]))


def _aggregate(metric, events, start, end):
    """(quantity, whether there is anything) of events up to the window's end."""
    within = [event for event in events if instant(event["timestamp"]) >= start]
    before = [event for event in events if instant(event["timestamp"]) < start] if metric.get("carry_over") else []
    name = metric["aggregate"]
    if name == "count":
        return Fraction(len(within)), bool(within)
    if name == "unique":
        return _unique(metric, before, within, start)
    if name == "weighted_sum":
        return _weighted(metric, before, within, start, end)
    values = [value_of(metric, event) for event in within]
    if name in ("max", "min", "latest") and before:
        values.insert(0, value_of(metric, before[-1]))
    return (_of_values(metric, values), True) if values else (Fraction(0), False)


def _of_values(metric, values):
    name = metric["aggregate"]
    if name == "percentile":
        rank = -(-Fraction(metric.get("percentile", 95)) * len(values) // 100)
        return sorted(values)[int(rank) - 1]
    if name == "average":
        return rounded(sum(values) / len(values), 12)
    if name == "sum":
        return sum(values)
    return {"max": max(values), "min": min(values), "latest": values[-1]}[name]


def _unique(metric, before, within, start):
    if not metric.get("carry_over"):
        found = {event["data"][metric["field"]] for event in within}
        return Fraction(len(found)), bool(found)
    live = set()
    for event in before:
        (live.discard if _removes(event) else live.add)(event["data"][metric["field"]])
    # What is removed at the very instant it was added, or as the period begins, was never live.
    seen, now, since = set(), set(live), dict.fromkeys(live, start)
    for event in within:
        value, at = event["data"][metric["field"]], instant(event["timestamp"])
        if _removes(event) and value in now:
            now.discard(value)
            if at > since[value]:
                seen.add(value)
        elif not _removes(event) and value not in now:
            now.add(value)
            since[value] = at
    return Fraction(len(seen | now)), bool(seen | now)


def _removes(event):
    return event["data"].get("operation", "add") == "remove"


def _weighted(metric, before, within, start, end):
    level = sum((value_of(metric, event) for event in before), Fraction(0))
    carried, area, since = level, Fraction(0), start
    for event in within:
        at = instant(event["timestamp"])
        area += level * _seconds(at - since)
        level, since = level + value_of(metric, event), at
    area += level * _seconds(end - since)
    unit = UNITS.get(metric.get("per", "period")) or _seconds(end - start)
    return rounded(area / unit, 12), bool(within or carried)


def _seconds(span):
    return Fraction(span.days * 86_400 + span.seconds) + Fraction(span.microseconds, 1_000_000)
