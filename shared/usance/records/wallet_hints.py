"""Wallets that a scheduled step has to look at. Hints decide nothing: looking in vain changes nothing.

{org}#wallet-expiries  {instant}#{customer}#{currency}#{credit}   a credit of which something may have expired
{org}#wallets-low      {customer}#{currency}#{version}            a wallet that may call for a top-up
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from usance.kernel.instant import parse_instant, show_instant
from usance.ports import Delete, Item, Key, Put, Table, Tables


@dataclass(frozen=True, slots=True)
class Hint:
    """A wallet to look at, and the change that says it was done."""

    customer: str
    currency: str
    drop: Delete


@dataclass(frozen=True, slots=True)
class Expiry(Hint):
    """A credit of a wallet to look at from an instant on."""

    credit: str
    at: datetime


def put_expiry(organisation: str, customer: str, currency: str, credit: str, at: datetime) -> Put:
    """Look at a credit at an instant, a whole second; written with the credit."""
    place = {"customer": customer, "currency": currency, "credit": credit}
    return Put(
        Key(Table.DOCUMENTS, _expiries(organisation), f"{show_instant(at)}#{customer}#{currency}#{credit}"), place
    )


def expiries(tables: Tables, organisation: str, as_of: datetime) -> Iterator[Expiry]:
    """Credits whose expiry has come and was not looked at, the earliest first."""
    until = f"{show_instant(as_of.replace(microsecond=0))}#~"
    for item in tables.query(Table.DOCUMENTS, _expiries(organisation), until=until):
        body, at = item.body, parse_instant(item.key.sort.partition("#")[0])
        yield Expiry(body["customer"], body["currency"], _drop(item), body["credit"], at)


def put_low(organisation: str, customer: str, currency: str, version: int | None) -> Put:
    """Look whether a wallet calls for a top-up; written with its head, once for each version that was written over."""
    place = {"customer": customer, "currency": currency}
    return Put(Key(Table.DOCUMENTS, _low(organisation), f"{customer}#{currency}#{version or 0}"), place)


def low_wallets(tables: Tables, organisation: str) -> Iterator[Hint]:
    """Wallets that may call for a top-up and were not looked at."""
    for item in tables.query(Table.DOCUMENTS, _low(organisation)):
        yield Hint(item.body["customer"], item.body["currency"], _drop(item))


def _expiries(organisation: str) -> str:
    return f"{organisation}#wallet-expiries"


def _low(organisation: str) -> str:
    return f"{organisation}#wallets-low"


def _drop(item: Item) -> Delete:
    return Delete(item.key, item.version)
