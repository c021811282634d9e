"""Billing runs that an organisation asked for. What became of a run is the installation's (`runs`).

{org}#runs  {run}   {"at", "as_of", "contracts"}
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from usance.kernel.instant import show_instant
from usance.ports import Body, Key, Put, Table, Tables


def _key(organisation: str, run: str) -> Key:
    return Key(Table.DOCUMENTS, f"{organisation}#runs", run)


def put_requested_run(
    organisation: str, run: str, at: datetime, *, as_of: datetime | None, contracts: list[str]
) -> Put:
    """The change that records a request; refused when it is recorded already."""
    body: dict[str, Any] = {
        "at": show_instant(at),
        "as_of": show_instant(as_of) if as_of else None,
        "contracts": contracts,
    }
    return Put(_key(organisation, run), body)


def read_requested_run(tables: Tables, organisation: str, run: str) -> Body | None:
    """What an organisation asked for; None when the run is none of its."""
    item = tables.get(_key(organisation, run))
    return item.body if item else None
