"""Recognition: what a schedule still has to post up to a day, month by month.

Each month gets cumulative-to-its-end minus cumulative-to-its-start; the first posting of a month that was posted in
part takes the rest. Entries are effective on the last day they cover and posted on the day the books learn of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from usance.invoicing.line import Recognition
from usance.kernel.ids import derived_id
from usance.kernel.instant import day_start
from usance.kernel.money import Money
from usance.kernel.period import ONE_DAY
from usance.ledger.account import DEFERRED_REVENUE, REVENUE, UNBILLED_RECEIVABLE
from usance.ledger.journal import JournalEntry, Posting, credit, debit, entry
from usance.revenue.schedule import Schedule


@dataclass(frozen=True, slots=True)
class Progress:
    """A schedule and how far it was recognised: up to, not including, `recognised_to` (None: not at all)."""

    schedule: Schedule
    recognised_to: date | None = None

    def is_complete(self) -> bool:
        """Whether nothing is left to recognise."""
        return self.recognised_to is not None and self.recognised_to >= self.schedule.complete_on


@dataclass(frozen=True, slots=True)
class Slice:
    """What a schedule recognises of one month: the amount and the last day it covers."""

    schedule: Schedule
    month: str
    last_day: date
    amount: Money


def slices(progress: Progress, until: date) -> list[Slice]:
    """What is to be recognised before the day `until` begins, by month, without months of nothing."""
    schedule = progress.schedule
    day = progress.recognised_to or schedule.period.start
    end = min(until, schedule.complete_on)
    if day >= end:
        return []
    found, before = [], schedule.recognised_by(day)
    while day < end:
        upper = min(_month_after(day), end)
        reached = schedule.recognised_by(upper)
        if reached != before:
            found.append(Slice(schedule, f"{day:%Y-%m}", upper - ONE_DAY, reached - before))
        day, before = upper, reached
    return found


def _month_after(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def recognition_entries(organisation: str, document: str, due: Iterable[Slice], posted_on: date) -> list[JournalEntry]:
    """One entry for each month of one document's slices. Daily and point-in-time revenue comes out of deferred
    revenue; usage is set against unbilled receivable, which its invoice clears."""
    months: dict[str, list[Slice]] = {}
    for part in due:
        months.setdefault(part.month, []).append(part)
    entries = (_entry(organisation, document, month, parts, posted_on) for month, parts in sorted(months.items()))
    return [made for made in entries if made is not None]


def _entry(
    organisation: str, document: str, month: str, parts: Sequence[Slice], posted_on: date
) -> JournalEntry | None:
    effective = max(part.last_day for part in parts)
    covered = ",".join(f"{part.schedule.place}:{part.last_day}" for part in parts)
    return entry(
        derived_id("jrn", day_start(effective, "UTC"), organisation, document, "recognised", month, covered),
        "revenue_recognised",
        document,
        posted_on=max(posted_on, effective),
        effective_on=effective,
        postings=[posting for part in parts for posting in _postings(part)],
    )


def _postings(part: Slice) -> tuple[Posting, Posting]:
    schedule = part.schedule
    tags = {
        "invoice": schedule.document,
        "contract": schedule.contract,
        "customer": schedule.customer,
        "item": schedule.item,
    }
    source = UNBILLED_RECEIVABLE if schedule.method is Recognition.USAGE else DEFERRED_REVENUE
    return debit(source, part.amount, **tags), credit(REVENUE, part.amount, **tags)
