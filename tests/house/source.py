"""The files of this checkout, as the house rules see them."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = PurePosixPath("shared/usance")

PURE = (
    *("kernel", "ledger", "catalog", "contract", "metering", "pricing", "credits", "invoicing", "payments", "revenue"),
    *("pipeline.py", "ports.py", "records", "usecases"),
)
"""What of the library computes money and quantities: floats have no place there."""


@dataclass(frozen=True, slots=True)
class Source:
    """A Python file: its path from the root, and its text."""

    path: PurePosixPath
    text: str

    def under(self, *folders: str | PurePosixPath) -> bool:
        return any(self.path.is_relative_to(folder) for folder in folders)

    @property
    def pure(self) -> bool:
        return self.under(*(LIBRARY / name for name in PURE))

    def nodes(self) -> Iterator[ast.AST]:
        return ast.walk(_tree(self.text))


@cache
def _tree(text: str) -> ast.Module:
    return ast.parse(text)


@cache
def paths() -> tuple[PurePosixPath, ...]:
    """Every file that is committed or would be, by what git says."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\0")
    return tuple(PurePosixPath(name) for name in listed if name and (ROOT / name).is_file())


@cache
def sources() -> tuple[Source, ...]:
    """Every Python file."""
    return tuple(Source(path, (ROOT / path).read_text("utf-8")) for path in paths() if path.suffix == ".py")
