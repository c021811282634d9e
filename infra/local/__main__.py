"""Start, stop and look at the local runtime, and play the demo on it."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Annotated, Final

import typer
from rich.console import Console

from infra.local.emulator import EmulatorError
from infra.local.runtime import LocalRuntime

FOLDER: Final = Path(".usance")
_START_SECONDS: Final = 90
_STOP_SECONDS: Final = 30

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
console = Console(highlight=False)


@app.command()
def up(
    *,
    port: Annotated[int, typer.Option(help="Port of the API; another one is taken when it is not free.")] = 8700,
    fresh: Annotated[bool, typer.Option(help="Forget the data of earlier runs.")] = False,
) -> None:
    """Start the runtime, deploy to it, and serve until stopped."""
    FOLDER.mkdir(exist_ok=True)
    with _only_one(), _until_stopped() as stopped:
        if fresh:
            shutil.rmtree(FOLDER / "data", ignore_errors=True)
        try:
            with LocalRuntime(
                FOLDER / "data", port=port, say=lambda step: console.print(f"[dim]{step} …[/]")
            ) as runtime:
                _tell(runtime)
                stopped.wait()
                console.print("[dim]stopping …[/]")
        except EmulatorError as error:
            console.print(f"[red]{error}[/]")
            raise typer.Exit(1) from None
        finally:
            _outputs().unlink(missing_ok=True)


@app.command()
def down() -> None:
    """Stop the runtime that `up` or `demo` with KEEP=1 left running."""
    pid = _running()
    if pid is None:
        console.print("nothing is running")
        return
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_SECONDS
    while _running() is not None and time.monotonic() < deadline:
        time.sleep(0.1)
    console.print("stopped" if _running() is None else f"process {pid} does not stop; look at {FOLDER}/up.log")


@app.command()
def status() -> None:
    """Say whether the runtime is up, and where; as JSON."""
    described = json.loads(_outputs().read_text()) if _outputs().exists() and _running() else {}
    typer.echo(json.dumps({"running": bool(described), **described}, indent=1))


@app.command()
def demo(
    *,
    keep: Annotated[bool, typer.Option(envvar="KEEP", help="Leave everything running afterwards.")] = False,
) -> None:
    """Play the quick start on a fresh runtime, through public HTTP endpoints only."""
    if _running() is not None:
        console.print("a runtime is running already; stop it first: [bold].venv/bin/python -m infra.local down[/]")
        raise typer.Exit(1)
    _outputs().unlink(missing_ok=True)
    server = _start_in_background()
    left_running = False
    try:
        described = _wait_for(server)
        code = _play(described)
        left_running = keep and code == 0
        if left_running:
            console.print(f"\nEverything is still running at [bold]{described['url']}[/].")
            console.print("Stop it with: .venv/bin/python -m infra.local down")
    except KeyboardInterrupt:
        code = 130
    finally:
        if not left_running:
            _stop(server)
    raise typer.Exit(code)


def _play(described: dict[str, str]) -> int:
    options = {"--url": "url", "--operator-key": "operator_key", "--stripe": "stripe"}
    given = [word for option, name in options.items() for word in (option, described[name])]
    return subprocess.call([Path(sys.executable).parent / "usance", "demo", *given])


def _start_in_background() -> subprocess.Popen[bytes]:
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / "up.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "infra.local", "up", "--fresh"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _wait_for(server: subprocess.Popen[bytes]) -> dict[str, str]:
    with console.status("starting the local AWS runtime and deploying to it …"):
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and server.poll() is None:
            with suppress(OSError, ValueError):
                return dict(json.loads(_outputs().read_text()))
            time.sleep(0.1)
    console.print((FOLDER / "up.log").read_text(errors="replace")[-3000:])
    console.print("[red]the local runtime did not start[/]")
    raise typer.Exit(1)


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.send_signal(signal.SIGTERM)
    try:
        server.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)


def _tell(runtime: LocalRuntime) -> None:
    described = runtime.describe()
    key = FOLDER / "operator-key"
    key.touch(mode=0o600)
    key.write_text(runtime.operator_key + "\n")
    # Written whole under another name first: whoever waits for the file must not read half of it.
    draft = _outputs().with_suffix(".new")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(described, indent=1))
    draft.replace(_outputs())
    console.print(f"\n  API            {runtime.url}/v1")
    console.print(f"  API docs       {runtime.url}/docs")
    console.print(f"  Operator's key {key}")
    console.print(f"  Log            {runtime.emulator.log}\n")


def _outputs() -> Path:
    return FOLDER / "outputs.json"


@contextmanager
def _only_one() -> Iterator[None]:
    with (FOLDER / "lock").open("a+") as lock:
        try:
            # Held by the process, so that a lock never outlives its owner, however that ended.
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            console.print("a runtime is running already: .venv/bin/python -m infra.local status")
            raise typer.Exit(1) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _running() -> int | None:
    try:
        with (FOLDER / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return None
    except FileNotFoundError:
        return None
    except OSError:
        text = (FOLDER / "lock").read_text()
        return int(text) if text else None


@contextmanager
def _until_stopped() -> Iterator[threading.Event]:
    stopped = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopped.set()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, stop)
    yield stopped


if __name__ == "__main__":
    app()
