"""The `usance` command. Sub-commands import what they need when they run, so that none waits for the others."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from usance.cli import demo, explain, simulate, usage
from usance.cli.failure import REFUSED, tell
from usance.kernel.errors import UsanceError

app = typer.Typer(
    help="Usance: billing as a data pipeline.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("simulate")(simulate.simulate)
app.command("demo")(demo.demo)
app.add_typer(explain.app, name="invoice")
app.add_typer(usage.app, name="usage")


def _version(wanted: bool) -> None:
    if wanted:
        print(f"usance {version('usance')}")
        raise typer.Exit


@app.callback()
def _options(
    _show: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line. What is refused is told with every fault, and exits with 2."""
    try:
        app()
    except UsanceError as error:
        tell(error)
        sys.exit(REFUSED)
    except BrokenPipeError:
        # Whoever read the output has seen enough; closing it here keeps the interpreter from complaining at its end.
        sys.stderr.close()
        sys.exit(REFUSED)
