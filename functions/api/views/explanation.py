"""Where an invoice's amounts come from, as an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Self

from functions.api.views.invoices import LineView, line_members
from functions.api.views.shape import Money, Page, View
from usance.invoicing.document import Document
from usance.invoicing.line import Line
from usance.records.evidence import EvidenceEvent


class EvidenceView(View):
    """An event behind a line, and the value that the metric took from it when the invoice was issued."""

    id: str
    timestamp: str
    value: str


class ExplainedLine(LineView):
    """A line with the events behind it."""

    place: int
    """Its place among the lines, from 0: give it as `line` to page through its events."""
    event_count: int
    events: list[EvidenceView]
    """The first of them, or the page that was asked for."""

    @classmethod
    def explained(cls, place: int, line: Line, count: int, events: Sequence[EvidenceEvent]) -> Self:
        """The view of a line and some of its events."""
        shown = [EvidenceView(id=event.id, timestamp=event.timestamp, value=event.value) for event in events]
        return cls(**line_members(line), place=place, event_count=count, events=shown)


class Explanation(Page):
    """Where an invoice's amounts come from: for each line its derivation and the events that were measured."""

    id: str
    number: str | None
    currency: str
    total: Money
    lines: list[ExplainedLine]

    @classmethod
    def of(
        cls,
        document: Document,
        evidence: Mapping[int, Sequence[EvidenceEvent]],
        events: Mapping[int, Sequence[EvidenceEvent]],
        next_cursor: str | None,
    ) -> Self:
        """The explanation of the lines that `events` has, with those of their events."""
        return cls(
            id=document.id,
            number=document.number,
            currency=document.currency,
            total=Money.of(document.total),
            lines=[
                ExplainedLine.explained(place, document.lines[place], len(evidence.get(place, ())), some)
                for place, some in sorted(events.items())
            ],
            next_cursor=next_cursor,
        )
