"""The emulator's process: MiniStack with our seams and the journal. Started by `infra.local.emulator`, by nobody else.

    python -m infra.local.launcher FOLDER PORT SLOTS

MiniStack takes its settings from the environment when it is imported, so they are set before this module is.
`POST /_usance/save` writes the whole state to the folder; a deployment asks for it, so that a kill after it loses
neither functions nor queues. What changes between deployments and is in no journal is saved every two seconds.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack import app as ministack
from ministack.core import lambda_runtime
from ministack.core.persistence import save_all

from infra.local import seams
from infra.local.emulator import READY, SAVE, WORKERS
from infra.local.journal import Journal
from infra.local.leash import end_with_parent

_CHANGING: Final = frozenset({"secretsmanager", "sqs"})
"""Services that change between deployments. Objects are on the disk and items in the journal already; executions
do not survive a restart anyway; logs and metrics may be lost."""
_SAVE_SECONDS: Final = 2

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Scope]]
Send = Callable[[Scope], Awaitable[None]]


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """MiniStack, and a few more addresses."""
    answer = _ANSWERS.get(scope["path"]) if scope["type"] == "http" else None
    if answer is None:
        await ministack.app(scope, receive, send)
        return
    body = answer()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": body})


def _save() -> bytes:
    # On the event loop, like everything that changes the state: from a thread it would be copied while it changes.
    save_all(ministack._build_persistence_save_dict())  # noqa: SLF001
    return b"{}"


def _workers() -> bytes:
    pools = lambda_runtime._workers.values()  # noqa: SLF001
    processes = [(one.func_name, one._proc) for pool in pools for one in pool if one._proc]  # noqa: SLF001
    running = [(name, process.pid) for name, process in processes if process.poll() is None]
    return json.dumps(running).encode()


_ANSWERS: Final = {READY: lambda: str(os.getpid()).encode(), SAVE: _save, WORKERS: _workers}


async def _save_what_changes() -> None:
    while True:
        await asyncio.sleep(_SAVE_SECONDS)
        states = ministack._build_persistence_save_dict()  # noqa: SLF001
        save_all({name: state for name, state in states.items() if name in _CHANGING})


async def _end_calls() -> None:
    """End the functions' processes, and those of calls that come in meanwhile: the server would wait for their answers,
    and its end is waited for with less patience than functions may have."""
    while True:
        lambda_runtime.reset()
        await asyncio.sleep(0.1)


async def _serve(port: int, journal: Journal) -> None:
    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 1
    config.accesslog = None
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stopped.set)

    ending: list[asyncio.Task[None]] = []

    async def until_stopped() -> None:
        await stopped.wait()
        ending.append(asyncio.create_task(_end_calls()))

    saving = asyncio.create_task(_save_what_changes())
    await serve(application, config, shutdown_trigger=until_stopped)  # type: ignore[arg-type]  # plain ASGI
    for task in (saving, *ending):
        task.cancel()
    journal.clear_if_saved()
    lambda_runtime.reset()
    sys.stdout.flush()
    # Threads of executions, pollers and calls would be waited for, and may sleep for long.
    os._exit(0)


def main(folder: Path, port: int, slots: int) -> None:
    """Serve until SIGTERM, then save everything and end the functions' processes."""
    end_with_parent()
    seams.install(slots)
    journal = Journal(folder / "dynamodb.journal")
    journal.recover()
    journal.install()
    asyncio.run(_serve(port, journal))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
