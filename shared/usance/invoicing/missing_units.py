"""What units that were committed to and not used cost: the price of all of them less that of those that were used."""

from __future__ import annotations

from usance.contract.contract import Contract
from usance.invoicing.sheet import Priced
from usance.kernel.amount import ZERO
from usance.kernel.derivation import Derivation, derived, given
from usance.pricing.bounds import bounded
from usance.pricing.quantities import Quantities
from usance.pricing.rate import rate


def units_of(one: Priced) -> Derivation:
    """The units of a piece that were priced."""
    return one.quantities.total if one.quantities is not None else given("no quantity", ZERO)


def price_difference(contract: Contract, one: Priced, minimum: Derivation, total: Derivation) -> Derivation:
    """What the units missing from a total to a minimum cost at the price of a piece; zero when none is missing, or
    when all of them together cost less than those that were used, as a table whose rates fall can say."""
    if total.value >= minimum.value:
        return given("no unit is missing", ZERO)
    price = one.piece.price.price
    unit_rate = contract.pricing_units.get(price.currency or "")
    most = bounded(price, minimum)
    owed, charged = (rate(price, Quantities(total=units), unit_rate).derivation for units in (most, total))
    difference = derived("difference", "price of the minimum less price of the units", owed, charged)
    if difference.value >= ZERO:
        return difference
    return derived("maximum", "a commitment takes nothing off", difference, given("nothing", ZERO))
