"""A billing run: find the contracts to look at, hand them out in chunks, bill a chunk, count what is done.

A run decides nothing about money. Dispatching twice sends chunks twice, and billing a chunk twice finds nothing left
to do; the counts of a run are of its chunks, each counted once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from usance.kernel.clock import Clock
from usance.kernel.errors import NotFound
from usance.kernel.instant import parse_instant, show_instant
from usance.ports import Body, ControlPlane, Queue, Queues, Tables
from usance.records.due import due_pointers
from usance.records.organisations import Organisation, read_organisation
from usance.records.runs import RunTally, record_chunk, record_run, tally
from usance.usecases.bill import Billing, Look, bill_contract

CHUNK: Final = 50
"""Contracts in one message."""


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What a run is asked for: all organisations or one, all due contracts or named ones, now or as of an instant."""

    organisation: str | None = None
    contracts: tuple[str, ...] = ()
    as_of: datetime | None = None

    @classmethod
    def read(cls, body: Body) -> RunRequest:
        """The request in a state machine's input; members that are none of its are passed over."""
        as_of = body.get("as_of")
        return cls(
            body.get("organisation"), tuple(body.get("contracts") or ()), parse_instant(as_of) if as_of else None
        )


@dataclass(frozen=True, slots=True)
class ChunkResult:
    """What billing a chunk came to."""

    issued: int
    parked: int
    failed: tuple[Exception, ...]


def dispatch(control: ControlPlane, tables: Tables, queues: Queues, clock: Clock, run: str, request: RunRequest) -> int:
    """Send what a run has to look at to the bill queue. Returns the number of chunks, which is recorded first, so
    that no chunk can be done before it is counted."""
    messages = [
        {"run": run, "chunk": number, **chunk}
        for number, chunk in enumerate(_chunks(control, tables, clock, request), start=1)
    ]
    record_run(tables, run, len(messages), clock.now())
    if messages:
        queues.send(Queue.BILL, messages)
    return len(messages)


def _chunks(control: ControlPlane, tables: Tables, clock: Clock, request: RunRequest) -> Iterator[dict[str, Any]]:
    names = [request.organisation] if request.organisation else control.organisations()
    for name in names:
        organisation = read_organisation(control, name)
        as_of = request.as_of or organisation.as_of(clock)
        looks = _looks(tables, organisation, as_of, request.contracts)
        for start in range(0, len(looks), CHUNK):
            yield {
                "organisation": organisation.id,
                "as_of": show_instant(as_of),
                "pass_through_months": organisation.test_clock is not None,
                "contracts": [
                    {"contract": look.contract, "pointers": [show_instant(at) for at in look.pointers]}
                    for look in looks[start : start + CHUNK]
                ],
            }


def _looks(tables: Tables, organisation: Organisation, as_of: datetime, named: Sequence[str]) -> list[Look]:
    if named:
        return [Look(contract) for contract in named]
    pointers: dict[str, list[datetime]] = {}
    for contract, at in due_pointers(tables, organisation.id, as_of):
        pointers.setdefault(contract, []).append(at)
    return [Look(contract, tuple(instants)) for contract, instants in pointers.items()]


def bill_chunk(billing: Billing, clock: Clock, message: Body) -> ChunkResult:
    """Bill the contracts of one message and record the chunk as done, unless one failed in a way that another try may
    mend: then the chunk is not recorded, and `failed` says why."""
    organisation, as_of = message["organisation"], parse_instant(message["as_of"])
    issued, parked, failed = 0, 0, []
    for named in message["contracts"]:
        look = Look(named["contract"], tuple(parse_instant(at) for at in named["pointers"]))
        try:
            billed = bill_contract(
                billing, organisation, look, as_of, pass_through_months=message["pass_through_months"]
            )
        except NotFound:
            continue
        except Exception as error:  # noqa: BLE001 - one contract's failure must not stop the others; it is re-raised
            failed.append(error)
            continue
        issued += len(billed.documents)
        parked += billed.parked is not None
    if not failed:
        result = {"issued": issued, "parked": parked}
        record_chunk(billing.tables, message["run"], message["chunk"], result, clock.now())
    return ChunkResult(issued, parked, tuple(failed))


def progress(tables: Tables, run: str) -> RunTally:
    """How far a run has come."""
    return tally(tables, run)
