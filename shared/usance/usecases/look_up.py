"""Look up what was issued and booked: invoices, journal entries, usage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Final

from usance.kernel.clock import Clock
from usance.kernel.instant import local_day
from usance.ledger.journal import JournalEntry
from usance.metering.event import Event
from usance.ports import Body, Tables
from usance.records.documents import DocumentState, list_documents, read_states
from usance.records.journal import read_entries
from usance.records.organisations import Organisation
from usance.usecases.bill import ReadUsage

_PAGE: Final = 100
_MOST_SCANNED: Final = 1_000
"""List entries that one request looks through for those that match."""


@dataclass(frozen=True, slots=True)
class ListedInvoice:
    """A list entry and the document's state."""

    id: str
    entry: Body
    state: DocumentState


@dataclass(frozen=True, slots=True)
class InvoiceFilter:
    """Which invoices: all, or those of a customer, of a contract, in one of several states."""

    customer: str | None = None
    contract: str | None = None
    statuses: frozenset[str] = frozenset()

    def passes(self, entry: Body, state: DocumentState) -> bool:
        """Whether an invoice is one of them."""
        return (
            self.customer in (None, entry["customer"])
            and self.contract in (None, entry["contract"])
            and (not self.statuses or state.status in self.statuses)
        )


def page_of_invoices(
    tables: Tables,
    organisation: str,
    wanted: InvoiceFilter,
    *,
    after: str | None,
    limit: int,
    newest_first: bool,
) -> tuple[list[ListedInvoice], str | None]:
    """Invoices in order of id, and where to go on (None: at the end). A page may be short and still not the last."""
    found: list[ListedInvoice] = []
    for _ in range(_MOST_SCANNED // _PAGE):
        entries = list(list_documents(tables, organisation, after=after, limit=_PAGE, newest_first=newest_first))
        states = read_states(tables, organisation, [id for id, _entry in entries])
        for id, entry in entries:
            after = id
            if wanted.passes(entry, states[id]):
                found.append(ListedInvoice(id, entry, states[id]))
                if len(found) == limit:
                    return found, after
        if len(entries) < _PAGE:
            return found, None
    return found, after


# -- books -----------------------------------------------------------------------------------------------------------


def opened_on(organisation: Organisation) -> date:
    """A day before which there is nothing in an organisation's books."""
    text = organisation.record.body.get("opened_on")
    return date.fromisoformat(text) if text else organisation.record.created_at.date() - timedelta(days=2)


def books_until(organisation: Organisation, clock: Clock) -> date:
    """A day after everything that is in an organisation's books, whatever its contracts' time zones."""
    return local_day(organisation.as_of(clock), organisation.zone) + timedelta(days=2)


def all_entries(tables: Tables, organisation: Organisation, clock: Clock) -> Iterator[JournalEntry]:
    """Every journal entry of an organisation, in order of posting."""
    return read_entries(tables, organisation.id, opened_on(organisation), books_until(organisation, clock))


def page_of_entries(
    tables: Tables, organisation: str, start: date, end: date, *, after: str | None, limit: int
) -> tuple[list[JournalEntry], str | None]:
    """Entries posted from `start` up to, not including, `end`, past `after`, and where to go on."""
    begin = max(start, date.fromisoformat(after.partition("#")[0])) if after else start
    rest = (
        entry
        for entry in read_entries(tables, organisation, begin, end)
        if after is None or f"{entry.posted_on}#{entry.id}" > after
    )
    found = list(islice(rest, limit + 1))
    last = found[limit - 1] if len(found) > limit else None
    return found[:limit], f"{last.posted_on}#{last.id}" if last else None


# -- usage -----------------------------------------------------------------------------------------------------------


def page_of_events(
    read_usage: ReadUsage,
    organisation: str,
    event_type: str,
    customers: frozenset[str],
    window: tuple[datetime, datetime],
    *,
    after: tuple[datetime, str] | None,
    limit: int,
) -> tuple[list[Event], tuple[datetime, str] | None]:
    """Events of a window in order of time and id, past `after`, and where to go on."""
    start, end = window
    events = read_usage(organisation, event_type, customers, start, end)
    rest = sorted(
        (event for event in events if after is None or (event.timestamp, event.id) > after),
        key=lambda event: (event.timestamp, event.id),
    )
    shown = rest[:limit]
    return shown, (shown[-1].timestamp, shown[-1].id) if len(rest) > limit else None
