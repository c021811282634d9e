"""Whether an event's data passes a metric's filter. A field that is missing equals nothing."""

from __future__ import annotations

from decimal import Decimal

from usance.catalog.metric import Equals
from usance.kernel.amount import exact
from usance.metering.event import Data


def passes(data: Data, conditions: tuple[Equals, ...]) -> bool:
    """True when every condition holds; with no condition, always."""
    return all(_equal(data.get(condition.field), condition.value) for condition in conditions)


def _equal(found: object, wanted: str | int | bool) -> bool:  # noqa: FBT001 - a value to compare, not a switch
    if found is None or isinstance(found, bool) or isinstance(wanted, bool):
        return found is wanted
    if isinstance(found, str) and isinstance(wanted, str):
        return found == wanted
    # One is a number and the other may be its text: decimals travel as text.
    one, other = _number(found), _number(wanted)
    return one is not None and one == other


def _number(value: object) -> Decimal | None:
    try:
        return exact(value) if isinstance(value, str | int) else None
    except ValueError:
        return None
