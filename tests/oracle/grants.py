"""Which grants there are, when they are given, and who draws on them; units come off quantities before free units."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from tests.oracle.burning import FOREVER, Giving, Grant, Use, burn, pay
from tests.oracle.days import DAY, Grid, instant
from tests.oracle.free_units import is_level
from tests.oracle.metrics import ADDITIVE, value_of
from tests.oracle.modifiers import as_list
from tests.oracle.prices import converted
from tests.oracle.terms import all_items, is_metered, meter


def midnight(day, zone):
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def grants_of(deal, what, zone):
    """(owner, grant) of units or of credits; an owner is an item's or phase's id, or the contract, for
    which people give too."""
    contract, until = deal["contract"], instant(deal["as_of"])
    items, phases = all_items(contract), contract.get("phases", [])
    owners = [("contract", "contract", contract)]
    owners += [(f"phase.{phase['id']}", f"phase.{phase['id']}", phase) for phase in phases]
    owners += [(item["id"], item["id"], item) for item in items]
    found = []
    for owner, name, written in owners:
        start, last = (written.get(side, contract[side]) for side in ("starts_on", "ends_on"))
        for place, terms in enumerate(as_list(written.get("grants", []))):
            first = midnight(date.fromisoformat(start), zone)
            found.append((owner, f"{name}.grant:{place}", terms, first, date.fromisoformat(last)))
    by_hand = [fact for fact in deal["facts"] if "grant" in fact and instant(fact["at"]) <= until]
    for place, fact in enumerate(sorted(by_hand, key=lambda fact: instant(fact["at"]))):
        terms = fact["grant"]
        first = midnight(date.fromisoformat(terms["effective_on"]), zone) if "effective_on" in terms else fact["at"]
        first = instant(terms.get("effective_at", first)) if isinstance(first, str) else first
        found.append(("contract", f"grant:{place}", terms, first, date.fromisoformat(contract["ends_on"])))
    return [
        (owner, _grant(contract, owner, name, terms, givings(terms, first, last, zone)))
        for owner, name, terms, first, last in found
        if terms["type"] == what
    ]


def _grant(contract, owner, name, terms, given):
    takers = {"quantity": unit_takers, "credits": credit_takers}[terms["type"]](contract, owner, terms["entitlement"])
    amount, priority = Fraction(terms["amount"]), terms.get("priority", 0)
    return Grant(name, terms["entitlement"], takers, amount, given, priority, terms.get("rollover"))


def givings(terms, first, last, zone):
    """When a grant is given: once, or every so often until the contract or item ends, which also ends the last one."""
    end = midnight(last + DAY, zone)
    if "every" not in terms:
        return [Giving(first, _expiry(terms, first, zone), True, first)]
    starts, day, grid = [], first.astimezone(zone).date(), _from(first, terms["every"], zone)
    while midnight(day, zone) < end:
        starts.append(midnight(day, zone))
        day = grid.window(day)[1]
    found = []
    for start in starts:
        expiry, following = _expiry(terms, start, zone), midnight(grid.window(start.astimezone(zone).date())[1], zone)
        again = "expires_after" not in terms or ("rollover" in terms and following < expiry)
        found.append(Giving(start, min(following, end) if again else expiry, not again, first if again else start))
    return found


def _from(start, cadence, zone):
    day = start.astimezone(zone).date()
    return Grid(day, cadence, day)


def _expiry(terms, start, zone):
    if "expires_on" in terms:
        return midnight(date.fromisoformat(terms["expires_on"]) + DAY, zone)
    if "expires_after" in terms:
        return midnight(_from(start, terms["expires_after"], zone).window(start.astimezone(zone).date())[1], zone)
    return FOREVER


def unit_takers(contract, owner, name):
    items = _items_for(contract, owner)
    named = {item["id"] for item in items if name in as_list(item.get("consumes", [])) or _grants_itself(item, name)}
    return named or {item["id"] for item in items if is_metered(item)} or {item["id"] for item in items}


def credit_takers(contract, owner, name):
    items = _items_for(contract, owner)
    named = {item["id"] for item in items if name in as_list(item.get("consumes", []))}
    if named or owner == "contract" or owner.startswith("phase."):
        return named or {item["id"] for item in items}
    metered = {item["id"] for item in items if is_metered(item)}
    return metered or {item["id"] for item in items} - {owner} or {owner}


def _items_for(contract, owner):
    items = all_items(contract)
    return [item for item in items if f"phase.{item.get('phase')}" == owner] if owner.startswith("phase.") else items


def _grants_itself(item, name):
    """A plan at a flat price that is not metered only gives."""
    gives = any(
        terms["entitlement"] == name and terms["type"] == "quantity" for terms in as_list(item.get("grants", []))
    )
    return gives and (is_metered(item) or any(price["model"] != "flat" for price in item["prices"]))


def take_granted(deal, periods, zone):
    """Units of grants off the pieces of all items, in order of time."""
    grants = [grant for _owner, grant in grants_of(deal, "quantity", zone)]
    uses = [use for period in periods for use in _uses(deal, period, zone)] if grants else []
    for use, _, amount in burn(grants, uses):
        for piece, part in use.key:
            window, quantity = piece.parts[part] if piece.parts else (None, piece.billable)
            taken = min(amount, quantity)
            piece.billable -= taken
            if piece.parts:
                piece.parts[part] = window, quantity - taken


def open_until(period, at, zone):
    """Until when a period's use waits for a grant: what is fixed and billed in advance does not."""
    waits = is_metered(period.item) or period.known_late
    return midnight(period.days[-1] + DAY, zone) if waits else at


def _uses(deal, period, zone):
    """Each event where they add up; else what a piece needs, at its end or, of a fixed quantity, at its start; of a
    level what it needs more than the pieces before it, which the pieces after it have too."""
    item, held, metric = period.item, Fraction(0), deal["metrics"].get(meter(period.item))
    for number, piece in enumerate(period.pieces):
        start, end = midnight(piece.days[0], zone), midnight(piece.days[-1] + DAY, zone)
        if metric and metric["aggregate"] in ADDITIVE:
            for event in piece.reading.events:
                at = instant(event["timestamp"])
                amount = converted(piece.price, value_of(metric, event))
                yield Use(at, amount, item["id"], open_until(period, at, zone), [(piece, _part(piece, at, zone))])
            continue
        at = end - timedelta(microseconds=1) if metric else start
        level, quantity = is_level(deal, item), piece.billable
        after = [(one, 0) for one in period.pieces[number:]] if level else [(piece, 0)]
        yield Use(at, max(quantity - held, Fraction(0)), item["id"], open_until(period, at, zone), after)
        held = max(held, quantity) if level else held


def pay_with_credits(deal, scope, periods, zone, scale):
    """Billing periods in the order in which they begin, of two the shorter first, paid by the credits of a phase, or by
    all others."""
    grants = []
    for owner, grant in grants_of(deal, "credits", zone):
        if (owner if owner.startswith("phase.") else "contract") == scope:
            grant.amount *= scale
            grant.rollover = grant.rollover and {side: Fraction(of) * scale for side, of in grant.rollover.items()}
            grants.append(grant)
    charges = []
    for period in periods if grants else ():
        at = midnight(period.first, zone)
        until = max(open_until(period, at, zone), at + timedelta(microseconds=1))
        charges.append(Use(at, max(period.total, 0), period.item["id"], until, period))
    for use, grant, amount in pay(grants, charges):
        name = f"credit:{grant.entitlement}"
        use.key.shared[name] = use.key.shared.get(name, 0) + int(amount)


def _part(piece, at, zone):
    day = at.astimezone(zone).date()
    return next((n for n, (window, _quantity) in enumerate(piece.parts) if window[0] <= day < window[1]), 0)
