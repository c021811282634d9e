"""What is uploaded for the functions: one zip per folder of `functions/` and one layer of third-party packages.

A folder's zip holds that folder and the `usance` package at the paths they have in the repository, so that the handler
is `functions.ingest.handler.handler` everywhere and a traceback reads the same on AWS, on the local runtime and in a
test. Third-party packages come from the layer `core` alone (`infra.layer`).

This module knows nothing of CDK: the local runtime builds its zips with it, without Node.
"""

from __future__ import annotations

import importlib.util
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from py_compile import PycInvalidationMode
from py_compile import compile as compile_file
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "shared" / "usance"
LAYER_ZIP = "core.zip"
RUNTIME = (3, 12)
"""The Python of the functions on AWS, of which the layer's wheels and all bytecode must be."""

FOLDERS = ("aggregate", "api", "ingest", "invoice", "revrec", "webhooks")
NOT_FOR_FUNCTIONS = frozenset({"cli", "scenario"})
"""Packages of `usance` that people run and functions do not."""

_EPOCH = (1980, 1, 1, 0, 0, 0)
_LEFT_OUT = frozenset({".md", ".pyc", ".pyi"})


@dataclass(frozen=True, slots=True)
class Asset:
    """One uploaded zip, by the name it has in the local template, and what it holds (paths from the repository)."""

    name: str
    folders: tuple[str, ...] = ()
    layer: str | None = None

    def described(self) -> Mapping[str, object]:
        """The asset as it stands in `infra/local/assets.json`."""
        return {"layer": self.layer} if self.layer else {"folders": list(self.folders), "package": "shared/usance"}


def assets() -> tuple[Asset, ...]:
    """Every asset of the stack, by name."""
    of_functions = (Asset(f"{folder}.zip", folders=(f"functions/{folder}",)) for folder in FOLDERS)
    return (*of_functions, Asset(LAYER_ZIP, layer="requirements/runtime.lock"))


def files_of(asset: Asset) -> Iterator[tuple[str, Path]]:
    """The path in the zip and the file of everything that a function's asset holds, in order of path."""
    found = {"functions/__init__.py": ROOT / "functions" / "__init__.py"}
    for folder in asset.folders:
        if not (ROOT / folder).is_dir():
            raise FileNotFoundError(f"{asset.name} is to hold {folder}, which does not exist")
        found |= {f"{folder}/{inside}": file for inside, file in _files(ROOT / folder)}
    for inside, file in _files(PACKAGE):
        if inside.split("/")[0] not in NOT_FOR_FUNCTIONS:
            found[f"usance/{inside}"] = file
    return iter(sorted(found.items()))


def build(asset: Asset, into: Path, *, bytecode: bool = False) -> Path:
    """Write a function's zip and return its path. The same files give the same bytes.

    With `bytecode` a compiled copy lies beside each module, which spares a cold start the compiling; it is refused
    under another Python than the functions', which could not read it.
    """
    if asset.layer:
        raise ValueError(f"{asset.name} is the layer: infra.layer builds it")
    into.mkdir(parents=True, exist_ok=True)
    return write_zip(into / asset.name, files_of(asset), bytecode=bytecode)


def write_zip(target: Path, files: Iterable[tuple[str, Path]], *, bytecode: bool = False) -> Path:
    """Write a zip with fixed times and permissions, so that its hash depends on nothing but the files."""
    if bytecode and sys.version_info[:2] != RUNTIME:
        raise ValueError(f"bytecode for Python {RUNTIME[0]}.{RUNTIME[1]} cannot be made by this Python")
    with TemporaryDirectory() as scratch, zipfile.ZipFile(target, "w") as archive:
        for inside, file in files:
            _add(archive, inside, file.read_bytes())
            if bytecode and inside.endswith(".py"):
                compiled = Path(scratch) / "module.pyc"
                compile_file(str(file), str(compiled), inside, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
                _add(archive, importlib.util.cache_from_source(inside, optimization=""), compiled.read_bytes())
    return target


def _add(archive: zipfile.ZipFile, inside: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(inside, _EPOCH)
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, content, zipfile.ZIP_DEFLATED, 9)


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for file in sorted(folder.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts and file.suffix not in _LEFT_OUT:
            yield file.relative_to(folder).as_posix(), file
