"""The emulator's process, from outside: started on 127.0.0.1 only, ready when it answers, stopped with its children.

What runs in it is `infra.local.launcher`: MiniStack, pinned, with a few seams. What we rely on is tried by tests/local.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from functools import cache
from pathlib import Path
from typing import Any, Final, Self

import boto3
import botocore.session
import urllib3
from botocore.config import Config

from infra.packaging import ROOT

REGION: Final = "us-east-1"
ACCOUNT: Final = "000000000000"
READY: Final = "/_usance/ready"
SAVE: Final = "/_usance/save"
WORKERS: Final = "/_usance/workers"
_READY_SECONDS: Final = 60
_STOP_SECONDS: Final = 30
_PORT: Final = "port"
"""File of a folder that says which port its emulator has."""
_PASSED_ON: Final = ("HOME", "LANG", "LC_ALL", "PATH", "USER")


class EmulatorError(Exception):
    """The emulator did not do what was asked; the message says where its log is."""


class Emulator:
    """A running MiniStack with its data, log and temporary files in one folder. A context manager.

    `port` 0 takes any; a folder with data keeps the one that it had, because its queues are known by their addresses.
    `auth` makes it enforce the roles of the template on every call of a function. At most `slots` functions run at
    once. `wait_scale` shortens what state machines wait for; 0 lets them wait for nothing.
    """

    def __init__(
        self, folder: Path, *, port: int = 0, auth: bool = True, slots: int = 8, wait_scale: float = 1.0
    ) -> None:
        self.folder = folder.resolve()
        self.port = _port(self.folder / _PORT, port)
        self.log = self.folder / "emulator.log"
        self._auth, self._slots, self._wait_scale = auth, slots, wait_scale
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
        return client(service, self.endpoint)

    def start(self) -> None:
        """Start it and wait until it answers. Raises EmulatorError with the end of its log when it does not."""
        temporary = self.folder / "tmp"
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "infra.local.launcher", self.folder, str(self.port), str(self._slots)],
                env=self._environment(temporary),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # So that Ctrl-C reaches whoever stops it in order, and so that all of its children can be found.
                start_new_session=True,
            )
        self._wait_until_ready()

    def stop(self) -> None:
        """Have it save its state and end, with the functions' processes; what does not go by itself is killed."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a crash would: it saves nothing."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Stop it and start it again at the same address, with the same data."""
        self.stop()
        self.start()

    def save(self) -> None:
        """Have it write all of its state to the folder now."""
        self._ask("POST", SAVE)

    def workers(self, function: str = "") -> list[int]:
        """The processes of the functions whose name contains `function`."""
        found = self._ask("GET", WORKERS).json()
        return [pid for name, pid in found if function in name]

    def kill_workers(self, function: str = "") -> int:
        """Kill the processes of functions in the middle of whatever they do, and return how many there were."""
        pids = self.workers(function)
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        # Until the emulator knows: a call would be given to a process that is about to be gone.
        while set(pids) & set(self.workers(function)):
            time.sleep(0.005)
        return len(pids)

    def _ask(self, method: str, path: str) -> urllib3.BaseHTTPResponse:
        answer = urllib3.request(method, f"{self.endpoint}{path}", timeout=30, retries=False)
        if answer.status >= 300:
            raise EmulatorError(f"{path} answers {answer.status}; the log is {self.log}")
        return answer

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_SECONDS)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        shutil.rmtree(self.folder / "tmp", ignore_errors=True)

    def _environment(self, temporary: Path) -> dict[str, str]:
        # Functions inherit this. What the shell says about AWS must not reach them: they could leave the machine.
        return {
            **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "POWERTOOLS_TRACE_DISABLED": "true",
            "AUTH": "true" if self._auth else "false",
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_HOST": "127.0.0.1",
            "MINISTACK_REGION": REGION,
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "PERSIST_STATE": "1",
            "STATE_DIR": str(self.folder / "state"),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self.folder / "s3"),
            "SFN_WAIT_SCALE": str(self._wait_scale),
            "TMPDIR": str(temporary),
        }

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                break
            with contextlib.suppress(urllib3.exceptions.HTTPError):
                answer = urllib3.request("GET", f"{self.endpoint}{READY}", timeout=1, retries=False)
                # Not somebody else, who took the port in the meantime.
                if answer.data == str(self._process.pid).encode():
                    return
            time.sleep(0.02)
        tail = self.log.read_text(errors="replace")[-2000:]
        self.stop()
        raise EmulatorError(f"the emulator did not start; its log, {self.log}, ends with:\n{tail}")


_CONFIG: Final = Config(
    retries={"mode": "standard", "total_max_attempts": 4},
    s3={"addressing_style": "path"},
    proxies={},  # whatever the shell says: this machine needs none to reach itself
)
_one_at_a_time = threading.Lock()
"""Sessions of boto3 may not be used from several threads, which making a client is; clients may."""


@cache
def _session() -> boto3.Session:
    # Neither the shell's profile nor the user's configuration: they are about AWS and may be missing or wrong here.
    nowhere = (None, None, os.devnull, None)
    own = {"profile": (None, None, None, None), "config_file": nowhere, "credentials_file": nowhere}
    return boto3.Session(botocore_session=botocore.session.Session(session_vars=own))


def client(service: str, endpoint: str) -> Any:  # noqa: ANN401 - boto3 makes its clients at run time
    """A client of a service of the emulator at `endpoint`, as the account's root."""
    with _one_at_a_time:
        return _session().client(  # type: ignore[call-overload]
            service,
            endpoint_url=endpoint,
            region_name=REGION,
            aws_access_key_id=ACCOUNT,
            aws_secret_access_key="local",  # noqa: S106 - it is asked for and not checked
            config=_CONFIG,
        )


def _port(file: Path, wanted: int) -> int:
    """The port of a folder: what it was the last time, else a wanted one or any. Raises EmulatorError when the last
    one is taken."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        port = free_port(wanted)
        file.write_text(f"{port}\n")
        return port
    known = int(file.read_text())
    if free_port(known) != known:
        raise EmulatorError(
            f"port {known}, which the queues in {file.parent} are known by, is taken: free it or use --fresh"
        )
    return known


def free_port(wanted: int) -> int:
    """The wanted port if it is free on 127.0.0.1, else any that is."""
    for port in (wanted, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise EmulatorError("no port is free on 127.0.0.1")
