"""Journal entries: immutable, balanced in one currency, one for each fact and rule.

An entry's id is derived from the fact and the rule that made it, so posting the same fact again is noticed. A
correction is another entry. `posted_on` is the day the books learn of it, `effective_on` the day it belongs to; they
differ when a fact comes late.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from usance.kernel.errors import UnbalancedEntry
from usance.kernel.money import Money
from usance.ledger.account import CHART, Account

_NO_TAGS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Posting:
    """One line of an entry: an account and an amount, positive for a debit and negative for a credit."""

    account: str
    amount: Money
    tags: Mapping[str, str] = field(default_factory=lambda: _NO_TAGS)


def debit(account: Account, amount: Money, **tags: str) -> Posting:
    """A debit of an amount (a negative one credits)."""
    return Posting(account.code, amount, tags)


def credit(account: Account, amount: Money, **tags: str) -> Posting:
    """A credit of an amount (a negative one debits)."""
    return Posting(account.code, -amount, tags)


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """A balanced entry. `event` names the fact and rule; `source` is the id of the fact."""

    id: str
    event: str
    source: str
    posted_on: date
    effective_on: date
    currency: str
    postings: tuple[Posting, ...]

    def to_json(self) -> dict[str, Any]:
        """JSON values: amounts in major units as text, on one side each."""
        return {
            "id": self.id,
            "event": self.event,
            "source": self.source,
            "posted_on": self.posted_on.isoformat(),
            "effective_on": self.effective_on.isoformat(),
            "currency": self.currency,
            "lines": [
                {
                    "account": posting.account,
                    ("debit" if posting.amount.minor > 0 else "credit"): str(_magnitude(posting.amount)),
                    **({"tags": dict(posting.tags)} if posting.tags else {}),
                }
                for posting in self.postings
            ],
        }

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> JournalEntry:
        """Read what `to_json` wrote."""
        currency = body["currency"]
        return cls(
            body["id"],
            body["event"],
            body["source"],
            date.fromisoformat(body["posted_on"]),
            date.fromisoformat(body["effective_on"]),
            currency,
            tuple(
                Posting(
                    line["account"],
                    Money.parse(line["debit"], currency) if "debit" in line else -Money.parse(line["credit"], currency),
                    line.get("tags", _NO_TAGS),
                )
                for line in body["lines"]
            ),
        )


def entry(
    entry_id: str,
    event: str,
    source: str,
    *,
    posted_on: date,
    effective_on: date,
    postings: Iterable[Posting],
) -> JournalEntry | None:
    """Make an entry of the postings that are not zero, merged by account and tags; None when nothing is left.

    Raises UnbalancedEntry when debits are not credits, for an unknown account, or for two currencies.
    """
    merged: dict[tuple[str, tuple[tuple[str, str], ...]], Posting] = {}
    currencies = set()
    for posting in postings:
        if posting.account not in CHART:
            raise UnbalancedEntry(f"{entry_id}: there is no account {posting.account!r}")
        currencies.add(posting.amount.currency)
        key = (posting.account, tuple(sorted(posting.tags.items())))
        known = merged.get(key)
        merged[key] = Posting(posting.account, posting.amount + known.amount, posting.tags) if known else posting
    if len(currencies) > 1:
        raise UnbalancedEntry(f"{entry_id}: one entry cannot mix {', '.join(sorted(currencies))}")
    kept = tuple(posting for posting in merged.values() if posting.amount)
    if not kept:
        return None
    balance = Money.total((posting.amount for posting in kept), kept[0].amount.currency)
    if balance:
        raise UnbalancedEntry(f"{entry_id}: debits exceed credits by {balance} {balance.currency}")
    return JournalEntry(entry_id, event, source, posted_on, effective_on, balance.currency, kept)


def _magnitude(amount: Money) -> Money:
    return amount if amount.minor > 0 else -amount
