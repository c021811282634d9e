"""schedule_revenue: when an invoice is issued, lay out when its revenue is earned; every day, recognise what was.

With an invoice: its schedule, then what of it is earned already. Without: page by page all open schedules, of one
organisation or of all. Recognition posts cumulative-to-date minus posted-to-date, so that a page twice is nothing.

    schedule  returns anything
    recognise returns {"next": "more" | "done", "cursor": ...}
"""

from __future__ import annotations

from infra.workflows.states import State, call, choose, not_understood, succeed

LONGEST_S = 6 * 3600


def definition() -> State:
    """The machine in Amazon States Language; `${RevenueFunction}` is substituted by the stack."""
    cursor = "{% $exists($states.result.Payload.cursor) ? $states.result.Payload.cursor : null %}"
    schedule = "{% $merge([$whose, {'step': 'schedule'}]) %}"
    recognise = "{% $merge([$whose, {'step': 'recognise', 'cursor': $cursor}]) %}"
    return {
        "Comment": "Schedule the revenue of an invoice, or recognise what has been earned",
        "QueryLanguage": "JSONata",
        "StartAt": "Begin",
        "TimeoutSeconds": LONGEST_S,
        "States": {
            "Begin": {
                "Type": "Pass",
                "Assign": {"whose": "{% $states.input %}", "cursor": None},
                "Next": "One invoice?",
            },
            "One invoice?": {
                "Type": "Choice",
                "Choices": [{"Condition": "{% $exists($states.input.invoice) %}", "Next": "Schedule"}],
                "Default": "Recognise",
            },
            "Schedule": call("RevenueFunction", schedule, timeout_s=330, then="Recognise", patience_s=900),
            "Recognise": call("RevenueFunction", recognise, timeout_s=330, then="More?", patience_s=900)
            | {"Assign": {"cursor": cursor}},
            "More?": choose("next", {"more": "Recognise", "done": "Recognised"}, otherwise="Not understood"),
            "Recognised": succeed(),
            "Not understood": not_understood("next"),
        },
    }
