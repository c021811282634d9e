"""Finds what should be under way and is not, and what time alone has done.

Trigger   a schedule
Output    wallet money that expired is posted; wallets that a crash left low are topped up; outbox messages that were
          not passed on (a crash after issuing, a workflow that could not be started) are
Repeated  posts, issues and starts nothing twice: each of them is one conditional write, and an execution's name is the
          document's id
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from usance import wiring
from usance.observability import logger
from usance.records.organisations import read_organisation
from usance.settings import SweepSettings
from usance.usecases.lapse import lapse_expired
from usance.usecases.relay import relay
from usance.usecases.top_up import top_up_low

_settings = SweepSettings.load()


@logger.inject_lambda_context
def handler(_event: dict[str, Any], _context: LambdaContext) -> dict[str, int]:
    """Look after every organisation's wallets, and pass on its waiting outbox messages."""
    done = {"lapsed": 0, "topped_up": 0, "passed_on": 0}
    failures = []
    for organisation in wiring.control_plane(_settings).organisations():
        for name, step in _STEPS.items():
            try:
                done[name] += step(organisation)
            except Exception as error:  # noqa: BLE001 - one failure must not stop the rest; they are raised at the end
                logger.exception("sweep failed", extra={"organisation": organisation, "step": name})
                failures.append(error)
    if failures:
        raise ExceptionGroup("the sweep failed for some organisations", failures)
    logger.info("swept", extra=done)
    return done


def _lapse(name: str) -> int:
    organisation = read_organisation(wiring.control_plane(_settings), name)
    return lapse_expired(wiring.tables(_settings), organisation, organisation.as_of(wiring.clock()))


def _top_up(name: str) -> int:
    organisation = read_organisation(wiring.control_plane(_settings), name)
    return len(top_up_low(wiring.tables(_settings), organisation, organisation.as_of(wiring.clock())))


def _relay(name: str) -> int:
    workflows = wiring.workflows(
        collect_payment=_settings.collect_payment_arn, schedule_revenue=_settings.schedule_revenue_arn
    )
    return relay(wiring.tables(_settings), workflows, name)


_STEPS: dict[str, Callable[[str], int]] = {"lapsed": _lapse, "topped_up": _top_up, "passed_on": _relay}
"""In this order: what the first two issue is passed on by the third."""
