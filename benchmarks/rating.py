"""Quantities rated a second, against the same numbers multiplied and added by hand.

`curve` is `usance.pricing.curve.amounts`, which estimates and price curves use; `rate` is what bills, with the
derivation of every amount. The yardstick is one product and one sum of decimals for each quantity, in a plain loop.
Times are of the processor, best of several rounds; the ratios are what hold on another machine.

    python -m benchmarks.rating [--json]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from benchmarks.timing import best
from usance.catalog.price import PackagePrice, Price, TieredPrice, VolumePrice
from usance.kernel.amount import use_exact_arithmetic
from usance.kernel.derivation import given
from usance.pricing.charge import Charge
from usance.pricing.curve import amounts
from usance.pricing.quantities import Quantities
from usance.pricing.rate import rate

CURVE = 100_000
BILLED = 5_000
_TIERS = [
    {"up_to": 500, "unit_amount": "2.00"},
    {"up_to": 2000, "unit_amount": "1.50", "flat_amount": 10},
    {"up_to": 10000, "unit_amount": "1.20"},
    {"up_to": None, "unit_amount": "1.00"},
]
PRICES: dict[str, Price] = {
    "tiered": TieredPrice.model_validate({"model": "tiered", "tiers": _TIERS}),
    "volume": VolumePrice.model_validate({"model": "volume", "tiers": _TIERS}),
    "package": PackagePrice.model_validate({"model": "package", "package_size": 100, "unit_amount": 8}),
}


def quantities(count: int) -> list[Decimal]:
    """Quantities with fractions, in every tier and in no order."""
    return [Decimal(number * 7919 % 80_000) / 4 for number in range(count)]


def rate_all(price: Price, billed: Sequence[Quantities]) -> list[Charge]:
    """What billing does with each quantity."""
    return [rate(price, one) for one in billed]


def measure() -> dict[str, Any]:
    """Quantities a second by model, and how many times the yardstick's time one takes."""
    use_exact_arithmetic()
    many, few = quantities(CURVE), quantities(BILLED)
    slope, start = Decimal("1.50"), Decimal(260)
    yardstick = best(lambda: [start + slope * quantity for quantity in many]) / CURVE

    def row(seconds: float) -> dict[str, Any]:
        return {"per_second": round(1 / seconds), "times_multiplying": round(seconds / yardstick, 1)}

    found = {}
    for name, price in PRICES.items():
        billed = [Quantities(given("quantity", quantity)) for quantity in few]
        assert amounts(price, few) == [rate(price, one).amount for one in billed]
        curve = best(partial(amounts, price, many)) / CURVE
        found[name] = {"curve": row(curve), "rate": row(best(partial(rate_all, price, billed)) / BILLED)}
    return found


def main(*, as_json: bool = False) -> None:
    """Measure and print."""
    found = measure()
    if as_json:
        print(json.dumps(found))
        return
    print("rating in Decimal, one core; times a product and a sum of each quantity")
    print(f"{'model':>10} {'curve/s':>12} {'':>8} {'with derivation/s':>20} {'':>8}")
    for name, row in found.items():
        curve, billed = row["curve"], row["rate"]
        print(
            f"{name:>10} {curve['per_second']:>12,} {curve['times_multiplying']:>7}x"
            f" {billed['per_second']:>20,} {billed['times_multiplying']:>7}x"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true")
    main(as_json=parser.parse_args().json)
