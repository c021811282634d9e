"""Zips hold what a function needs at the paths of the repository, and are the same when the files are."""

from __future__ import annotations

import sys
import zipfile
from hashlib import sha256

import pytest

from infra import layer, packaging
from infra.packaging import Asset


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A small repository in the place of this one."""
    files = {
        "functions/__init__.py": "",
        "functions/greet/__init__.py": "",
        "functions/greet/handler.py": "def handler(event, context): ...",
        "functions/greet/README.md": "not for functions",
        "functions/other/handler.py": "",
        "shared/usance/__init__.py": "",
        "shared/usance/kernel/money.py": "",
        "shared/usance/documents/page.html": "<p>",
        "shared/usance/cli/main.py": "",
        "shared/usance/scenario/run.py": "",
        "shared/usance/kernel/__pycache__/money.cpython-311.pyc": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(packaging, "ROOT", tmp_path)
    monkeypatch.setattr(packaging, "PACKAGE", tmp_path / "shared" / "usance")
    return tmp_path


GREET = Asset("greet.zip", folders=("functions/greet",))


def test_a_zip_holds_its_folder_and_the_library_without_what_people_run(repository):
    built = packaging.build(GREET, repository / "out")
    assert zipfile.ZipFile(built).namelist() == [
        "functions/__init__.py",
        "functions/greet/__init__.py",
        "functions/greet/handler.py",
        "usance/__init__.py",
        "usance/documents/page.html",
        "usance/kernel/money.py",
    ]


def test_the_same_files_give_the_same_bytes(repository):
    first = packaging.build(GREET, repository / "one").read_bytes()
    for file in repository.rglob("*.py"):
        file.touch()
    assert sha256(packaging.build(GREET, repository / "two").read_bytes()).digest() == sha256(first).digest()


def test_a_folder_that_is_not_there_is_refused(repository):
    with pytest.raises(FileNotFoundError, match="functions/nowhere"):
        packaging.build(Asset("nowhere.zip", folders=("functions/nowhere",)), repository / "out")


@pytest.mark.skipif(sys.version_info[:2] == packaging.RUNTIME, reason="this Python is the functions' own")
def test_bytecode_of_another_python_is_refused(repository):
    with pytest.raises(ValueError, match=r"3\.12"):
        packaging.build(GREET, repository / "out", bytecode=True)


def test_bytecode_lies_where_python_looks_for_it(repository, monkeypatch):
    monkeypatch.setattr(packaging, "RUNTIME", sys.version_info[:2])
    names = zipfile.ZipFile(packaging.build(GREET, repository / "out", bytecode=True)).namelist()
    tag = sys.implementation.cache_tag
    assert f"functions/greet/__pycache__/handler.{tag}.pyc" in names
    assert len([name for name in names if name.endswith(".pyc")]) == 5


def test_the_layer_takes_the_lock_without_what_functions_never_load():
    kept = layer.requirements(layer.LOCK.read_text())
    names = {line.split("==")[0] for line in kept.splitlines() if line and not line.startswith((" ", "#"))}
    assert names >= {
        "aws-lambda-powertools",
        "boto3",
        "chalice",
        "msgspec",
        "pydantic",
        "pynamodb",
        "stripe",
        "zstandard",
    }
    assert not names & {"typer", "rich", "pip", "setuptools"}
    blocks = kept.split("\n")
    assert sum("--hash=" in line for line in blocks) > len(names)  # each keeps its hashes
