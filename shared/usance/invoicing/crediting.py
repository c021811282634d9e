"""Credits that pay for charges: lines that take off what a grant paid, each kind of grant by itself.

Credits that were given away make what they pay for cheaper. Credits that were bought were invoiced when they were sold
and are a liability since: using them settles it, and what they pay for becomes revenue as it would by itself. Where
more credits were given than were paid for, each credit settles its share of the price and gives the rest away.

    liability settled by the first x credits = min(price, amount granted) x x / amount granted, rounded
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from usance.contract.scope import Scope
from usance.credits.draw import CreditDraw, Payable, pay
from usance.invoicing.drawing import Drawing, open_for
from usance.invoicing.granted import Owned, consumers, of_scope
from usance.invoicing.line import SOLD_BY, LineKind, Recognition
from usance.invoicing.sheet import Sheet, recognition_of
from usance.kernel.amount import ZERO
from usance.kernel.derivation import Derivation, derived, given
from usance.kernel.money import Money


def pay_with_credits(drawing: Drawing, scope: Scope, sheets: Sequence[Sheet], rates: Mapping[str, Decimal]) -> None:
    """Pay for what items charge with granted credits, in order of service."""
    owned = of_scope(drawing.grants, scope)
    together: dict[tuple[str, ...], list[Owned]] = {}
    for name in dict.fromkeys(one.grant.entitlement for one in owned):
        of_name = [one for one in owned if one.grant.entitlement == name]
        payers = tuple(consumers(scope.items, name, (one.owner for one in of_name)))
        together.setdefault(payers, []).extend(of_name)
    prices = {(sheet.item.id, sheet.cycle): sheet.net for sheet in sheets}
    for payers, grants in sorted(together.items(), key=lambda entry: min(one.grant.rank() for one in entry[1])):
        _pay(drawing, _Sales(grants, prices, rates), [sheet for sheet in sheets if sheet.item.id in payers])


def _pay(drawing: Drawing, sales: _Sales, sheets: Sequence[Sheet]) -> None:
    # The order of the contract decides between what is served at the same time.
    by_ref = {f"{place:05}/{sheet.item.id}/{sheet.cycle}": sheet for place, sheet in enumerate(sheets)}
    charges = [
        Payable(ref, *open_for(drawing, sheet.timeline.item, sheet.due), sheet.net) for ref, sheet in by_ref.items()
    ]
    made = pay([one.grant for one in sales.owned], charges, drawing.currency, drawing.as_of, sales.rates)
    drawing.paid_for.append(made)
    parts: dict[str, dict[tuple[str, str], list[tuple[Money, Derivation]]]] = {}
    for draw in made.draws:
        for key, money, node in sales.parts(draw):
            parts.setdefault(draw.ref, {}).setdefault(key, []).append((money, node))
    for ref, sheet in by_ref.items():
        for (entitlement, seller), drawn in parts.get(ref, {}).items():
            total = Money.total((money for money, _node in drawn), drawing.currency)
            node = derived("sum", "paid with credits", *(node for _money, node in drawn))
            sheet.take_off(
                LineKind.CREDIT,
                f"credit:{entitlement}" + (SOLD_BY + seller if seller else ""),
                f"Credits ({entitlement})",
                total,
                node,
                recognition=Recognition.PREPAID if seller else recognition_of(sheet.item),
            )


@dataclass(slots=True)
class _Sales:
    """Grants with what was paid for them, and how much of each has been used so far."""

    owned: Sequence[Owned]
    prices: Mapping[tuple[str, date], Money]
    rates: Mapping[str, Decimal]
    used: dict[str, int] = field(default_factory=dict)

    def parts(self, draw: CreditDraw) -> list[tuple[tuple[str, str], Money, Derivation]]:
        """What a draw takes off by (entitlement, item that sold it or ""): what was bought, and what was given away."""
        one = next(each for each in self.owned if each.grant.id == draw.grant)
        name, cycle = one.grant.entitlement, one.grant.cycle
        whole = given(f"from {draw.grant}", draw.amount.amount)
        if cycle is None or (one.owner, cycle) not in self.prices:
            return [((name, ""), draw.amount, whole)]
        bought = self._settled(one, draw, self.prices[one.owner, cycle])
        if bought == draw.amount:
            return [((name, one.owner), bought, whole)]
        free = draw.amount - bought
        return [
            ((name, one.owner), bought, given(f"bought, from {draw.grant}", bought.amount)),
            ((name, ""), free, given(f"given away, from {draw.grant}", free.amount)),
        ]

    def _settled(self, one: Owned, draw: CreditDraw, price: Money) -> Money:
        before = self.used.get(draw.grant, 0)
        after = self.used[draw.grant] = before + draw.amount.minor
        rate = self.rates.get(one.grant.unit or "", Decimal(1))
        granted = Money.of(one.grant.amount * rate, price.currency)
        if granted <= price or granted.minor <= 0:
            return draw.amount
        share = Decimal(max(0, price.minor)) / granted.minor if price.minor > 0 else ZERO
        settled = [Money.of(Money(used, price.currency).amount * share, price.currency) for used in (before, after)]
        return settled[1] - settled[0]
