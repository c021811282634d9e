"""An alert as people write it.

Usage and spend rise to a threshold: it is reached at its value and above. A balance falls to it: it is reached at its
value and below. Which thresholds a value passed is decided in `usance.credits.threshold`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from usance.catalog.authored import Authored, CadenceText, CurrencyCode, NotNegative, Positive, refuse
from usance.kernel.amount import plain
from usance.kernel.errors import Fault

MOST_THRESHOLDS: Final = 20
DEFAULT_WINDOW: Final = "P1M"

Name = Annotated[str, Field(min_length=1, max_length=255)]

# What each kind watches: what it needs, of what it needs exactly one, and what else it may have.
_NEEDS: Final[dict[str, tuple[str, ...]]] = {"usage": ("metric",), "spend": ("contract",), "balance": ("customer",)}
_ONE_OF: Final[dict[str, tuple[str, ...]]] = {
    "usage": ("customer", "contract"),
    "spend": (),
    "balance": ("currency", "entitlement"),
}
_MAY: Final[dict[str, tuple[str, ...]]] = {
    "usage": ("window", "recurring"),
    "spend": ("recurring",),
    "balance": ("recurring",),
}
_ALL: Final = ("customer", "contract", "metric", "window", "currency", "entitlement", "recurring")


class Alert(Authored):
    """Thresholds of one customer's usage or balance, or of what one contract's next invoice comes to."""

    external_id: Name | None = None
    """Your own id; unique among alerts."""
    name: Name | None = None
    on: Literal["usage", "spend", "balance"]
    customer: Name | None = None
    """Whose usage or balance it is: id or external id."""
    contract: Name | None = None
    """Of spend: the contract whose next invoice is watched. Of usage, in place of the customer: usage of its customer,
    in windows that are counted from the contract's first day."""
    metric: Name | None = None
    """Of usage: what is measured."""
    window: CadenceText | None = None
    """Of usage: how long it adds up before it begins anew, P1M when left out. Windows are those of the calendar."""
    currency: CurrencyCode | None = None
    """Of a balance: the customer's wallet in this currency."""
    entitlement: Name | None = None
    """Of a balance: what the customer has left of this entitlement."""
    thresholds: tuple[NotNegative, ...] = Field(min_length=1, max_length=MOST_THRESHOLDS)
    """In units of the metric or entitlement, or in major units of the currency. Each raises one event when it is
    reached, and one when it no longer is."""
    recurring: Positive | None = None
    """Another threshold each time the value goes on by so much: past the highest one, of a balance past the lowest."""
    active: bool = True

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        refuse([*self._member_faults(), *self._threshold_faults()])
        return self

    def _member_faults(self) -> Iterator[Fault]:
        given = {name for name in _ALL if getattr(self, name) is not None}
        needed, one_of = _NEEDS[self.on], _ONE_OF[self.on]
        for name in needed:
            if name not in given:
                yield Fault(f"/{name}", "missing", f"is missing: an alert on {self.on} needs it")
        for name in sorted(given - {*needed, *one_of, *_MAY[self.on]}):
            yield Fault(f"/{name}", "not_allowed", f"does not belong to an alert on {self.on}: leave it out")
        if one_of and len(given & {*one_of}) != 1:
            code = "not_allowed" if given & {*one_of} else "missing"
            yield Fault(f"/{one_of[-1]}", code, f"an alert on {self.on} takes exactly one of {' and '.join(one_of)}")

    def _threshold_faults(self) -> Iterator[Fault]:
        for place, threshold in enumerate(self.thresholds):
            if threshold in self.thresholds[:place]:
                yield Fault(f"/thresholds/{place}", "duplicate", f"{plain(threshold)} is there already")
            elif not threshold and self.on != "balance":
                yield Fault(
                    f"/thresholds/{place}", "out_of_range", "must be greater than zero: all is at zero at first"
                )
