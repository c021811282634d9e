"""What rating a quantity gives: an exact amount and, from the same computation, its derivation."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from usance.kernel.amount import ZERO
from usance.kernel.derivation import Derivation


@dataclass(frozen=True, slots=True)
class Charge:
    """A priced quantity, not rounded. `unpriced` is the part of a negative quantity that the model cannot price."""

    derivation: Derivation
    unpriced: Decimal = ZERO

    @property
    def amount(self) -> Decimal:
        """Exact amount in major units."""
        return self.derivation.value
