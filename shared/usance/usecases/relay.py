"""Pass on what the outbox holds: start the workflows that follow from a fact.

Called right after issuing, and again by the sweep for whatever was left. Passing a message on twice starts nothing
twice, because an execution's name is the document's id.
"""

from __future__ import annotations

import contextlib
from typing import Final

from usance.ports import Item, Machine, Tables, TransactionRefused, Workflows
from usance.records.outbox import INVOICE_ISSUED, passed_on, waiting

_MACHINES: Final = {INVOICE_ISSUED: (Machine.COLLECT_PAYMENT, Machine.SCHEDULE_REVENUE)}
"""The workflows that follow from each fact. Facts that are not named are for receivers outside, which come later."""


def relay(tables: Tables, workflows: Workflows, organisation: str) -> int:
    """Pass on an organisation's waiting messages, oldest first. Returns how many."""
    count = 0
    for message in waiting(tables, organisation):
        _pass_on(workflows, message)
        # Only after it was passed on: a crash before this line passes it on again, which starts nothing twice.
        with contextlib.suppress(TransactionRefused):
            tables.transact([passed_on(message)])
        count += 1
    return count


def _pass_on(workflows: Workflows, message: Item) -> None:
    payload = message.body["payload"]
    for machine in _MACHINES.get(message.body["type"], ()):
        workflows.start(machine, payload["invoice"], payload)
