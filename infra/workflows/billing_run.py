"""billing_run: send the contracts that are due to the bill queue in chunks, then count until all chunks are done.

The machine carries the run's id and counts only; the work is in the queue. A run that ends early, or never, loses
nothing: the next one finds the same contracts due. The run's id is the execution's name.

    dispatch returns {"run", "chunks", "next": "wait" | "done"}
    tally    returns {"next": "wait" | "done", "chunks", "done", "issued", "parked"}
    both     may return "wait_seconds"
"""

from __future__ import annotations

from infra.workflows.states import State, call, choose, not_understood, succeed, wait

FIRST_WAIT_S = 2
WAIT_S = 10
LONGEST_S = 6 * 3600
"""Six hours of counting every ten seconds stay under the 25,000 events that an execution's history may hold."""

_RUN = "{% $states.context.Execution.Name %}"
_REQUEST = "{% $states.context.Execution.Input %}"


def definition() -> State:
    """The machine in Amazon States Language; `${RunFunction}` is substituted by the stack."""
    dispatch = {"step": "dispatch", "run": _RUN, "request": _REQUEST}
    tally = {"step": "tally", "run": _RUN}
    return {
        "Comment": "Send what is due to the bill queue in chunks and count until all are done",
        "QueryLanguage": "JSONata",
        "StartAt": "Dispatch",
        "TimeoutSeconds": LONGEST_S,
        "States": {
            "Dispatch": call("RunFunction", dispatch, timeout_s=330, then="Anything due?", patience_s=120),
            "Anything due?": choose(
                "next", {"wait": "Wait for the first chunks", "done": "Done"}, otherwise="Not understood"
            ),
            "Wait for the first chunks": wait(_waiting(FIRST_WAIT_S), then="Tally"),
            "Tally": call("RunFunction", tally, timeout_s=330, then="All chunks done?", patience_s=120),
            "All chunks done?": choose("next", {"wait": "Wait for chunks", "done": "Done"}, otherwise="Not understood"),
            "Wait for chunks": wait(_waiting(WAIT_S), then="Tally"),
            "Done": succeed(),
            "Not understood": not_understood("next"),
        },
    }


def _waiting(otherwise_s: int) -> str:
    return f"$exists($states.input.wait_seconds) ? $states.input.wait_seconds : {otherwise_s}"
