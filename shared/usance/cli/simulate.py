"""`usance simulate`: run scenario files and show, or print as JSON, what comes of them."""

from __future__ import annotations

import sys
import traceback
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from usance.cli.failure import DIFFERENT, REFUSED, problem_of, tell
from usance.cli.files import load_scenario, scenario_lines, with_events
from usance.kernel.errors import UsanceError
from usance.scenario.reading import read_json
from usance.scenario.runner import read_scenario, run


def simulate(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE…", help="Scenario files; with --jsonl also - for standard input.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print results as JSON.")] = False,
    as_jsonl: Annotated[
        bool, typer.Option("--jsonl", help="Read one scenario a line, and write one result a line.")
    ] = False,
) -> None:
    """Run scenarios in memory: no cloud, no network, no wall clock.

    Exits with 1 when a result is not what its scenario expects, and with 2 when a scenario is refused.
    """
    if as_jsonl:
        raise typer.Exit(_stream(files))
    outcomes = [_outcome(Path(name)) for name in files]
    if as_json:
        write(outcomes[0] if len(outcomes) == 1 else outcomes)
    else:
        _show(files, outcomes)
    if any("error" in outcome for outcome in outcomes):
        raise typer.Exit(REFUSED)
    if any(outcome.get("differences") for outcome in outcomes):
        raise typer.Exit(DIFFERENT)


def _outcome(path: Path) -> dict[str, Any]:
    try:
        return run(read_scenario(load_scenario(path)))
    except UsanceError as error:
        return {"error": problem_of(error)}


def _show(files: list[str], outcomes: list[dict[str, Any]]) -> None:
    from usance.cli.timeline import show  # noqa: PLC0415 - rich is only for people

    for name, outcome in zip(files, outcomes, strict=True):
        if "error" in outcome:
            show_refusal(name, outcome["error"])
        else:
            show(name, outcome)


def show_refusal(name: str, problem: dict[str, Any]) -> None:
    """Say on standard error why a scenario was refused: every fault."""
    tell(UsanceError(problem.get("detail", problem["title"])), name)
    for fault in problem.get("errors", ()):
        print(f"  {fault['pointer'] or '/'}: {fault['detail']} [{fault['code']}]", file=sys.stderr)


def _stream(files: list[str]) -> int:
    """One result for each line, in order; what is refused is answered on its line. Returns the exit code."""
    code = 0
    write, flush = sys.stdout.buffer.write, sys.stdout.buffer.flush
    for line, folder in chain.from_iterable(map(scenario_lines, files)):
        try:
            outcome = run(read_scenario(with_events(read_json(line), folder)))
        except UsanceError as error:
            outcome = {"error": problem_of(error)}
        except Exception:  # noqa: BLE001 - a defect of ours in one scenario must not take the others with it
            traceback.print_exc()
            outcome, code = {"error": problem_of(UsanceError())}, DIFFERENT
        if outcome.get("differences"):
            code = DIFFERENT
        write(msgspec.json.encode(outcome) + b"\n")
        # At once: whoever sent the line may be waiting for its answer before sending another.
        flush()
    return code


def write(value: object) -> None:
    """Print JSON for people and programs alike."""
    text = msgspec.json.encode(value)
    sys.stdout.buffer.write(msgspec.json.format(text, indent=2) + b"\n")
    sys.stdout.buffer.flush()
