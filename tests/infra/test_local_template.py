"""What the local runtime deploys is the stack's own template. `make synth` writes it anew."""

from __future__ import annotations

import copy
import json
from pathlib import Path

from infra import packaging, synth
from tests.infra.resources import of_type


def test_the_committed_template_is_current(template):
    assert synth.TEMPLATE.read_text() == synth.as_text(synth.named_keys(template)), "run: make synth"


def test_the_committed_list_of_assets_is_current():
    assert synth.ASSETS.read_text() == synth.as_text(synth.contents()), "run: make synth"


def _without_keys(template):
    copied = copy.deepcopy(template)
    keys = []
    for kind, part in (("AWS::Lambda::Function", "Code"), ("AWS::Lambda::LayerVersion", "Content")):
        keys += [properties[part].pop("S3Key") for properties in of_type(copied, kind).values()]
    return copied, keys


def test_nothing_differs_from_the_template_for_aws_but_the_keys_of_uploaded_code(template):
    committed = json.loads(Path(synth.TEMPLATE).read_text())
    for_aws, hashes = _without_keys(template)
    locally, names = _without_keys(committed)
    assert locally == for_aws
    assert set(names) == {asset.name for asset in packaging.assets()}
    assert len(hashes) == len(names) == 12
    assert all(len(key) == 64 + len(".zip") for key in hashes)


def test_each_function_is_in_the_asset_that_it_is_said_to_be_in():
    committed = json.loads(Path(synth.TEMPLATE).read_text())
    assets = json.loads(Path(synth.ASSETS).read_text())
    for function in of_type(committed, "AWS::Lambda::Function").values():
        folder = "/".join(function["Handler"].split(".")[:2])
        assert assets[function["Code"]["S3Key"]]["folders"] == [folder]
