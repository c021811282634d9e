"""The commands, as processes in a folder of their own: one runtime, nothing left behind however they end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import urllib3

from infra.packaging import ROOT
from tests.local.making import until

pytestmark = pytest.mark.slow


@pytest.fixture
def place(tmp_path):
    """Where commands run; what they leave running is stopped."""
    yield tmp_path
    command(tmp_path, "down")


def environment(more=()):
    return {**os.environ, "PYTHONPATH": str(ROOT), **dict(more)}


def spoken(*words):
    return [sys.executable, "-m", "infra.local", *words]


def command(place, *words, **more):
    return subprocess.run(
        spoken(*words), cwd=place, env=environment(more), capture_output=True, text=True, timeout=120, check=False
    )


def status(place):
    return json.loads(command(place, "status").stdout)


def processes(place):
    """Processes whose working directory, command or environment is in this folder."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and int(process.name) != os.getpid():
            try:
                facts = [str((process / "cwd").readlink()).encode(), (process / "cmdline").read_bytes()]
            except OSError:
                continue
            if any(str(place).encode() in fact for fact in facts):
                found.append(int(process.name))
    return found


def test_up_status_logs_down_and_up_again_with_its_data(place):
    started = command(place, "up", "--detach", "--port", "0")
    assert started.returncode == 0, started.stdout + started.stderr
    found = status(place)
    assert found["running"]
    assert urllib3.request("GET", f"{found['url']}/health").status == 200
    key = place / ".usance" / "operator-key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert "operator_key" not in found
    second = command(place, "up", "--detach")
    assert second.returncode == 1
    assert "running already" in second.stdout
    assert '"path":"/health"' in command(place, "logs", "api").stdout
    operator_key = key.read_text()
    assert command(place, "down").stdout == "stopped\n"
    assert processes(place) == []
    assert status(place) == {"running": False}
    assert command(place, "down").stdout == "nothing is running\n"
    command(place, "up", "--detach", "--port", "0")
    assert key.read_text() == operator_key
    command(place, "down")
    command(place, "up", "--detach", "--fresh", "--port", "0")
    assert key.read_text() != operator_key


ENDS = [
    signal.SIGINT,
    signal.SIGKILL,
    pytest.param(signal.SIGTERM, marks=pytest.mark.nightly),
    pytest.param(signal.SIGHUP, marks=pytest.mark.nightly),
]


@pytest.mark.parametrize("end", ENDS)
def test_up_leaves_nothing_behind_however_it_ends(place, end):
    with subprocess.Popen(
        spoken("up", "--port", "0"), cwd=place, env=environment(), stdout=subprocess.DEVNULL, start_new_session=True
    ) as running:
        until((place / ".usance" / "outputs.json").exists, 60)
        running.send_signal(end)
        running.wait(30)
    until(lambda: processes(place) == [])
    assert status(place) == {"running": False}
    assert command(place, "up", "--detach", "--port", "0").returncode == 0


@pytest.mark.parametrize("end", ENDS)
def test_a_demo_that_is_interrupted_leaves_nothing_behind(place, end):
    with subprocess.Popen(
        spoken("demo"),
        cwd=place,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as playing:
        until((place / ".usance" / "outputs.json").exists, 60)
        playing.send_signal(end)
        playing.wait(60)
    # What it had started to play with may find out a moment later that nobody answers.
    until(lambda: processes(place) == [], 60)
    assert status(place) == {"running": False}
