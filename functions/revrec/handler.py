"""The steps of the revenue workflow.

Trigger   task of the schedule_revenue state machine
Input     {"step": "schedule", "organisation", "invoice"}: record the schedules of an issued document
          {"step": "recognise", "organisation"?, "invoice"?, "cursor"?}: post what has become revenue by now, of one
          document, or of everything that has something left, a part at a time
Output    {"next": "done" | "more", "cursor", "schedules" | "entries"}
Repeated  posts nothing twice: a schedule's progress and its entries are one transaction
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from usance import wiring
from usance.observability import logger
from usance.records.organisations import read_organisation
from usance.settings import RevenueSettings
from usance.usecases.recognise import recognise_document, recognise_next, schedule

_settings = RevenueSettings.load()
_DOCUMENTS_AT_ONCE = 100


@logger.inject_lambda_context
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Do one step."""
    result = _schedule(event) if event["step"] == "schedule" else _recognise(event)
    logger.info("revenue", extra={"step": event["step"], "invoice": event.get("invoice"), **result})
    return result


def _schedule(event: dict[str, Any]) -> dict[str, Any]:
    made = schedule(wiring.tables(_settings), event["organisation"], event["invoice"])
    return {"next": "done", "cursor": None, "schedules": made}


def _recognise(event: dict[str, Any]) -> dict[str, Any]:
    control, tables, clock = wiring.control_plane(_settings), wiring.tables(_settings), wiring.clock()
    if event.get("invoice"):
        organisation = read_organisation(control, event["organisation"])
        as_of, zone = organisation.as_of(clock), organisation.zone
        posted = recognise_document(tables, organisation.id, event["invoice"], as_of, zone)
        return {"next": "done", "cursor": None, "entries": posted}
    step = recognise_next(control, tables, clock, cursor=event.get("cursor"), limit=_DOCUMENTS_AT_ONCE)
    return {"next": "more" if step.cursor else "done", "cursor": step.cursor, "entries": step.entries}
