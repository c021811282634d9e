"""The order of everything that makes up a bill, in one place.

    each item, period by period
        quantity → conversion → granted units → free units → bounds → price model → proration → rounded     (charges)
        discounts by their order → maximum → minimum commitment                                        (item_modifiers)
    each phase, then the contract
        credits → discounts, the customer's after the contract's → maximum → minimum commitment → fees (scope_modifiers)
    each line
        tax on the net amount of its item's billing period                                                        (tax)

What is charged is rounded when it becomes a line; what modifies reads rounded lines and adds lines of its own, each
rounded once. A wallet is applied when a document is issued and changes no line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby

from usance.catalog.coupon import CustomerDiscount
from usance.contract.contract import Contract
from usance.contract.scope import CONTRACT, Scope, scopes
from usance.contract.timeline import Timeline
from usance.invoicing.charges import Usage, charge, give_free_units, lines_of, priced
from usance.invoicing.crediting import pay_with_credits
from usance.invoicing.desire import Piece
from usance.invoicing.drawing import Drawing, grant_units
from usance.invoicing.item_modifiers import hold_to_commitment, take_discounts
from usance.invoicing.levels import share_levels
from usance.invoicing.line import Line, LineKind
from usance.invoicing.scope_modifiers import ScopeLine, hold_scope, service_fees, take_scope_discount
from usance.invoicing.sheet import Sheet, by_due_day
from usance.invoicing.tax import taxed
from usance.invoicing.taxation import Rules
from usance.metering.aggregate import Measured
from usance.tax.customer import TaxFacts
from usance.tax.rule import TaxRule


@dataclass(frozen=True, slots=True)
class Deal:
    """A contract at a moment, with what is known besides its terms: what a bill is made up of."""

    timeline: Timeline
    currency: str
    zone: str
    today: date
    as_of: datetime
    drawing: Drawing
    discounts: tuple[CustomerDiscount, ...] = ()
    frozen: Mapping[tuple[str, date], TaxRule | None] = field(default_factory=dict)
    """The tax rules of what was billed already, by item (else modifier) and first day of the billing period."""
    tax: TaxFacts | None = None
    """What is recorded about the customer's tax; None when nothing of the contract asks for it."""

    @property
    def contract(self) -> Contract:
        return self.timeline.contract


@dataclass(frozen=True, slots=True)
class Bill:
    """Everything that should have been billed by a moment, and the events behind lines, by their place."""

    timeline: Timeline
    lines: tuple[Line, ...]
    events: Mapping[int, tuple[Measured, ...]]
    drawing: Drawing


def make_up(deal: Deal, due: Iterable[Piece], usage: Usage) -> Bill:
    """Make up the bill. Raises CannotBill when something cannot be priced."""
    sheets = _charged(deal, due, usage)
    more: list[ScopeLine] = []
    for scope in scopes(deal.contract, all_of_it=bool(deal.discounts) or bool(deal.drawing.grants)):
        topped = [entry for entry in more if entry.line.kind is LineKind.COMMITMENT]
        more += _modified(deal, scope, [sheet for sheet in sheets if _belongs(scope, sheet)], topped)
    return _gathered(deal, sheets, more)


def _charged(deal: Deal, due: Iterable[Piece], usage: Usage) -> list[Sheet]:
    contract = deal.contract
    found = [priced(contract, piece, usage, deal.drawing.metrics) for piece in due]
    deal.drawing.find_grants(deal.timeline, found)
    grant_units(deal.drawing, contract, found)
    sheets: list[Sheet] = []
    for _item, of_item in groupby(found, key=lambda one: one.piece.timeline.item.id):
        together = list(of_item)
        share_levels(contract, together, deal.drawing.metrics)
        give_free_units(contract, together, usage, deal.drawing.metrics)
        charge(contract, together, usage)
        mine = []
        for _cycle, of_period in groupby(together, key=lambda one: one.cycle):
            parts = list(of_period)
            piece = parts[0].piece
            closed = not piece.timeline.item.as_it_arrives or piece.due.service.end <= deal.today
            sheet = Sheet(piece.timeline, piece.due, deal.currency, deal.zone, closed, priced=parts)
            lines_of(contract, sheet, parts, usage)
            mine.append(sheet)
        take_discounts(contract, mine)
        hold_to_commitment(contract, mine, deal.today)
        sheets += mine
    return sheets


def _belongs(scope: Scope, sheet: Sheet) -> bool:
    return any(item.id == sheet.item.id for item in scope.items)


def _modified(deal: Deal, scope: Scope, sheets: Sequence[Sheet], topped: Sequence[ScopeLine]) -> list[ScopeLine]:
    pay_with_credits(deal.drawing, scope, sheets, deal.contract.pricing_units)
    for place, terms in sorted(enumerate(scope.discounts), key=lambda entry: (entry[1].order, entry[0])):
        take_scope_discount(scope, terms, sheets, f"{scope.name}.discount:{place}")
    if scope.name == CONTRACT:
        _take_customer_discounts(deal, scope, sheets)
    inner = topped if scope.name == CONTRACT else ()
    made = list(hold_scope(deal.timeline, scope, sheets, inner, deal.today, deal.currency))
    return [*made, *service_fees(scope, sheets, [*inner, *made], deal.currency)]


def _take_customer_discounts(deal: Deal, scope: Scope, sheets: Sequence[Sheet]) -> None:
    for one in deal.discounts:
        if one.currency not in (None, deal.currency):
            continue
        taken = [
            sheet
            for sheet in sheets
            if not one.products or sheet.item.id in one.products or sheet.item.product.name in one.products
        ]
        if one.once:
            days = by_due_day(sheet for sheet in taken if one.terms.from_ is None or sheet.cycle >= one.terms.from_)
            taken = next(iter(days.values()), [])
        take_scope_discount(scope, one.terms, taken, f"customer.discount:{one.id}")


def _gathered(deal: Deal, sheets: Sequence[Sheet], more: Sequence[ScopeLine]) -> Bill:
    lines: list[Line] = []
    events: dict[int, tuple[Measured, ...]] = {}
    for sheet in sheets:
        events |= {len(lines) + place: found for place, found in sheet.events.items()}
        lines += sheet.lines
    rules = Rules(deal.contract, deal.tax or TaxFacts(), deal.frozen, sheets)
    due = [entry for entry in more if entry.bill_on <= deal.today]
    lines += [line for entry in due for line in rules.lines_of(entry)]
    return Bill(deal.timeline, tuple(taxed(lines, rules)), events, deal.drawing)
