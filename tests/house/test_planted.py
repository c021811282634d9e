"""Each house rule finds what is planted, and leaves alone what only looks like it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest

from tests.house import code_rules, file_rules
from tests.house.source import ROOT, Source

PURE = "shared/usance/pricing/planted.py"
EDGE = "shared/usance/store/planted.py"
ENTRY = "functions/ingest/planted.py"

FOUND = [
    (code_rules.no_float, PURE, "rate = 0.05"),
    (code_rules.no_float, PURE, "rate = float(text)"),
    (code_rules.no_float, PURE, "def f(x: float) -> None: ..."),
    (code_rules.no_float, PURE, "share = 1 / 3"),
    (code_rules.no_float, PURE, "share = part.days / whole.days"),
    (code_rules.no_float, PURE, "mean = int(a) / len(b)"),
    (code_rules.no_float, PURE, "seconds = gap.total_seconds()"),
    (code_rules.no_float, PURE, "ms = at.timestamp()"),
    (code_rules.no_float, PURE, "from math import floor"),
    (code_rules.no_float, PURE, "import math"),
    (code_rules.no_float, "shared/usance/usecases/planted.py", "x = 1e3"),
    (code_rules.no_float, "shared/usance/records/planted.py", "x = 1e3"),
    (code_rules.no_float, "shared/usance/pipeline.py", "x = 1e3"),
    (code_rules.no_wall_clock, PURE, "now = datetime.now(UTC)"),
    (code_rules.no_wall_clock, PURE, "now = datetime.datetime.utcnow()"),
    (code_rules.no_wall_clock, EDGE, "day = date.today()"),
    (code_rules.no_wall_clock, ENTRY, "now = time.time()"),
    (code_rules.no_wall_clock, ENTRY, "clock = time.time_ns"),
    (code_rules.no_wall_clock, ENTRY, "from time import time"),
    (code_rules.no_rounding, PURE, "x = round(y, 2)"),
    (code_rules.no_rounding, PURE, "x = list(map(round, ys))"),
    (code_rules.no_rounding, EDGE, "x = y.quantize(CENT)"),
    (code_rules.no_rounding, EDGE, "x = y.to_integral_value()"),
    (code_rules.no_rounding, EDGE, "from decimal import ROUND_HALF_EVEN"),
    (code_rules.no_rounding, ENTRY, 'x = f"{amount:.2f}"'),
    (code_rules.no_rounding, ENTRY, 'x = f"{amount:>10.{places}f}"'),
    (code_rules.no_rounding, ENTRY, 'x = "%.2f" % amount'),
    (code_rules.no_environment, ENTRY, 'x = os.environ["TABLE"]'),
    (code_rules.no_environment, EDGE, 'x = os.getenv("TABLE")'),
    (code_rules.no_environment, PURE, "from os import environ"),
    (code_rules.no_vague_names, "shared/usance/pricing/utils.py", ""),
    (code_rules.no_vague_names, "shared/usance/helpers/price.py", ""),
    (code_rules.no_vague_names, "functions/api/session_manager.py", ""),
    (code_rules.no_vague_names, PURE, "class PriceManager: ..."),
    (code_rules.no_long_files, PURE, "x = 1\n" * 301),
    (code_rules.no_loose_ignores, PURE, "x = y  # type: " + "ignore"),
    (code_rules.no_loose_ignores, PURE, "x = y  # no" + "qa"),
]

LEFT = [
    (code_rules.no_float, PURE, "if isinstance(value, float): raise ValueError"),
    (
        code_rules.no_float,
        PURE,
        "from math import prod\nat = event.timestamp\nhalf = total / Decimal(2)",
    ),
    (code_rules.no_float, EDGE, "timeout = 0.5"),
    (code_rules.no_wall_clock, "shared/usance/kernel/clock.py", "now = datetime.now(UTC)"),
    (code_rules.no_wall_clock, ENTRY, "at = clock.now()\nstart = time.monotonic()"),
    (code_rules.no_wall_clock, "infra/local/planted.py", "now = time.time()"),
    (code_rules.no_rounding, "shared/usance/kernel/amount.py", "x = y.quantize(CENT)"),
    (code_rules.no_rounding, PURE, 'x = f"{n:05} {name:>20} {total:,}"\ny = to_minor(x, 2)'),
    (code_rules.no_environment, "shared/usance/settings.py", "x = os.environ"),
    (code_rules.no_environment, "shared/usance/cli/main.py", "x = os.environ"),
    (code_rules.no_vague_names, PURE, "from contextlib import contextmanager\nclass Utilisation: ..."),
    (code_rules.no_long_files, PURE, "x = 1\n" * 300),
    (code_rules.no_loose_ignores, PURE, "x = y  # type: " + "ignore[arg-type]\nz = 1  # no" + "qa: E501"),
]


@pytest.mark.parametrize(("rule", "path", "text"), FOUND)
def test_finds(rule: code_rules.Rule, path: str, text: str) -> None:
    assert list(rule(Source(PurePosixPath(path), text)))


@pytest.mark.parametrize(("rule", "path", "text"), LEFT)
def test_leaves(rule: code_rules.Rule, path: str, text: str) -> None:
    assert not list(rule(Source(PurePosixPath(path), text)))


def test_every_code_rule_is_tried_both_ways() -> None:
    assert {rule for rule, *_ in FOUND} == {rule for rule, *_ in LEFT} == set(code_rules.RULES)


@pytest.mark.parametrize(
    "text",
    [
        "see https://py" + "pi.org/project/usance",
        "cd /ro" + "ot/project",
        "open('/wo" + "rk/data.csv')",
        "cp ../sha" + "red/x .",
        "key = AKIA" + "ABCDEFGHIJKLMNOP",
    ],
)
def test_finds_strangers(text: str) -> None:
    assert list(file_rules.strangers(f"first line\n{text}\n"))


@pytest.mark.parametrize(
    "text",
    ["GET /v1/items", "GET /v1/wo" + "rk/items", "shared/usance", "the root of the checkout", "sk_test_abc"],
)
def test_leaves_ordinary_text(text: str) -> None:
    assert not list(file_rules.strangers(text))


def test_finds_a_package_without_a_readme(tmp_path: Path) -> None:
    assert list(file_rules.readme_faults(tmp_path)) == ["there is no README.md"]


def test_finds_a_readme_that_is_too_long_or_says_too_little(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("It owns x, it does not own y. Invariants: z. Failure: none.\n" + "\n" * 80)
    assert list(file_rules.readme_faults(tmp_path)) == ["README.md has 81 lines, 80 are enough"]
    readme.write_text("It owns x, it does not own y. Invariants: z.\n")
    assert list(file_rules.readme_faults(tmp_path)) == ["README.md does not speak of: fail"]


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("DTZ005", '"""Doc."""\n\nfrom datetime import datetime\n\nNOW = datetime.now()\n'),
        ("D103", '"""Doc."""\n\n\ndef price() -> None:\n    return None\n'),
        ("D101", '"""Doc."""\n\n\nclass Price:\n    pass\n'),
        ("D100", "PRICE = 1\n"),
        ("BLE001", '"""Doc."""\n\ntry:\n    import os\nexcept Exception:\n    pass\n'),
        ("T201", '"""Doc."""\n\nprint("x")\n'),
        ("FBT001", '"""Doc."""\n\n\ndef price(gross: bool) -> None:\n    """Do it."""\n'),
    ],
)
def test_the_linter_is_set_to_find(code: str, text: str) -> None:
    ruff = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--no-cache",
        "--output-format=concise",
        "--stdin-filename",
        PURE,
        "-",
    ]
    answer = subprocess.run(ruff, cwd=ROOT, input=text, capture_output=True, text=True, check=False)
    assert code in answer.stdout
