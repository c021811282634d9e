"""What rating a quantity gives: an exact amount and, from the same computation, its derivation."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from usance.kernel.amount import ZERO
from usance.kernel.derivation import Derivation, given


@dataclass(frozen=True, slots=True)
class Charge:
    """A priced quantity, not rounded. `unpriced` is the part of a negative quantity that the model cannot price."""

    derivation: Derivation
    unpriced: Decimal = ZERO

    @property
    def amount(self) -> Decimal:
        """Exact amount in major units."""
        return self.derivation.value


def nothing_at_zero() -> Charge:
    """The charge of a quantity of zero whose price says `charge_at_zero: false`."""
    return Charge(given("nothing is charged at quantity zero", 0))


def cannot_say(quantity: Decimal) -> Charge:
    """The charge of a negative quantity at a price that cannot say what one costs: zero, and all of it is reported."""
    return Charge(given("a negative quantity has no tier", 0), unpriced=quantity)
