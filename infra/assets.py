"""Assets as CDK sees them: built for AWS, or stubs with the same names where only the template matters."""

from __future__ import annotations

import hashlib
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

from aws_cdk import AssetHashType
from aws_cdk import aws_lambda as lambda_

from infra import layer, packaging


def built(into: Path) -> Mapping[str, lambda_.Code]:
    """Build every zip and the layer; needs the package registry. Bytecode where this Python can make it."""
    bytecode = sys.version_info[:2] == packaging.RUNTIME
    code = {}
    for asset in packaging.assets():
        make = layer.build(into, bytecode=bytecode) if asset.layer else packaging.build(asset, into, bytecode=bytecode)
        code[asset.name] = lambda_.Code.from_asset(str(make))
    return code


def stubs(into: Path) -> Mapping[str, lambda_.Code]:
    """Empty zips whose keys follow from their names, for tests and for the local template."""
    code = {}
    for asset in packaging.assets():
        stub = into / asset.name
        with zipfile.ZipFile(stub, "w") as archive:
            archive.writestr(zipfile.ZipInfo("stub"), asset.name)
        code[asset.name] = lambda_.Code.from_asset(
            str(stub), asset_hash=asset.name, asset_hash_type=AssetHashType.CUSTOM
        )
    return code


def stub_key(name: str) -> str:
    """The S3 key that CDK gives to a stub."""
    return f"{hashlib.sha256(name.encode()).hexdigest()}.zip"
