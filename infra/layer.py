"""The layer `core`: the third-party packages of all functions, for arm64, from the lock that the tests ran with.

pip fetches the wheels for Lambda's platform wherever this runs, each checked by its hash; nothing is compiled and no
Docker is needed. What functions never load is left out: it would cost cold starts and the 250 MB that a function and
its layers may unpack to.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from infra.packaging import LAYER_ZIP, ROOT, RUNTIME, write_zip

LOCK = ROOT / "requirements" / "runtime.lock"
PLATFORM = "manylinux2014_aarch64"

NOT_LOADED = frozenset(
    # the command line
    {"typer", "rich", "pygments", "markdown-it-py", "mdurl", "shellingham", "annotated-doc"}
    # chalice's own command line and packager
    | {"pip", "setuptools", "wheel", "click", "inquirer", "blessed", "editor", "jinxed", "readchar", "runs", "xmod"}
    | {"wcwidth", "packaging"}
)
AWS_SERVICES = frozenset({"dynamodb", "lambda", "s3", "secretsmanager", "sqs", "stepfunctions", "sts"})
"""Services whose API descriptions stay in botocore. All others are 25 MB that no function reads."""


def requirements(lock: str) -> str:
    """The lock without what functions never load, hashes kept."""
    blocks = re.split(r"\n(?=\S)", lock)
    return "\n".join(block for block in blocks if _name(block) not in NOT_LOADED) + "\n"


def install(target: Path, *, for_lambda: bool = True) -> None:
    """Install the layer's packages into a folder; `for_lambda` False takes this machine's wheels, for tests."""
    target.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--no-compile", "--require-hashes", "--only-binary=:all:", f"--target={target}"]
    if for_lambda:
        command += [f"--platform={PLATFORM}", "--implementation=cp", f"--python-version={RUNTIME[0]}.{RUNTIME[1]}"]
    with TemporaryDirectory() as scratch:
        wanted = Path(scratch) / "requirements.txt"
        wanted.write_text(requirements(LOCK.read_text()))
        subprocess.run([*command, f"--requirement={wanted}"], check=True)
    prune(target)


def prune(packages: Path) -> None:
    """Remove what came along and is never loaded: tests, commands, PyPy's backend of zstandard, unused AWS services."""
    for folder in [packages / "bin", *packages.rglob("tests")]:
        shutil.rmtree(folder, ignore_errors=True)
    for backend in (packages / "zstandard").glob("_cffi.*"):
        backend.unlink()
    for service in (packages / "botocore" / "data").iterdir():
        if service.is_dir() and service.name not in AWS_SERVICES:
            shutil.rmtree(service)


def build(into: Path, *, bytecode: bool = False) -> Path:
    """Write the layer's zip, with the packages under `python/` where Lambda looks for them, and return its path."""
    packages = into / "core" / "python"
    shutil.rmtree(packages.parent, ignore_errors=True)
    install(packages)
    return write_zip(into / LAYER_ZIP, _files(packages.parent), bytecode=bytecode)


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file.suffix != ".pyi":
            yield file.relative_to(folder).as_posix(), file


def _name(block: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", block)
    return found.group().lower() if found else ""
