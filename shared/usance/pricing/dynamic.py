"""Dynamic: the amounts that events carry themselves. P = multiplier x sum of the events' amounts.

An event whose amount cannot be read is never dropped: the charge cannot be made. Amounts may be negative.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from usance.catalog.price import DynamicPrice
from usance.kernel.amount import ZERO, exact
from usance.kernel.derivation import derived, given
from usance.kernel.errors import CannotBill
from usance.metering.measured import Measured
from usance.pricing.charge import Charge
from usance.pricing.quantities import Quantities


def rate_dynamic(price: DynamicPrice, quantities: Quantities) -> Charge:
    """Charge what the events say. Raises CannotBill naming the first event whose amount cannot be read."""
    amounts = [_amount(price, event) for event in quantities.events]
    total = given(f"sum of {price.amount_field} of the events", sum(amounts, ZERO), events=len(amounts))
    return Charge(derived("product", "amounts × multiplier", total, given("multiplier", price.multiplier)))


def _amount(price: DynamicPrice, event: Measured) -> Decimal:
    value: Any = event.data.get(price.amount_field)
    try:
        return exact(value)
    except ValueError as error:
        wrong = "is missing" if value is None else str(error)
        why = f"event {event.id!r} of {event.timestamp.isoformat()} cannot be priced: its {price.amount_field} {wrong}"
        raise CannotBill(why) from None
