"""How the tests of price models write a price, rate it, and read what was refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import BaseModel

from usance.catalog.faults import read_document
from usance.catalog.price import Price
from usance.kernel.amount import plain
from usance.kernel.derivation import Derivation, evaluate, given
from usance.kernel.errors import InvalidInput
from usance.metering.measured import Measured
from usance.pricing.charge import Charge
from usance.pricing.quantities import Group, Quantities
from usance.pricing.rate import rate

START = datetime(2025, 7, 1, tzinfo=UTC)


class _Written(BaseModel):
    price: Price


def priced(**price: Any) -> Price:
    """A price as people write it."""
    return read_document(_Written, {"price": price}).price


def refused(**price: Any) -> list[tuple[str, str]]:
    """Pointer and code of every fault that a price is refused for."""
    with pytest.raises(InvalidInput) as caught:
        priced(**price)
    return [(fault.pointer.removeprefix("/price"), fault.code) for fault in caught.value.faults]


def leaf(value: str | int | Decimal) -> Derivation:
    return given("quantity", Decimal(value))


def event(number: int, value: str | int = 1, **data: Any) -> Measured:
    """An event so many minutes after the start."""
    return Measured(f"evt_{number}", START + timedelta(minutes=number), Decimal(value), "acme", data)


def quantities(
    total: str | int | Decimal,
    groups: Iterable[tuple[Mapping[str, str], str | int]] = (),
    events: Iterable[Measured] = (),
    **named: str | int,
) -> Quantities:
    parts = tuple(Group(values, leaf(quantity)) for values, quantity in groups)
    return Quantities(leaf(total), parts, tuple(events), {name: leaf(value) for name, value in named.items()})


def charge(of: str | int | Decimal | Quantities, /, **price: Any) -> Charge:
    """The charge, whose derivation works out to its amount."""
    made = rate(priced(**price), of if isinstance(of, Quantities) else quantities(of))
    assert sound(made.derivation).value == made.amount
    return made


def sound(node: Derivation) -> Derivation:
    """A derivation that works out to its value and says at each step, in words, what it is."""
    assert evaluate(node) == node.value
    steps = [node]
    while steps:
        step = steps.pop()
        assert isinstance(step.label, str)
        assert step.label.strip()
        steps += step.parts
    return node


def amount(of: str | int | Decimal | Quantities, /, **price: Any) -> str:
    return plain(charge(of, **price).amount)


def labels(node: Derivation) -> list[str]:
    """The labels of a derivation's parts."""
    return [part.label for part in node.parts]


def told(node: Derivation) -> list[str]:
    """A derivation as lines: value, operation, label and what it refers to."""
    return list(_told(sound(node), ""))


def _told(node: Derivation, indent: str) -> Iterator[str]:
    refs = f" {dict(node.refs)}" if node.refs else ""
    yield f"{indent}{plain(node.value)} {node.operation}: {node.label}{refs}"
    for part in node.parts:
        yield from _told(part, indent + "  ")


def explained(of: Any, **price: Any) -> list[str]:
    return told(charge(of, **price).derivation)
