"""Ask for a billing run of one's own contracts, and see how far it has come."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import Field, StringConstraints

from usance.catalog.authored import Authored, Instant
from usance.kernel.clock import Clock
from usance.kernel.errors import Fault, InvalidInput, NotFound
from usance.kernel.instant import show_instant
from usance.ports import Body, ControlPlane, Kind, Machine, Tables, TransactionRefused, Workflows
from usance.records.organisations import Organisation
from usance.records.requested_runs import put_requested_run, read_requested_run
from usance.records.runs import RunTally
from usance.usecases.billing_run import progress
from usance.usecases.registry import Intent

MOST_CONTRACTS: Final = 1_000
_RUN: Final = re.compile(r"run_[0-9a-z]{26}", re.ASCII)


class RunOrder(Authored):
    """What to bill: all contracts that are due, or named ones whether due or not."""

    contracts: tuple[Annotated[str, StringConstraints(min_length=1, max_length=255)], ...] | None = Field(
        None, min_length=1, max_length=MOST_CONTRACTS
    )
    """Ids or external ids. A parked contract is billed again only when it is named."""
    as_of: Instant | None = None
    """Bill what was due by then, not by now. For organisations in mode test."""


@dataclass(frozen=True, slots=True)
class RequestedRun:
    """A run that an organisation asked for, and how far it has come."""

    id: str
    request: Body
    tally: RunTally


def request_run(
    control: ControlPlane,
    tables: Tables,
    workflows: Workflows,
    clock: Clock,
    organisation: Organisation,
    intent: Intent,
    order: RunOrder,
) -> RequestedRun:
    """Start a run. Raises InvalidInput for contracts that are none, and for an `as_of` that cannot be."""
    contracts = _resolve(control, organisation, clock, order)
    run = intent.id("run")
    # Recorded before it is started: whoever may ask for a run's progress is known by then.
    with contextlib.suppress(TransactionRefused):
        tables.transact([put_requested_run(organisation.id, run, intent.at, as_of=order.as_of, contracts=contracts)])
    payload: dict[str, object] = {"organisation": organisation.id}
    if contracts:
        payload["contracts"] = contracts
    if order.as_of is not None:
        payload["as_of"] = show_instant(order.as_of)
    workflows.start(Machine.BILLING_RUN, run, payload)
    return read_run(tables, organisation.id, run)


def read_run(tables: Tables, organisation: str, run: str) -> RequestedRun:
    """How far a run has come that this organisation asked for. Raises NotFound for any other."""
    request = read_requested_run(tables, organisation, run) if _RUN.fullmatch(run) else None
    if request is None:
        raise NotFound(f"there is no billing run {run!r}")
    return RequestedRun(run, request, progress(tables, run))


def _resolve(control: ControlPlane, organisation: Organisation, clock: Clock, order: RunOrder) -> list[str]:
    faults, found = [], []
    if order.as_of is not None:
        present = organisation.as_of(clock)
        if organisation.mode != "test":
            faults.append(Fault("/as_of", "not_allowed", "is for organisations in mode test: leave it out"))
        elif order.as_of > present:
            why = f"lies after the organisation's present, {show_instant(present)}: move its test clock first"
            faults.append(Fault("/as_of", "out_of_range", why))
    for place, name in enumerate(order.contracts or ()):
        record = control.get(organisation.id, Kind.CONTRACT, name)
        if record is None:
            faults.append(Fault(f"/contracts/{place}", "unknown_contract", f"there is no contract {name!r}"))
        else:
            found.append(record.id)
    if faults:
        raise InvalidInput("the request has faults", faults)
    return list(dict.fromkeys(found))
