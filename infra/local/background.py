"""One runtime for a folder, `.usance/` where it is started: who holds it, starting in the background, stopping.

The lock belongs to the process that runs, so that it never outlives it, however that ended.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from infra.packaging import ROOT

FOLDER: Final = Path(".usance").resolve()
OUTPUTS: Final = FOLDER / "outputs.json"
KEY: Final = FOLDER / "operator-key"
LOG: Final = FOLDER / "up.log"
_LOCK: Final = FOLDER / "lock"
_TAKEN: Final = "a runtime is running already; `down` stops it, `status` says where it is"
_START_SECONDS: Final = 90
_STOP_SECONDS: Final = 30


class RuntimeFailure(Exception):  # noqa: N818 - said to people
    """What was asked of the runtime cannot be done; the message says why."""


def running() -> int | None:
    """The process that runs the runtime, if one does."""
    try:
        with _LOCK.open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return None
    except FileNotFoundError:
        return None
    except OSError:
        # Between taking the lock and writing who took it there is a moment.
        text = _LOCK.read_text()
        return int(text) if text else 0


@contextmanager
def held() -> Iterator[None]:
    """Be the one that runs, until this process ends. Raises RuntimeFailure when another does."""
    FOLDER.mkdir(exist_ok=True)
    # Never closed: the lock goes with the process and not before, so that who waits for it finds nothing left.
    lock = os.open(_LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise RuntimeFailure(_TAKEN) from None
    os.truncate(lock, 0)
    os.write(lock, str(os.getpid()).encode())
    OUTPUTS.unlink(missing_ok=True)
    try:
        yield
    finally:
        OUTPUTS.unlink(missing_ok=True)


def publish(described: Mapping[str, str], operator_key: str) -> None:
    """Tell others where everything is; both files are for their owner alone."""
    _write(KEY, operator_key + "\n")
    _write(OUTPUTS, json.dumps(described, indent=1) + "\n")


def described() -> dict[str, str]:
    """Where everything of the running runtime is. Raises RuntimeFailure when none is ready."""
    if running() is None or not OUTPUTS.exists():
        raise RuntimeFailure("no runtime is running; `up` starts one")
    return dict(json.loads(OUTPUTS.read_text()))


def start(*options: str) -> dict[str, str]:
    """Start `up` in a session of its own and wait until it is ready. Raises RuntimeFailure with the end of its log."""
    if running() is not None:
        raise RuntimeFailure(_TAKEN)
    FOLDER.mkdir(exist_ok=True)
    OUTPUTS.unlink(missing_ok=True)
    with LOG.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "infra.local", "up", *options],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    deadline = time.monotonic() + _START_SECONDS
    try:
        while time.monotonic() < deadline and process.poll() is None:
            with suppress(OSError, ValueError):
                return dict(json.loads(OUTPUTS.read_text()))
            time.sleep(0.05)
    finally:
        if not OUTPUTS.exists():
            process.terminate()
            process.wait(_STOP_SECONDS)
    raise RuntimeFailure(f"the local runtime did not start:\n{LOG.read_text(errors='replace')[-3000:]}")


def stop() -> bool:
    """Stop the running runtime and wait for its end; False when none runs. Raises RuntimeFailure when it stays."""
    deadline = time.monotonic() + _STOP_SECONDS
    found = running()
    if found is None:
        return False
    if found:
        with suppress(ProcessLookupError):
            os.kill(found, signal.SIGTERM)
    while running() is not None:
        if time.monotonic() > deadline:
            raise RuntimeFailure(f"process {found} does not stop; look at {LOG}")
        time.sleep(0.05)
    return True


def _write(path: Path, text: str) -> None:
    # Whole under another name first: whoever waits for the file must not read half of it.
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text(text)
    draft.replace(path)
