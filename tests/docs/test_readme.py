"""What the README shows is what the commands print."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
SHOWN = [block for _kind, block in BLOCKS if block.startswith("$ .venv/bin/usance")]


def test_the_tour_shows_commands():
    assert len(SHOWN) == 2


@pytest.mark.parametrize("block", SHOWN, ids=lambda block: block.splitlines()[0][:50])
def test_a_command_prints_what_is_shown(block, tmp_path):
    seats = next(text for kind, text in BLOCKS if kind == "yaml")
    (tmp_path / "seats.yaml").write_text(seats)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    command, *shown = block.splitlines()
    usance = Path(sys.executable).parent / "usance"
    printed = subprocess.run(
        [usance, *command.removeprefix("$ .venv/bin/usance ").split()],
        cwd=tmp_path,
        env={"COLUMNS": "100", "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    lines = [line.rstrip() for line in printed.splitlines() if line.strip() and "seats.yaml ──" not in line]
    assert lines == [line for line in shown if line.strip()]
