"""Matrix: each combination of dimension values at the rate of its row. P = sum over the combinations of r(row) x q.

A row with tiers has the rate of the tier that the combination's quantity reaches, as volume prices do, and that tier's
flat amount once for each combination. Combinations that no row names belong to the default row; without one they
cannot be priced. A negative quantity is priced as the negative of its size at a unit amount, and is reported where
there are tiers.
"""

from __future__ import annotations

from collections.abc import Sequence

from usance.catalog.dimensions import MatrixPrice, MatrixRow
from usance.kernel.amount import ZERO
from usance.kernel.derivation import Derivation, derived, given
from usance.kernel.errors import CannotBill
from usance.pricing.brackets import reached
from usance.pricing.charge import Charge
from usance.pricing.groups import groups_of, in_words
from usance.pricing.quantities import Group, Quantities
from usance.pricing.volume import flat_amount

_NAMED = 5
"""Combinations that a refusal names."""


_Combination = tuple[str, ...]
"""Values of the dimensions that the price names, in its order."""


def rate_matrix(price: MatrixPrice, quantities: Quantities) -> Charge:
    """Charge combination by combination. Raises CannotBill naming those that no row prices."""
    found = _by_row(price, groups_of(price, quantities))
    parts: list[Derivation] = []
    unpriced = ZERO
    for place, row in enumerate(price.rows):
        for groups in found.get(place, {}).values():
            total = sum((group.quantity.value for group in groups), ZERO)
            if row.tiers is not None and total < ZERO:
                unpriced += total
            elif total or price.charge_at_zero:
                parts += _parts(row, place + 1, groups)
    return Charge(derived("sum", "all combinations", *parts), unpriced)


def _by_row(price: MatrixPrice, groups: Sequence[Group]) -> dict[int, dict[_Combination, list[Group]]]:
    """The parts by row and combination: those that differ in other dimensions alone belong together."""
    rows = {tuple(row.match.get(name) for name in price.dimensions): place for place, row in enumerate(price.rows)}
    default = next((place for place, row in enumerate(price.rows) if row.default), None)
    found: dict[int, dict[_Combination, list[Group]]] = {}
    unknown = []
    for group in groups:
        combination = tuple(group.values.get(name, "") for name in price.dimensions)
        place = rows.get(combination, default)
        if place is not None:
            found.setdefault(place, {}).setdefault(combination, []).append(group)
        elif group.quantity.value:
            unknown.append(in_words(group))
    if unknown:
        named = "; ".join(unknown[:_NAMED]) + (f" and {len(unknown) - _NAMED} more" if len(unknown) > _NAMED else "")
        raise CannotBill(f"no row of the matrix price names {named}: add a row, or mark one `default: true`")
    return found


def _parts(row: MatrixRow, number: int, groups: Sequence[Group]) -> list[Derivation]:
    if row.tiers is None:
        unit_amount = given(f"unit amount of row {number}", row.unit_amount or ZERO, row=number)
        return [_part(group, unit_amount, number) for group in groups]
    bracket = reached(row.tiers, sum((group.quantity.value for group in groups), ZERO))
    label = f"unit amount of row {number}, {bracket.words}"
    unit_amount = given(label, bracket.tier.unit_amount, row=number, tier=bracket.number)
    parts = [_part(group, unit_amount, number) for group in groups]
    return [*parts, flat_amount(bracket)] if bracket.tier.flat_amount else parts


def _part(group: Group, unit_amount: Derivation, number: int) -> Derivation:
    return derived("product", in_words(group), group.quantity, unit_amount, row=number, dimensions=dict(group.values))
