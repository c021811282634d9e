"""When an invoice is due: so many days after its issue, perhaps moved to a day of the month.

Terms are written on the contract and on its phases. A document bills what it has to, whatever phases that belongs to;
where their terms differ, the latest of their days holds, so that nobody owes anything before the day agreed for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from usance.catalog.authored import Authored, refuse
from usance.kernel.errors import Fault
from usance.kernel.recurrence import Cadence, Recurrence

if TYPE_CHECKING:
    from usance.contract.contract import Contract

_MONTHLY: Final = Cadence.parse("P1M")


class PaymentTerms(Authored):
    """When an invoice is due."""

    net_days: int = Field(0, ge=0, le=3650)
    """Days after the day of issue."""
    from_: Literal["issue", "approval"] = Field("issue", alias="from")
    """From which day on they are counted. A document is approved when it is issued, so both are one day."""
    end_of_month: bool = False
    """Whether it is due at the end of the month in which these days end."""
    day_of_month: Annotated[int, Field(ge=1, le=31)] | None = None
    """Due on this day of the month, the first one that is not before these days end; 31 is the month's last."""

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.end_of_month and self.day_of_month is not None:
            refuse([Fault("/day_of_month", "contradictory", "end_of_month says it already: give one of them")])
        return self

    def due_on(self, issued_on: date) -> date:
        """The day on which a document issued on a day is due."""
        earliest = issued_on + timedelta(days=self.net_days)
        day = 31 if self.end_of_month else self.day_of_month
        if day is None:
            return earliest
        days = Recurrence(earliest, _MONTHLY, day=day)
        return days.boundary(0) if days.boundary(0) >= earliest else days.boundary(1)


AT_ONCE: Final = PaymentTerms()


def due_on(contract: Contract, made_by: Iterable[tuple[str, str]], issued_on: date) -> date:
    """The day on which a document is due, given the item and the modifier of each of its lines.

    Lines of the whole contract and of tax decide nothing, unless there are no others."""
    phases = {phase.id: phase.payment_terms or contract.payment_terms for phase in contract.phases}
    of_item = {item.id: phases.get(item.phase or "", contract.payment_terms) for item in contract.all_items}
    found = (of_item.get(item) if item else _of_phase(modifier, phases) for item, modifier in made_by)
    terms = [one for one in found if one is not None] or [contract.payment_terms]
    return max(one.due_on(issued_on) for one in terms)


def _of_phase(modifier: str, phases: Mapping[str, PaymentTerms]) -> PaymentTerms | None:
    """The terms of the phase whose modifier made a line; ids may have dots, so of the longest that fits."""
    named = max((phase for phase in phases if modifier.startswith(f"phase.{phase}.")), key=len, default=None)
    return None if named is None else phases[named]
