"""Mutation testing: would a test fail if this line of the code were wrong?

    python -m tests.mutation kernel pricing credits     every mutant of these packages, from nothing
    python -m tests.mutation --again pricing            those that the tests let live last time, and those that are new

mutmut makes the mutants and runs them. What is decided here: each package is held against its own tests alone, property
tests look at a few fixed examples and do not shrink, and texts for people are left as they are (`behaviour`). Which
mutants live, and why, stands in docs/mutation.md.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.mutation import mutmut_run

ROOT = Path(__file__).resolve().parents[2]
PROFILE = "mutation"
"""In `tests/conftest.py`."""


def main() -> None:
    """Test packages, one process for each: mutmut keeps what it knows of one in its modules."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("packages", nargs="+", metavar="package")
    parser.add_argument("--again", action="store_true", help="only what lived last time, and what is new")
    wanted = parser.parse_args()
    if len(wanted.packages) == 1:
        test(wanted.packages[0], again=wanted.again)
        return
    options = ["--again"] if wanted.again else []
    command = [sys.executable, "-m", "tests.mutation", *options]
    codes = [subprocess.run([*command, package], cwd=ROOT, check=False).returncode for package in wanted.packages]
    sys.exit(max(codes))


def test(package: str, *, again: bool) -> None:
    """Test one package and print its score and what lived. Exits with 1 where too many did."""
    here = ROOT / "build/mutation" / package
    if not again:
        shutil.rmtree(here, ignore_errors=True)
    _lay_out(here)
    os.chdir(here)
    os.environ["HYPOTHESIS_PROFILE"] = PROFILE
    sys.exit(0 if mutmut_run.run(package, again=again) else 1)


def _lay_out(here: Path) -> None:
    """A folder in which `src` is the library, as mutmut expects; it makes its copies beside."""
    here.mkdir(parents=True, exist_ok=True)
    for name, place in (("src", "shared"), ("tests", "tests"), ("pyproject.toml", "pyproject.toml")):
        link = here / name
        link.unlink(missing_ok=True)
        link.symlink_to(ROOT / place)
    # Of the copies, mutmut looks for changes in those of the package alone.
    shutil.rmtree(here / "mutants/tests", ignore_errors=True)
    for copied in (here / "mutants/src/usance").glob("*"):
        if copied.is_dir() and copied.name != here.name:
            shutil.rmtree(copied)
    (here / "mutants/mutmut-stats.json").unlink(missing_ok=True)


if __name__ == "__main__":
    main()
