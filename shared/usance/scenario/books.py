"""What a scenario has issued, posted and received so far: documents with their state, journal, schedules, payments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from usance.invoicing.document import Document, DocumentKind, Status
from usance.invoicing.postings import issue_entry
from usance.invoicing.wallet import application_entry
from usance.kernel.money import Money
from usance.ledger.journal import JournalEntry
from usance.metering.aggregate import Measured
from usance.revenue.recognise import Progress, recognition_entries, slices
from usance.revenue.schedule import schedules_of


@dataclass(slots=True)
class Issued:
    """A document, the events behind its lines by place, and what was paid of it."""

    document: Document
    evidence: Mapping[int, tuple[Measured, ...]]
    total: Money
    paid: Money
    progress: list[Progress] = field(default_factory=list)

    @property
    def due(self) -> Money:
        """What is still to be paid; never negative."""
        settled = self.paid + self.document.wallet_applied
        return self.total - settled if settled < self.total else Money.zero(self.total.currency)

    @property
    def status(self) -> Status:
        if not self.due and self.total.minor >= 0:
            return Status.PAID
        return Status.PARTIALLY_PAID if self.paid else Status.APPROVED


@dataclass(slots=True)
class Books:
    """The books of one organisation with one customer. Revenue is recognised by the organisation's days."""

    organisation: str
    issued: list[Issued] = field(default_factory=list)
    journal: list[JournalEntry] = field(default_factory=list)
    _numbers: dict[DocumentKind, int] = field(default_factory=dict)

    def next_number(self, kind: DocumentKind) -> int:
        """Take the next number of a kind of document."""
        self._numbers[kind] = self._numbers.get(kind, 0) + 1
        return self._numbers[kind]

    def issue(self, document: Document, evidence: Mapping[int, tuple[Measured, ...]], today: date) -> None:
        """Post a numbered document, and recognise what it bills of days that have passed."""
        self.journal += [entry for entry in (issue_entry(document), application_entry(document)) if entry is not None]
        progress = [Progress(schedule) for schedule in schedules_of(document)]
        made = Issued(document, evidence, document.total, Money.zero(document.currency), progress)
        self.issued.append(made)
        self._recognise(made, today)

    def recognise(self, today: date) -> None:
        """Post all revenue of the days before `today`."""
        for made in self.issued:
            if made.progress:
                self._recognise(made, today)

    def _recognise(self, made: Issued, today: date) -> None:
        due = [part for progress in made.progress for part in slices(progress, today)]
        if due:
            self.journal += recognition_entries(self.organisation, made.document.id, due, today)
        moved = (_moved(progress, today) for progress in made.progress)
        made.progress = [progress for progress in moved if not progress.is_complete()]


def _moved(progress: Progress, today: date) -> Progress:
    schedule = progress.schedule
    if today <= schedule.period.start:
        return progress
    reached = max(progress.recognised_to or schedule.period.start, min(today, schedule.complete_on))
    return replace(progress, recognised_to=reached)
