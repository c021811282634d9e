"""Lists of contracts: by customer, and by the type of events that they charge as they arrive.

    {org}#contracts#{customer id}    {contract}    {}
    {org}#arriving#{event type}      {contract}    {"customers": [names]}

An entry is written before its contract, and one whose contract never came is passed over. Entries never change: the
items of a contract, what they read and whose it is stay as they were recorded.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator

from usance.ports import Key, Put, Table, Tables, TransactionRefused


def list_contract(
    tables: Tables, organisation: str, contract: str, customer: str, arriving: Iterable[str], names: Iterable[str]
) -> None:
    """Put a contract on its customer's list and on those of the event types that it charges as they arrive. `names`
    are those under which events name the customer. What is there already stays."""
    entries = [Put(_of_customer(organisation, customer, contract), {})]
    entries += [
        Put(Key(Table.DOCUMENTS, _arriving(organisation, event_type), contract), {"customers": sorted(names)})
        for event_type in sorted(set(arriving))
    ]
    for entry in entries:
        # Refused: this very entry is there.
        with contextlib.suppress(TransactionRefused):
            tables.transact([entry])


def contracts_of(tables: Tables, organisation: str, customer: str) -> Iterator[str]:
    """Ids of a customer's contracts, some perhaps of none that is recorded."""
    for item in tables.query(Table.DOCUMENTS, _customers(organisation, customer)):
        yield item.key.sort


def contracts_arriving(tables: Tables, organisation: str, event_type: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Contracts that charge events of a type as they arrive, each with the names of its customer. One query."""
    for item in tables.query(Table.DOCUMENTS, _arriving(organisation, event_type)):
        yield item.key.sort, frozenset(item.body["customers"])


def _of_customer(organisation: str, customer: str, contract: str) -> Key:
    return Key(Table.DOCUMENTS, _customers(organisation, customer), contract)


def _customers(organisation: str, customer: str) -> str:
    return f"{organisation}#contracts#{customer}"


def _arriving(organisation: str, event_type: str) -> str:
    return f"{organisation}#arriving#{event_type}"
