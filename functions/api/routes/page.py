"""The hosted page of an invoice, for whoever has to pay it. Its address is its key."""

from __future__ import annotations

import hmac
import re
from typing import Annotated, Final

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from functions.api.caller import Asking, Caller
from functions.api.router import new_router
from usance.documents.events import events_csv
from usance.documents.page import CONTENT_SECURITY_POLICY, Sheet, render
from usance.invoicing.document import Document
from usance.kernel.errors import NotFound
from usance.ports import Kind
from usance.records.documents import DocumentState, read_document, read_state
from usance.records.evidence import read_evidence
from usance.records.organisations import read_organisation

router = new_router()

_ADDRESS: Final = re.compile(r"([0-9a-z_]{1,64})\.([0-9a-z_]{1,64})\.([0-9a-f]{1,64})", re.ASCII)
_HEADERS: Final[dict[str, str | list[str]]] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}
Address = Annotated[str, Path(description="What `page` of an invoice says after /i/.")]


@router.get(
    "/i/<address>",
    summary="Show an invoice to whoever has to pay it",
    tags=["invoices"],
    responses={200: {"description": "The page", "content": {"text/html": {"schema": {"type": "string"}}}}},
)
def show(asking: Asking, address: Address) -> Response[str]:
    """A page that needs no key: its address cannot be guessed."""
    document, state = _open(asking, address)
    customer = asking.control.get(document.organisation, Kind.CUSTOMER, document.customer)
    sheet = Sheet(
        document,
        state,
        read_organisation(asking.control, document.organisation).name,
        dict(customer.body) if customer else {},
        read_evidence(asking.objects, document),
        f"/i/{address}/events",
    )
    return Response(200, "text/html; charset=utf-8", render(sheet), dict(_HEADERS))


@router.get(
    "/i/<address>/events",
    summary="Download the events behind a line",
    tags=["invoices"],
    responses={200: {"description": "The file", "content": {"text/csv": {"schema": {"type": "string"}}}}},
)
def events(
    asking: Asking, address: Address, line: Annotated[int, Query(ge=0, description="Place of the line, from 0.")]
) -> Response[str]:
    """A CSV file of every event that was measured for a line."""
    document, _state = _open(asking, address)
    behind = read_evidence(asking.objects, document).get(line)
    if not behind:
        raise NotFound("no events are behind this line")
    name = f"{document.number or document.id}-line-{line + 1}.csv"
    headers = {**_HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(200, "text/csv; charset=utf-8", events_csv(behind), headers)


def _open(asking: Caller, address: str) -> tuple[Document, DocumentState]:
    """The document at an address. One and the same NotFound whatever is wrong with the address."""
    missing = NotFound("there is no such page")
    match = _ADDRESS.fullmatch(address)
    if match is None:
        raise missing
    organisation, id, token = f"org_{match[1]}", match[2], match[3]
    try:
        state = read_state(asking.tables, organisation, id)
    except NotFound:
        raise missing from None
    if not hmac.compare_digest(state.token.encode(), token.encode()):
        raise missing
    return read_document(asking.tables, organisation, id), state
