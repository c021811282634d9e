"""Invoices and credit notes, and where their amounts come from."""

from __future__ import annotations

from typing import Annotated, Literal

from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from functions.api.caller import Asking, Caller
from functions.api.paging import DEFAULT_LIMIT, Cursor, Limit, make_cursor, parse_cursor, read_cursor
from functions.api.router import new_router
from functions.api.views.explanation import Explanation
from functions.api.views.invoices import Invoices, InvoiceSummary, InvoiceView
from usance.invoicing.document import Status
from usance.kernel.errors import Fault, InvalidInput
from usance.ports import Kind
from usance.records.documents import read_document, read_state
from usance.records.evidence import read_evidence
from usance.records.payments import read_attempts
from usance.usecases.look_up import InvoiceFilter, page_of_invoices

router = new_router()

InvoiceId = Annotated[str, Path(description="Id of the invoice or credit note.")]


@router.get("/v1/invoices", summary="List invoices", tags=["invoices"])
def list_invoices(
    asking: Asking,
    customer: Annotated[str | None, Query(description="Id or external id.")] = None,
    contract: Annotated[str | None, Query(description="Id or external id.")] = None,
    status: Annotated[Status | None, Query(description="Only those in this state.")] = None,
    order: Annotated[Literal["asc", "desc"], Query(description="By day of issue.")] = "asc",
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Invoices:
    """In order of issue. A page may be short and still have a next one, when few invoices match."""
    scope = (asking.organisation, "invoices", customer or "", contract or "", status or "", order)
    after = read_cursor(cursor, *scope)
    # A reference that is nobody's matches nothing; it is not taken for "all".
    wanted = InvoiceFilter(
        _resolved(asking, Kind.CUSTOMER, customer),
        _resolved(asking, Kind.CONTRACT, contract),
        frozenset({status}) if status else frozenset(),
    )
    found, more = page_of_invoices(
        asking.tables, asking.organisation, wanted, after=after, limit=limit, newest_first=order == "desc"
    )
    return Invoices(
        data=[InvoiceSummary.listed(asking.organisation, one) for one in found],
        next_cursor=make_cursor(more, *scope),
    )


def _resolved(asking: Caller, kind: Kind, reference: str | None) -> str | None:
    if reference is None:
        return None
    known = asking.control.get(asking.organisation, kind, reference)
    return known.id if known else reference


@router.get("/v1/invoices/<id>", summary="See an invoice", tags=["invoices"])
def see(asking: Asking, id: InvoiceId) -> InvoiceView:
    """The document as it was issued, and what has become of it."""
    document = read_document(asking.tables, asking.organisation, id)
    attempts = [stored.attempt for stored in read_attempts(asking.tables, asking.organisation, id)]
    return InvoiceView.of(document, read_state(asking.tables, asking.organisation, id), attempts)


@router.get("/v1/invoices/<id>/explain", summary="See where an invoice's amounts come from", tags=["invoices"])
def explain(
    asking: Asking,
    id: InvoiceId,
    line: Annotated[int | None, Query(ge=0, description="Only this line, by its place from 0.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Explanation:
    """Every line's derivation and the events that were measured for it. `limit` is the number of events of each line;
    with `line`, `cursor` goes on through the events of that one."""
    document = read_document(asking.tables, asking.organisation, id)
    evidence = read_evidence(asking.objects, document)
    if line is None:
        if cursor is not None:
            raise InvalidInput("the query has faults", [Fault("/line", "missing", "is needed with cursor")])
        events = {place: evidence.get(place, ())[:limit] for place in range(len(document.lines))}
        return Explanation.of(document, evidence, events, None)
    if line >= len(document.lines):
        why = f"the invoice has lines 0 to {len(document.lines) - 1}"
        raise InvalidInput("the query has faults", [Fault("/line", "out_of_range", why)])
    scope = (asking.organisation, "explain", document.id, str(line))
    start = parse_cursor(cursor, _count, *scope) or 0
    behind = evidence.get(line, ())
    more = str(start + limit) if start + limit < len(behind) else None
    return Explanation.of(document, evidence, {line: behind[start : start + limit]}, make_cursor(more, *scope))


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ValueError("is no count")
    return int(text)
