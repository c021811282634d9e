"""An alert as people write it.

Usage and spend rise to a threshold: it is reached at its value and above. A balance falls to it: it is reached at its
value and below. Which thresholds a value passed is decided in `usance.credits.threshold`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from usance.catalog.authored import Authored, CadenceText, CurrencyCode, NotNegative, Positive, refuse
from usance.kernel.amount import plain
from usance.kernel.errors import Fault

MOST_THRESHOLDS: Final = 20
DEFAULT_WINDOW: Final = "P1M"

Name = Annotated[str, Field(min_length=1, max_length=255)]


@dataclass(frozen=True, slots=True)
class _Form:
    """The members that an alert needs, and what else it may have."""

    needs: frozenset[str]
    may: frozenset[str] = frozenset({"recurring"})


_WINDOWED: Final = frozenset({"recurring", "window"})
_FORMS: Final[dict[str, tuple[_Form, ...]]] = {
    "usage": (
        _Form(frozenset({"metric", "customer"}), _WINDOWED),
        _Form(frozenset({"metric", "contract"}), _WINDOWED),
    ),
    "spend": (_Form(frozenset({"contract"})),),
    "balance": (_Form(frozenset({"customer", "currency"})), _Form(frozenset({"contract", "entitlement"}))),
}
_ALL: Final = ("customer", "contract", "metric", "window", "currency", "entitlement", "recurring")


class Alert(Authored):
    """Thresholds of one customer's usage or balance, or of what one contract's next invoice comes to."""

    external_id: Name | None = None
    """Your own id; unique among alerts."""
    name: Name | None = None
    on: Literal["usage", "spend", "balance"]
    customer: Name | None = None
    """Whose usage or wallet it is: id or external id."""
    contract: Name | None = None
    """Of spend: whose next invoice is watched. Of a balance: whose entitlement. Of usage, in place of the customer:
    usage of its customer, in windows that are counted from the contract's first day."""
    metric: Name | None = None
    """Of usage: what is measured."""
    window: CadenceText | None = None
    """Of usage: how long it adds up before it begins anew, P1M when left out. Windows are those of the calendar."""
    currency: CurrencyCode | None = None
    """Of a balance: the customer's wallet in this currency."""
    entitlement: Name | None = None
    """Of a balance: what is left of this entitlement, which the contract grants."""
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
        # Of several forms the one that most of what is written belongs to.
        form = max(_FORMS[self.on], key=lambda form: len(given & form.needs))
        for name in sorted(form.needs - given):
            yield Fault(f"/{name}", "missing", f"is missing: {self._asks()}")
        for name in sorted(given - form.needs - form.may):
            yield Fault(f"/{name}", "not_allowed", f"does not belong here: {self._asks()}")

    def _asks(self) -> str:
        """What an alert of this kind takes, for people."""
        forms = " or ".join(" and ".join(sorted(form.needs)) for form in _FORMS[self.on])
        return f"an alert on {self.on} takes {forms}"

    def _threshold_faults(self) -> Iterator[Fault]:
        for place, threshold in enumerate(self.thresholds):
            if threshold in self.thresholds[:place]:
                yield Fault(f"/thresholds/{place}", "duplicate", f"{plain(threshold)} is there already")
            elif not threshold and self.on != "balance":
                yield Fault(
                    f"/thresholds/{place}", "out_of_range", "must be greater than zero: all is at zero at first"
                )
