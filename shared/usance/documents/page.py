"""The hosted page of an invoice: one self-contained HTML document, rendered from what it is given and nothing else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from usance.documents import words
from usance.invoicing.document import Document, DocumentKind, Status
from usance.invoicing.line import Line, LineKind
from usance.records.documents import DocumentState
from usance.records.evidence import EvidenceEvent

_HERE: Final = Path(__file__).parent
_STYLE: Final = (_HERE / "page.css").read_text("utf-8")
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

CONTENT_SECURITY_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Nothing is loaded, nothing runs; the one style sheet is known by its hash."""

SHOWN_EVENTS: Final = 10
MOST_EXPLAINED: Final = 500
"""Lines that are explained on the page."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a page shows. `customer` is the body of the customer's record; `events_path` is where a line's events can be
    had, given `?line=` and its place."""

    document: Document
    state: DocumentState
    organisation: str
    customer: Mapping[str, Any]
    evidence: Mapping[int, Sequence[EvidenceEvent]]
    events_path: str


@dataclass(frozen=True, slots=True)
class Row:
    """A line as the page shows it. `belongs` says that it modifies the line above it; `note` tells apart what is called
    the same."""

    place: int
    belongs: bool
    description: str
    note: str
    period: str
    quantity: str
    priced: str
    amount: str
    steps: words.Step | None
    events: Sequence[EvidenceEvent]
    event_count: int


def render(sheet: Sheet) -> str:
    """The page as HTML."""
    document, state = sheet.document, sheet.state
    charged = [(place, line) for place, line in enumerate(document.lines) if line.kind is not LineKind.TAX]
    return _template().render(
        style=Markup(_STYLE),  # noqa: S704 - our own file
        title="Credit note" if document.kind is DocumentKind.CREDIT_NOTE else "Invoice",
        number=document.number or "",
        seller=sheet.organisation,
        buyer=str(sheet.customer.get("name", document.customer)),
        address=_address(sheet.customer.get("address") or {}),
        email=sheet.customer.get("email"),
        status=words.state(state.status),
        status_class=state.status.value.replace("_", "-"),
        issued=words.day(document.issued_on),
        due=words.day(document.due_on) if document.total.minor > 0 else None,
        rows=[_row(sheet, place, line) for place, line in charged],
        unexplained=len(charged) > MOST_EXPLAINED,
        taxes=[(line.description, words.money(line.amount)) for line in document.lines if line.kind is LineKind.TAX],
        subtotal=words.money(document.subtotal),
        total=words.money(document.total),
        from_wallet=words.money(state.wallet_applied) if state.wallet_applied else None,
        paid=words.money(state.paid) if state.paid else None,
        amount_due=words.money(state.amount_due),
        headline=words.money(state.amount_due or document.total),
        note=_note(sheet),
        events_path=sheet.events_path,
    )


def _row(sheet: Sheet, place: int, line: Line) -> Row:
    events = sheet.evidence.get(place, ())
    unit = f" {line.unit}" if line.unit else ""
    return Row(
        place=place,
        belongs=_belongs(sheet.document.lines, place),
        description=line.description,
        note=_taxed(sheet.document.lines, line),
        period=words.days(line.period),
        quantity="" if line.quantity is None else words.number(line.quantity) + unit,
        priced="" if line.billable_quantity is None else f"{words.number(line.billable_quantity)} priced",
        amount=words.money(line.amount),
        steps=words.steps(line.derivation) if place < MOST_EXPLAINED else None,
        events=events[:SHOWN_EVENTS],
        event_count=len(events),
    )


def _belongs(lines: Sequence[Line], place: int) -> bool:
    """Whether a line takes off, or adds to, the item whose line stands above it."""
    line = lines[place]
    if not line.item or not line.modifier or line.kind is LineKind.ADJUSTMENT or not place:
        return False
    above = lines[place - 1]
    return (above.item, above.cycle) == (line.item, line.cycle) and above.kind is not LineKind.ADJUSTMENT


def _taxed(lines: Sequence[Line], line: Line) -> str:
    """The taxes on what belongs to a whole phase or contract, where it has a line for each way of taxing its items."""
    rule = line.tax_rule
    others = (one for one in lines if one is not line and one.description == line.description)
    if line.item or rule is None or all(one.tax_rule == rule for one in others):
        return ""
    names = [f"{one.label} {words.number(one.percentage)}%" for one in rule.components]
    return ", ".join(names) or rule.note


def _note(sheet: Sheet) -> str:
    if sheet.state.amount_due:
        return f"due on {words.day(sheet.document.due_on)}"
    return "paid in full" if sheet.state.status is Status.PAID else "nothing to be paid"


def _address(address: Mapping[str, Any]) -> list[str]:
    place = " ".join(str(address[name]) for name in ("city", "state", "zip") if address.get(name))
    lines = [address.get("line1"), address.get("line2"), place, address.get("country")]
    return [str(line) for line in lines if line]


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("invoice.html")
