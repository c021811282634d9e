"""Function folders stay thin: few files, short handlers, the environment read by settings alone."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from infra import packaging
from tests.infra.resources import HANDLERS

FUNCTIONS = packaging.ROOT / "functions"
MODULES = sorted(file for file in FUNCTIONS.rglob("*.py") if file.name != "__init__.py")
LONGEST_HANDLER = 80
MOST_FILES = 4


def _entry(handler: str) -> Path:
    return packaging.ROOT.joinpath(*handler.split(".")[:-1]).with_suffix(".py")


@pytest.mark.parametrize("handler", HANDLERS)
def test_the_handler_that_the_template_names_exists_and_is_short(handler):
    lines = _entry(handler).read_text().splitlines()
    assert len(lines) <= LONGEST_HANDLER
    tree = ast.parse("\n".join(lines))
    name = handler.rsplit(".", 1)[1]
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    defined |= {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    assert name in defined
    assert ast.get_docstring(tree), "the module says what triggers it and what may happen twice"


def test_the_folders_are_those_that_are_packaged():
    found = {folder.name for folder in FUNCTIONS.iterdir() if folder.is_dir() and any(folder.glob("*.py"))}
    assert found == set(packaging.FOLDERS)


@pytest.mark.parametrize("folder", [name for name in packaging.FOLDERS if name != "api"])
def test_a_folder_holds_at_most_four_modules(folder):
    inside = [file for file in MODULES if file.is_relative_to(FUNCTIONS / folder)]
    assert len(inside) <= MOST_FILES


@pytest.mark.parametrize("module", MODULES, ids=lambda file: str(file.relative_to(FUNCTIONS)))
def test_a_module_reads_no_environment_and_no_other_function(module):
    tree = ast.parse(module.read_text())
    folder = module.relative_to(FUNCTIONS).parts[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            assert node.attr not in {"environ", "getenv"}
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("functions."):
            assert (node.module or "").split(".")[1] == folder
