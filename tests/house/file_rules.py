"""House rules about files of any kind: what public text may name, and that each package introduces itself."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath

from tests.house.source import LIBRARY

README_LINES = 80

# Put together here from halves, so that this file does not contain what it looks for.
_HOSTS = ("py" + "pi", "python" + "hosted", "npm" + "js", "deb" + "ian")
_HOST = re.compile(rf"\b(?:{'|'.join(_HOSTS)})\.(?:org|com|net)\b")
_FOLDERS = ("ro" + "ot", "wo" + "rk", "fa" + "rm", "Us" + "ers", "home")
_HOME = re.compile(rf"(?<![\w.$}}~/*-])/(?:{'|'.join(_FOLDERS)})/\w")
_BESIDE = re.compile(r"\.\." + "/sha" + r"red\b")
_SECRET = re.compile(r"\b(?:AKIA[0-9A-Z]{16}|(?:sk|rk)_live_[0-9A-Za-z]{16,})\b")


def strangers(text: str) -> Iterator[str]:
    """Places of one machine, package hosts and credentials in a text, as `line: what`."""
    for number, line in enumerate(text.splitlines(), 1):
        if match := _HOST.search(line):
            yield f"{number}: the package host {match[0]}"
        if match := _HOME.search(line) or _BESIDE.search(line):
            yield f"{number}: a place on one machine, {match[0]}"
        if _SECRET.search(line):
            yield f"{number}: what looks like a live credential"


def packages(paths: Collection[PurePosixPath]) -> list[PurePosixPath]:
    """The packages of the library: its folders that hold code."""
    return sorted(
        {
            LIBRARY / path.relative_to(LIBRARY).parts[0]
            for path in paths
            if path.suffix == ".py" and path.is_relative_to(LIBRARY) and len(path.relative_to(LIBRARY).parts) > 1
        }
    )


def readme_faults(package: Path) -> Iterator[str]:
    """What is wrong with a package's README: it introduces the package in a page."""
    readme = package / "README.md"
    if not readme.is_file():
        yield "there is no README.md"
        return
    text = readme.read_text("utf-8")
    if (lines := text.count("\n")) > README_LINES:
        yield f"README.md has {lines} lines, {README_LINES} are enough"
    for topic in ("own", "not own", "invariant", "fail"):
        if topic not in text.lower():
            yield f"README.md does not speak of: {topic}"
