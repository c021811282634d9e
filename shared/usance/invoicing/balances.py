"""Balances of entitlements at a moment, with the ledger that says which grant covered what, and features."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from usance.credits.entries import Given, Lapse
from usance.credits.grant import END_OF_TIME, Grant
from usance.invoicing.drawing import Drawing
from usance.kernel.amount import ZERO, plain
from usance.kernel.instant import show_instant


@dataclass(frozen=True, slots=True)
class Covered:
    """Units or credits of a grant that covered a billing period of an item."""

    grant: str
    item: str
    cycle: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class GrantBalance:
    """A grant and what is left of it."""

    grant: Grant
    given: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True)
class EntitlementBalance:
    """An entitlement at a moment: given = used + expired + balance. `overage` is what no grant covered.

    Of a feature nothing is counted: it is there while any of its grants is in force."""

    name: str
    type: str
    given: Decimal
    used: Decimal
    expired: Decimal
    balance: Decimal
    overage: Decimal
    grants: tuple[GrantBalance, ...]
    covered: tuple[Covered, ...]
    there: bool = False
    """Of a feature, whether the customer has it."""

    def to_json(self) -> dict[str, Any]:
        """JSON values."""
        if self.type == "feature":
            grants = [_in_force(one.grant) for one in self.grants]
            return {"entitlement": self.name, "type": self.type, "granted": self.there, "grants": grants}
        return {
            "entitlement": self.name,
            "type": self.type,
            "granted": plain(self.given),
            "used": plain(self.used),
            "expired": plain(self.expired),
            "balance": plain(self.balance),
            "overage": plain(self.overage),
            "grants": [
                {
                    **_in_force(one.grant),
                    "granted": plain(one.given),
                    "balance": plain(one.balance),
                    "priority": one.grant.priority,
                }
                for one in self.grants
            ],
            "draws": [
                {"grant": one.grant, "item": one.item, "cycle": one.cycle.isoformat(), "amount": plain(one.amount)}
                for one in self.covered
            ],
        }


def _in_force(grant: Grant) -> dict[str, Any]:
    expires_at = None if grant.ends_at == END_OF_TIME else show_instant(grant.ends_at)
    return {"id": grant.id, "effective_at": show_instant(grant.effective_at), "expires_at": expires_at}


def balances(drawing: Drawing) -> list[EntitlementBalance]:
    """Every entitlement that is granted, by name."""
    found = [*_of_units(drawing), *_of_credits(drawing), *_features(drawing)]
    return sorted(found, key=lambda one: (one.name, one.type))


def _features(drawing: Drawing) -> Iterable[EntitlementBalance]:
    begun = [
        one.grant for one in drawing.grants if one.grant.type == "feature" and one.grant.effective_at <= drawing.as_of
    ]
    for name in dict.fromkeys(grant.entitlement for grant in begun):
        grants = [grant for grant in begun if grant.entitlement == name]
        there = any(drawing.as_of < grant.ends_at for grant in grants)
        held = tuple(GrantBalance(grant, ZERO, ZERO) for grant in grants)
        yield EntitlementBalance(name, "feature", ZERO, ZERO, ZERO, ZERO, ZERO, held, (), there)


def _of_units(drawing: Drawing) -> Iterable[EntitlementBalance]:
    for name, mine in _named(drawing, "quantity").items():
        sums: dict[tuple[str, str, date], Decimal] = {}
        given, expired, left = list[Given](), list[Lapse](), dict[str, Decimal]()
        for burned in drawing.burned:
            given += (one for one in burned.given if one.grant in mine)
            expired += (one for one in burned.expired if one.grant in mine)
            left |= {grant: balance for grant, balance in burned.balances.items() if grant in mine}
            for draw in burned.draws:
                if draw.grant in mine:
                    key = (draw.grant, *drawing.takers[int(draw.ref.partition(":")[0])])
                    sums[key] = sums.get(key, ZERO) + draw.amount
        yield _balance(drawing, name, "quantity", given, expired, left, sums, drawing.uncovered.get(name, ZERO))


def _named(drawing: Drawing, type_: str) -> dict[str, set[str]]:
    """The grants of a type by entitlement."""
    found: dict[str, set[str]] = {}
    for one in drawing.grants:
        if one.grant.type == type_:
            found.setdefault(one.grant.entitlement, set()).add(one.grant.id)
    return found


def _of_credits(drawing: Drawing) -> Iterable[EntitlementBalance]:
    for name, mine in _named(drawing, "credits").items():
        sums: dict[tuple[str, str, date], Decimal] = {}
        given, expired, left = list[Given](), list[Lapse](), dict[str, Decimal]()
        for paid in drawing.paid_for:
            given += (one for one in paid.given if one.grant in mine)
            expired += (one for one in paid.expired if one.grant in mine)
            left |= {grant: balance for grant, balance in paid.balances.items() if grant in mine}
            for draw in paid.draws:
                if draw.grant in mine:
                    _place, item, cycle = draw.ref.split("/")
                    key = (draw.grant, item, date.fromisoformat(cycle))
                    sums[key] = sums.get(key, ZERO) + draw.credits
        yield _balance(drawing, name, "credits", given, expired, left, sums, ZERO)


def _balance(
    drawing: Drawing,
    name: str,
    type_: str,
    given: Iterable[Given],
    expired: Iterable[Lapse],
    left: Mapping[str, Decimal],
    sums: dict[tuple[str, str, date], Decimal],
    overage: Decimal,
) -> EntitlementBalance:
    of_grant: dict[str, Decimal] = {}
    for one in given:
        of_grant[one.grant] = of_grant.get(one.grant, ZERO) + one.amount
    grants = tuple(
        GrantBalance(one.grant, of_grant[one.grant.id], left.get(one.grant.id, ZERO))
        for one in drawing.grants
        if one.grant.entitlement == name and one.grant.type == type_ and one.grant.id in of_grant
    )
    return EntitlementBalance(
        name,
        type_,
        sum(of_grant.values(), ZERO),
        sum(sums.values(), ZERO),
        sum((one.amount for one in expired), ZERO),
        sum((one.balance for one in grants), ZERO),
        overage,
        grants,
        tuple(Covered(grant, item, cycle, amount) for (grant, item, cycle), amount in sorted(sums.items()) if amount),
    )
