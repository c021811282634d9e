"""Let wallet money lapse whose last day is over: purchased money becomes revenue, promotional money is taken back.

Balances never count what has expired; this posts it. It may run at any time and as often as it likes.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from usance.kernel.errors import Conflict
from usance.kernel.instant import local_day
from usance.ports import Change, Tables, TransactionRefused
from usance.records.due import due_pointers
from usance.records.organisations import Organisation
from usance.records.wallet_hints import Expiry, expiries
from usance.records.wallets import read_wallet
from usance.usecases.wallet_changes import lapsed

_TRIES: Final = 8
_SECOND: Final = timedelta(seconds=1)


def lapse_expired(tables: Tables, organisation: Organisation, as_of: datetime) -> int:
    """Post what has expired by a moment. Returns how many credits had something left."""
    count = 0
    for hint in expiries(tables, organisation.id, as_of):
        if _waits(tables, organisation, hint):
            break
        count += _lapse(tables, organisation, hint, as_of)
    return count


def _waits(tables: Tables, organisation: Organisation, hint: Expiry) -> bool:
    """On a test clock that jumped, what fell due before the expiry may still be billed and use the money."""
    if organisation.test_clock is None:
        return False
    return next(due_pointers(tables, organisation.id, hint.at - _SECOND), None) is not None


def _lapse(tables: Tables, organisation: Organisation, hint: Expiry, as_of: datetime) -> bool:
    for _ in range(_TRIES):
        known = read_wallet(tables, organisation.id, hint.customer, hint.currency)
        credit = known.credit(hint.credit)
        wallet = known.latest(as_of)
        lapse = next((one for one in wallet.lapses if one.credit == hint.credit), None)
        changes: list[Change] = [hint.drop]
        if credit is not None and lapse is not None and hint.credit not in known.posted:
            days = local_day(as_of, organisation.zone), local_day(lapse.at, organisation.zone)
            changes += lapsed(organisation.id, known.head, credit, lapse, days)
        try:
            tables.transact(changes)
        except TransactionRefused:
            # Somebody paid with the wallet meanwhile, or let the same lapse: read again and decide again.
            continue
        return len(changes) > 1
    raise Conflict(f"others kept writing to the wallet of {hint.customer}; the same may be done again")
