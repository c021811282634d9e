"""`usance invoice explain`: from a line of an invoice down to prices, tiers, quantities and events."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from usance.cli.files import load_scenario
from usance.kernel.errors import NotFound
from usance.scenario.explanation import explained
from usance.scenario.runner import play, read_scenario

app = typer.Typer(help="Invoices.", no_args_is_help=True)


@app.callback()
def _invoices() -> None:
    pass


@app.command()
def explain(
    source: Annotated[str, typer.Argument(metavar="FILE|INVOICE", help="A scenario file, or the id of an invoice.")],
    invoice: Annotated[str | None, typer.Option(help="Number of the scenario's invoice: INV-000001.")] = None,
    line: Annotated[str | None, typer.Option(help="Item of the lines to explain; all, when left out.")] = None,
    url: Annotated[str | None, typer.Option(envvar="USANCE_URL", help="Address of the API.")] = None,
    key: Annotated[str | None, typer.Option(envvar="USANCE_KEY", help="API key.")] = None,
    events: Annotated[int, typer.Option(help="Events to show of each line.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON, with all events.")] = False,
) -> None:
    """Explain every amount of an invoice: of a scenario file, or of the API at --url."""
    made = _from_file(source, invoice) if url is None else _from_api(source, url, key or "")
    if line is not None:
        lines = [one for one in made["lines"] if one["item"] == line]
        if not lines:
            raise NotFound(f"invoice {made['number']} has no line of item {line!r}")
        made = {**made, "lines": lines}
    if as_json:
        from usance.cli.simulate import write  # noqa: PLC0415

        write(made)
    else:
        from usance.cli.tree import show  # noqa: PLC0415 - rich is only for people

        show(made, events)


def _from_file(source: str, number: str | None) -> dict[str, Any]:
    played = play(read_scenario(load_scenario(Path(source))))
    for issued in played.books.issued:
        if number in (None, issued.document.number):
            return explained(issued)
    known = ", ".join(issued.document.number or "" for issued in played.books.issued) or "none"
    raise NotFound(f"the scenario has no invoice {number or ''}: it has {known}")


def _from_api(name: str, url: str, key: str) -> dict[str, Any]:
    from usance.cli.client import Client, without_currencies  # noqa: PLC0415

    client = Client(url, key)
    found: dict[str, Any] = without_currencies(client.get(f"/v1/invoices/{name}/explain", limit="100"))
    for place, line in enumerate(found["lines"]):
        cursor = None
        while len(line["events"]) < line["event_count"]:
            # The first hundred came with the invoice; the rest of a line comes a hundred at a time.
            path = f"/v1/invoices/{name}/explain"
            part = client.get(path, line=str(place), limit="100", cursor=cursor)
            line["events"] = [*(line["events"] if cursor else ()), *part["lines"][0]["events"]]
            cursor = part["next_cursor"]
            if cursor is None:
                break
    return found
