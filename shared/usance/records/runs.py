"""Billing runs: what a run has to look at, in chunks, and which chunks are done. Runs belong to the installation.

~run#{run}  run            chunks, as_of by organisation
~run#{run}  chunk#{n}      one chunk's result, written when it is done
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from usance.ports import Key, Put, Table, Tables, TransactionRefused

_KEPT = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class RunTally:
    """How far a run has come. `dispatched` is False until its chunks were counted."""

    chunks: int
    done: int
    issued: int
    parked: int
    dispatched: bool = True

    @property
    def complete(self) -> bool:
        return self.dispatched and self.done >= self.chunks


def _key(run: str, sort: str) -> Key:
    return Key(Table.DOCUMENTS, f"~run#{run}", sort)


def record_run(tables: Tables, run: str, chunks: int, now: datetime) -> None:
    """Record how many chunks a run has; the first record of a run stands."""
    try:
        tables.transact([Put(_key(run, "run"), {"chunks": chunks}, expires_at=now + _KEPT)])
    except TransactionRefused:
        return


def record_chunk(tables: Tables, run: str, chunk: int, result: dict[str, Any], now: datetime) -> None:
    """Record that a chunk is done; the first record of a chunk stands, so that a repeated message counts once."""
    try:
        tables.transact([Put(_key(run, f"chunk#{chunk:05}"), result, expires_at=now + _KEPT)])
    except TransactionRefused:
        return


def tally(tables: Tables, run: str) -> RunTally:
    """Count what is done of a run."""
    chunks, done, issued, parked = -1, 0, 0, 0
    for item in tables.query(Table.DOCUMENTS, f"~run#{run}"):
        if item.key.sort == "run":
            chunks = item.body["chunks"]
        else:
            done += 1
            issued += item.body["issued"]
            parked += item.body["parked"]
    return RunTally(max(chunks, 0), done, issued, parked, dispatched=chunks >= 0)
