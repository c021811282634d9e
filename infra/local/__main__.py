"""Start, stop and look at the local runtime, and play the demo on it."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.text import Text

from infra.local import background, logs
from infra.local.background import RuntimeFailure
from infra.local.emulator import EmulatorError
from infra.local.leash import end_with_parent
from infra.local.runtime import LocalRuntime

PORT: Final = 8700
_COMMAND: Final = ".venv/bin/python -m infra.local"
_ENDS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
console = Console(highlight=False)

Port = Annotated[int, typer.Option(help="Port of the API; another one is taken when it is not free.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Forget the data of earlier runs.")]


@app.command()
def up(
    *,
    port: Port = PORT,
    fresh: Fresh = False,
    detach: Annotated[bool, typer.Option("--detach", "--keep", help="Return when it runs; `down` stops it.")] = False,
    leash: Annotated[bool, typer.Option("--leash", hidden=True)] = False,
) -> None:
    """Start the runtime, deploy to it, and serve until stopped."""
    if detach:
        with console.status("starting the local AWS runtime and deploying to it …"):
            found = background.start("--port", str(port), *(["--fresh"] if fresh else []))
        _tell(found)
        console.print(f"  Stop it with   {_COMMAND} down\n")
        return
    if leash:
        end_with_parent()
    with background.held(), _until_stopped() as stopped:
        data = background.FOLDER / "data"
        if fresh:
            shutil.rmtree(data, ignore_errors=True)
        with LocalRuntime(data, port=port, say=lambda step: console.print(f"[dim]{step} …[/]")) as runtime:
            background.publish(runtime.describe(), runtime.operator_key)
            _tell(runtime.describe())
            stopped.wait()
            console.print("[dim]stopping …[/]")


@app.command()
def down() -> None:
    """Stop the runtime that was left running."""
    console.print("stopped" if background.stop() else "nothing is running")


@app.command()
def status() -> None:
    """Say whether the runtime is up, and where; as JSON."""
    try:
        found = background.described()
    except RuntimeFailure:
        found = {}
    shown = {name: value for name, value in found.items() if name != "operator_key"}
    typer.echo(json.dumps({"running": bool(found), **shown}, indent=1))


@app.command(name="logs")
def show_logs(
    function: Annotated[str, typer.Argument(help="Part of a function's name.")] = "",
    *,
    lines: Annotated[int, typer.Option(help="How many lines.")] = 100,
) -> None:
    """Show what the functions logged last."""
    for when, name, line in logs.recent(background.described()["endpoint"], function=function, lines=lines):
        console.print(Text(f"{when} {name} ", style="dim").append(line, style="default"), soft_wrap=True)


@app.command()
def demo(
    *,
    keep: Annotated[bool, typer.Option(envvar="KEEP", help="Leave everything running afterwards.")] = False,
) -> None:
    """Play the quick start on a fresh runtime, through public HTTP endpoints only."""
    _interrupted_by_every_end()
    code = 130
    with console.status("starting the local AWS runtime and deploying to it …"):
        found = background.start("--fresh", *([] if keep else ["--leash"]))
    try:
        code = _play(found)
        if keep and code == 0:
            console.print(f"\nEverything is still running at [bold]{found['url']}[/]. Stop it with: {_COMMAND} down")
    except KeyboardInterrupt:
        console.print("[dim]stopping …[/]")
    finally:
        if not (keep and code == 0):
            background.stop()
    raise typer.Exit(code)


def _play(found: dict[str, str]) -> int:
    options = {"--url": "url", "--operator-key": "operator_key", "--stripe": "stripe"}
    given = [word for option, name in options.items() for word in (option, found[name])]
    return subprocess.call([Path(sys.executable).parent / "usance", "demo", *given])


def _tell(found: dict[str, str]) -> None:
    console.print(f"\n  API            {found['url']}/v1")
    console.print(f"  API docs       {found['url']}/docs")
    console.print(f"  Operator's key {background.KEY}")
    console.print(f"  AWS endpoint   {found['endpoint']}")
    console.print(f"  Logs           {found['log']}, {_COMMAND} logs\n")


@contextmanager
def _until_stopped() -> Iterator[threading.Event]:
    stopped = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopped.set()

    for number in _ENDS:
        signal.signal(number, stop)
    yield stopped


def _interrupted_by_every_end() -> None:
    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        for number in _ENDS:
            signal.signal(number, signal.SIG_IGN)  # once is enough: stopping must not be stopped
        raise KeyboardInterrupt

    for number in _ENDS:
        signal.signal(number, interrupt)


def main() -> None:
    """Run a command; what cannot be done is said in a line."""
    try:
        app()
    except (RuntimeFailure, EmulatorError) as error:
        console.print(Text(str(error), style="red"))
        sys.exit(1)


if __name__ == "__main__":
    main()
