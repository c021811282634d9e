"""Write the template that the local runtime deploys: `python -m infra.synth`.

It is the stack's own template, except that the keys of uploaded code are names ("ingest.zip") and not hashes, so that
it changes when the infrastructure does and not with every line of code. `assets.json` says what each name holds. Both
are committed, so that starting the local runtime needs neither Node nor a synthesis; a test keeps them current.
"""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from infra import app, assets, packaging

LOCAL = packaging.ROOT / "infra" / "local"
TEMPLATE = LOCAL / "template.json"
ASSETS = LOCAL / "assets.json"


def synthesised(folder: Path) -> dict[str, Any]:
    """The template as for AWS, with stub assets, synthesised into an empty folder."""
    folder.mkdir(parents=True, exist_ok=True)
    stubs = folder / "stubs"
    stubs.mkdir()
    assembly = app.application(assets.stubs(stubs), outdir=folder / "cdk.out").synth()
    template: dict[str, Any] = assembly.get_stack_by_name(app.STACK).template
    return template


def named_keys(template: dict[str, Any]) -> dict[str, Any]:
    """The template with the stubs' keys replaced by the assets' names."""
    text = json.dumps(template)
    for asset in packaging.assets():
        text = text.replace(assets.stub_key(asset.name), asset.name)
    named: dict[str, Any] = json.loads(text)
    return named


def as_text(value: object) -> str:
    """Committed JSON: sorted, indented, ending with a newline."""
    return json.dumps(value, indent=1, sort_keys=True) + "\n"


def contents() -> dict[str, object]:
    """What `assets.json` says: for each name, the folders that it holds."""
    return {asset.name: asset.described() for asset in packaging.assets()}


def main() -> None:
    """Synthesise and write both files."""
    with TemporaryDirectory() as scratch:
        template = named_keys(synthesised(Path(scratch)))
    LOCAL.mkdir(parents=True, exist_ok=True)
    TEMPLATE.write_text(as_text(template))
    ASSETS.write_text(as_text(contents()))


if __name__ == "__main__":
    main()
