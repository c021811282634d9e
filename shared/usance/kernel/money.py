"""Money: whole minor units of one currency. What stands on a line, a document, a payment and in the journal.

Amounts that are still being computed are plain decimals (`amount`); `Money.of` takes one through the rounding door.
On the wire money is `{"amount": "12.34", "currency": "USD"}`: text, major units.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from usance.kernel.amount import exact, split, to_minor
from usance.kernel.currency import exponent


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """`minor` whole minor units of `currency` (ISO 4217). Adding two currencies raises ValueError."""

    minor: int
    currency: str

    @classmethod
    def of(cls, amount: Decimal, currency: str) -> Money:
        """Round an exact amount in major units, half away from zero, to the currency's minor unit."""
        return cls(to_minor(amount, exponent(currency)), currency)

    @classmethod
    def parse(cls, text: str, currency: str) -> Money:
        """Read an amount in major units that must already be whole minor units; ValueError if it is not."""
        value = exact(text)
        money = cls.of(value, currency)
        if money.amount != value:
            raise ValueError(f"{currency} has {exponent(currency)} decimals, and {text} has more")
        return money

    @classmethod
    def zero(cls, currency: str) -> Money:
        return cls(0, currency)

    @classmethod
    def total(cls, parts: Iterable[Money], currency: str) -> Money:
        """The sum of parts, zero when there are none."""
        minor = 0
        for part in parts:
            minor += part.minor if part.currency == currency else (part + cls(0, currency)).minor
        return cls(minor, currency)

    @property
    def amount(self) -> Decimal:
        """Major units, with exactly the currency's decimals."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        self._same(other)
        return self.minor < other.minor

    def __le__(self, other: Money) -> bool:
        self._same(other)
        return self.minor <= other.minor

    def __bool__(self) -> bool:
        return self.minor != 0

    def __str__(self) -> str:
        return str(self.amount)

    def split(self, weights: Sequence[Decimal | int]) -> list[Money]:
        """Parts in proportion to weights that sum to this exactly (largest remainder, ties to the earliest)."""
        return [Money(part, self.currency) for part in split(self.minor, weights)]

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} cannot be added or compared")
