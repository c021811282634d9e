"""The real uploads, with packages from the registry: everything a function imports is in its zip or in the layer."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from infra import layer, packaging
from tests.infra.resources import HANDLERS, Template, functions

pytestmark = [pytest.mark.nightly, pytest.mark.slow]

UNPACKED_LIMIT = 250 * 1024 * 1024
AARCH64 = 0xB7
AWS = {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}

IMPORT = """
import importlib, pkgutil, sys
sys.path[:0] = sys.argv[2:]
module, name = sys.argv[1].rsplit(".", 1)
assert callable(getattr(importlib.import_module(module), name))
import usance
for found in pkgutil.walk_packages(usance.__path__, "usance."):  # wiring imports much of it only when it is asked to
    importlib.import_module(found.name)
outside = [m.__file__ for m in list(sys.modules.values())
           if "-packages" in (getattr(m, "__file__", None) or "")]
assert not outside, outside
"""


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The layer's packages for this machine, from the lock that the layer is built from."""
    folder = tmp_path_factory.mktemp("host") / "python"
    layer.install(folder, for_lambda=False)
    return folder


@pytest.mark.parametrize("handler", HANDLERS)
def test_a_handler_imports_from_its_zip_and_the_layer_alone(
    template: Template, packages: Path, tmp_path: Path, handler: str
) -> None:
    folder = handler.split(".")[1]
    (asset,) = [each for each in packaging.assets() if each.name == f"{folder}.zip"]
    zipfile.ZipFile(packaging.build(asset, tmp_path)).extractall(tmp_path / "task")
    variables = functions(template)[handler]["Environment"]["Variables"]
    environment = {name: value if isinstance(value, str) else "1" for name, value in variables.items()} | AWS
    base = Path(sys.base_prefix) / "bin" / f"python{sys.version_info[0]}.{sys.version_info[1]}"
    ran = subprocess.run(
        [str(base), "-I", "-S", "-c", IMPORT, handler, str(tmp_path / "task"), str(packages)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert ran.returncode == 0, ran.stderr


def test_botocore_still_knows_the_services_that_functions_call(packages: Path) -> None:
    program = (
        f"import sys; sys.path.insert(0, {str(packages)!r}); import boto3, json;"
        f"[boto3.client(name, region_name='us-east-1') for name in {sorted(layer.AWS_SERVICES)!r}];"
        "print(json.dumps(sorted(boto3.Session().get_available_services())))"
    )
    base = Path(sys.base_prefix) / "bin" / f"python{sys.version_info[0]}.{sys.version_info[1]}"
    ran = subprocess.run([str(base), "-I", "-S", "-c", program], capture_output=True, text=True, check=True)
    assert set(json.loads(ran.stdout)) == layer.AWS_SERVICES


def test_the_layer_is_for_lambda_and_fits(tmp_path: Path) -> None:
    built = zipfile.ZipFile(layer.build(tmp_path))
    names = built.namelist()
    assert all(name.startswith("python/") for name in names)
    compiled = [name for name in names if name.endswith(".so")]
    assert len(compiled) >= 4
    for name in compiled:
        header = built.read(name)[:20]
        assert header[:4] == b"\x7fELF"
        assert int.from_bytes(header[18:20], "little") == AARCH64, name
        assert "cpython-312" in name or "abi3" in name, name
    largest = max(
        sum(file.stat().st_size for _, file in packaging.files_of(asset))
        for asset in packaging.assets()
        if not asset.layer
    )
    assert sum(entry.file_size for entry in built.infolist()) + largest < UNPACKED_LIMIT / 2  # room to grow
