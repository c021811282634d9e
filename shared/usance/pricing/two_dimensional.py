"""Two-dimensional tiers: graduated on the quantity, with the rate from the column of a second number.

    P = sum over the parts, over the rows entered, of r(row, column of the part) x units of the part in the row

The parts of a quantity, one for each value of the second number, fill the rows one after another, the smallest number
first: the tiers are used up once, not once for each number. Upper bounds belong to their range on both axes. A
negative part prices as zero and is reported, because no row can say what it costs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from usance.catalog.dimensions import TwoDimensionalPrice
from usance.kernel.amount import ZERO, exact, plain
from usance.kernel.derivation import Derivation, derived, given
from usance.kernel.errors import CannotBill
from usance.pricing.charge import Charge
from usance.pricing.groups import groups_of
from usance.pricing.quantities import Group, Quantities


def rate_two_dimensional(price: TwoDimensionalPrice, quantities: Quantities) -> Charge:
    """Charge row by row and column by column. Raises CannotBill for a part whose second number cannot be read."""
    numbered = [(_number(price, group), group) for group in groups_of(price, quantities) if group.quantity.value]
    numbered.sort(key=lambda one: (one[0], sorted(one[1].values.items())))
    parts: list[Derivation] = []
    filled = unpriced = ZERO
    for number, group in numbered:
        if group.quantity.value < ZERO:
            unpriced += group.quantity.value
            continue
        parts += _entered(price, _place(price.column_up_to, number), group.quantity, filled)
        filled += group.quantity.value
    return Charge(derived("sum", "all rows entered", *parts), unpriced)


def _number(price: TwoDimensionalPrice, group: Group) -> Decimal:
    text = group.values.get(price.column, "")
    try:
        return exact(text)
    except ValueError:
        found = f"{text!r}, which is no number" if text else "no value"
        why = f"{plain(group.quantity.value)} units have {found} for {price.column}, which their price depends on"
        raise CannotBill(why) from None


def _place(bounds: Sequence[Decimal | None], number: Decimal) -> int:
    """The range that a number lies in; the last one is open."""
    return next(place for place, bound in enumerate(bounds) if bound is None or number <= bound)


def _entered(price: TwoDimensionalPrice, column: int, quantity: Derivation, filled: Decimal) -> Iterator[Derivation]:
    end = quantity
    if filled:
        end = derived("sum", "quantity up to here", given("units that filled rows before", filled), quantity)
    lower = ZERO
    for row, upper in enumerate(price.row_up_to):
        if upper is None or filled < upper:
            units = (
                end if upper is None else derived("minimum", "up to the row's end", end, given("row ends at", upper))
            )
            if begin := max(lower, filled):
                units = derived("difference", "units in the row", units, given("begins above", begin))
            rate = given("unit amount", price.unit_amounts[row][column])
            yield derived("product", f"row {row + 1}, column {column + 1}", units, rate, row=row + 1, column=column + 1)
        if upper is None or end.value <= upper:
            return
        lower = upper
