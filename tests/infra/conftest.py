"""One synthesis for all tests of the infrastructure, and one emulator for those that execute workflows."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from infra import synth

Template = dict[str, Any]


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a synthesis that cdk-nag accepted; it raises where there is a finding without a reason."""
    folder = tmp_path_factory.mktemp("assembly")
    synth.synthesised(folder)
    return folder / "cdk.out"


@pytest.fixture(scope="session")
def template(assembly: Path) -> Template:
    """The template as for AWS."""
    loaded: Template = json.loads((assembly / "Usance.template.json").read_text())
    return loaded


class Aws:
    """Clients of the emulator."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self._session = boto3.Session("test", "test", region_name="us-east-1")

    def client(self, service: str) -> Any:
        return self._session.client(service, endpoint_url=self.endpoint)  # type: ignore[call-overload]  # any service


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """A plain emulator in which waiting takes no time."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("emulator")
    environment = {
        **os.environ,
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "SFN_WAIT_SCALE": "0",
        "STATE_DIR": str(folder),
        "PERSIST_STATE": "0",
    }
    with (folder / "log").open("w") as log:
        server = subprocess.Popen([sys.executable, "-m", "ministack"], env=environment, stdout=log, stderr=log)
    try:
        _await(f"http://127.0.0.1:{port}/_ministack/health", server)
        yield Aws(f"http://127.0.0.1:{port}")
    finally:
        server.terminate()
        server.wait(20)


def _await(url: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if server.poll() is not None:
            pytest.fail("the emulator ended at once")
        try:
            urllib.request.urlopen(url, timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the emulator did not answer within 30 s")
