"""The emulator's process: started on 127.0.0.1 only, ready when it answers, stopped with everything it started.

MiniStack is pinned: what is relied on is tried by tests/local against this version. No part of it is patched. Two of
its traps shape our code instead: workflows choose on returned values (an exception's class does not reach them), and
every function logs one line (it waits 50 ms for a silent one).
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Self

import boto3
import urllib3

VERSION: Final = "1.5.33"
REGION: Final = "us-east-1"
ACCOUNT: Final = "000000000000"
_READY_SECONDS: Final = 30
_STOP_SECONDS: Final = 15


class EmulatorError(Exception):
    """The emulator did not do what was asked; the message says where its log is."""


class Emulator:
    """A running MiniStack with its data, log and temporary files in one folder. A context manager.

    `auth` makes it enforce the roles of the template on every call of a function.
    """

    def __init__(self, folder: Path, *, port: int = 0, auth: bool = True) -> None:
        if version("ministack") != VERSION:
            raise EmulatorError(f"the local runtime is tried with MiniStack {VERSION}: run `make setup`")
        self.folder = folder
        self.port = free_port(port)
        self.log = folder / "emulator.log"
        self._auth = auth
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        """The address of every AWS service."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3 makes its clients at run time
        """A client of one of its services, as the account's root."""
        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=ACCOUNT,
            aws_secret_access_key="local",  # noqa: S106 - it is asked for and not checked
        )

    def start(self) -> None:
        """Start it and wait until it answers. Raises EmulatorError with the end of its log when it does not."""
        temporary = self.folder / "tmp"
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [Path(sys.executable).parent / "ministack"],
                env=self._environment(temporary),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait_until_ready()

    def stop(self) -> None:
        """Stop it and the function processes it started; what does not go by itself is killed."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        shutil.rmtree(self.folder / "tmp", ignore_errors=True)

    def kill_workers(self, naming: str = "") -> int:
        """Kill function processes at once, as a crash would: those whose command line contains `naming`. Linux only."""
        killed = 0
        for worker in self._workers():
            if naming in worker.command:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(worker.pid, signal.SIGKILL)
                    killed += 1
        return killed

    def _workers(self) -> list[_Worker]:
        if self._process is None:
            return []
        processes = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
        return [worker for pid in processes if (worker := _worker(pid, self._process.pid))]

    def _environment(self, temporary: Path) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return {
            **kept,
            "GATEWAY_PORT": str(self.port),
            "BIND_HOST": "127.0.0.1",
            "AUTH": "true" if self._auth else "false",
            "MINISTACK_REGION": REGION,
            "PERSIST_STATE": "1",
            "STATE_DIR": str(self.folder / "state"),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self.folder / "s3"),
            "TMPDIR": str(temporary),
        }

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                break
            with contextlib.suppress(urllib3.exceptions.HTTPError):
                urllib3.request("GET", f"{self.endpoint}/_ministack/health", timeout=1, retries=False)
                return
            time.sleep(0.05)
        tail = self.log.read_text(errors="replace")[-2000:]
        self.stop()
        raise EmulatorError(f"the emulator did not start; its log, {self.log}, ends with:\n{tail}")


class _Worker:
    """A function's process."""

    def __init__(self, pid: int, command: str) -> None:
        self.pid, self.command = pid, command


def _worker(pid: int, session: int) -> _Worker | None:
    try:
        if os.getsid(pid) != session or pid == session:
            return None
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except (OSError, ProcessLookupError):
        return None
    return _Worker(pid, command)


def free_port(wanted: int) -> int:
    """The wanted port if it is free on 127.0.0.1, else any that is."""
    for port in (wanted, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise EmulatorError("no port is free on 127.0.0.1")
