"""collect_payment: try, ask and wait until an invoice is paid, or until there is nothing left to try.

One execution per invoice, named after it. It lives for days and through deployments: it carries only two ids, calls
the function without a version (so the newest code decides the next step), and keeps the definition that it began with.
The function answers with what comes next:

    {"next": "retry" | "ask" | "authenticate" | "paid" | "stopped" | "gave_up",
     "wait_seconds": n, "outcome": ..., "attempt": n}

An invoice that stays unpaid is an outcome, not a failure of the workflow: only defects end an execution as failed.
"""

from __future__ import annotations

from infra.workflows.states import State, call, choose, not_understood, succeed, wait

LONGEST_S = 90 * 86400
QUICK_LOOKS = 1500
SLOW_S = 1800
"""A test organisation's workflow looks at its clock every few seconds. After 1,500 looks, nine events of history each,
it looks every half hour, so that one that nobody winds on stays under 25,000 events for four weeks."""

_SECONDS = f"$max([$states.input.wait_seconds, $looks < {QUICK_LOOKS} ? 1 : {SLOW_S}])"


def definition() -> State:
    """The machine in Amazon States Language; `${CollectFunction}` is substituted by the stack."""
    collect = call(
        "CollectFunction",
        {"organisation": "{% $organisation %}", "invoice": "{% $invoice %}"},
        timeout_s=90,
        then="What next?",
        patience_s=3 * 3600,
    )
    ways = {
        "retry": "Wait to try again",
        "ask": "Wait for the provider",
        "authenticate": "Wait for the customer",
        "paid": "Paid",
        "stopped": "Stopped",
        "gave_up": "Gave up",
    }
    return {
        "Comment": "Collect the payment of one invoice: try, ask, wait",
        "QueryLanguage": "JSONata",
        "StartAt": "Begin",
        "TimeoutSeconds": LONGEST_S,
        "States": {
            "Begin": {
                "Type": "Pass",
                "Assign": {
                    "organisation": "{% $states.input.organisation %}",
                    "invoice": "{% $states.input.invoice %}",
                    "looks": 0,
                },
                "Next": "Collect",
            },
            "Collect": collect | {"Assign": {"looks": "{% $looks + 1 %}"}},
            "What next?": choose("next", ways, otherwise="Not understood"),
            "Wait to try again": wait(_SECONDS, then="Collect"),
            "Wait for the provider": wait(_SECONDS, then="Collect"),
            "Wait for the customer": wait(_SECONDS, then="Collect"),
            "Paid": succeed(),
            "Stopped": succeed(),
            "Gave up": succeed(),
            "Not understood": not_understood("next"),
        },
    }
