"""What was granted: units that come off quantities before they are priced, and credits that pay for charges after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from usance.contract.contract import Contract
from usance.contract.scope import Scope
from usance.invoicing.sheet import Priced, Sheet


@dataclass(slots=True)
class Drawing:
    """Grants in force and what is drawn from them while a bill is made up."""

    grants: tuple[str, ...] = ()


def grant_units(drawing: Drawing, contract: Contract, found: Sequence[Priced]) -> None:
    """Take granted units off quantities."""


def pay_with_credits(drawing: Drawing, scope: Scope, sheets: Sequence[Sheet]) -> None:
    """Pay for what items charge with granted credits."""
