"""`usance usage import`: send the rows of a file as usage events."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import typer

from usance.cli.failure import REFUSED
from usance.cli.usage_client import UsageClient
from usance.cli.usage_rows import Columns, Source

app = typer.Typer(help="Usage events.", no_args_is_help=True)

_MOST_BATCH: Final = 10_000
_SHOWN: Final = 50

Batch = list[tuple[int, dict[str, Any]]]


@app.callback()
def _group() -> None:
    """Usage events."""


@dataclass(slots=True)
class Progress:
    """What has been sent so far. Kept beside the file while an import is under way, so that it can go on later."""

    path: Path
    source: str
    batch: int
    rows: int = 0
    accepted: int = 0
    duplicates: int = 0
    refused: list[dict[str, Any]] = field(default_factory=list)

    def load(self) -> None:
        """Take up an earlier import of this very file with this very mapping; of any other, nothing."""
        if not self.path.exists():
            return
        kept = json.loads(self.path.read_text())
        if (kept["source"], kept["batch"]) == (self.source, self.batch):
            self.rows, self.accepted, self.duplicates = kept["rows"], kept["accepted"], kept["duplicates"]
            self.refused = kept["refused"]

    def save(self) -> None:
        """Say how far it is."""
        self.path.write_text(json.dumps({"source": self.source, "batch": self.batch, **self.result()}))

    def result(self) -> dict[str, Any]:
        """The outcome as JSON values."""
        return {
            "rows": self.rows,
            "accepted": self.accepted,
            "duplicates": self.duplicates,
            "refused": self.refused,
        }


@app.command("import")
def import_usage(  # noqa: PLR0913, PLR0917 - Typer's options are arguments
    event_type: Annotated[str, typer.Argument(help="Name of the event type.")],
    file: Annotated[Path, typer.Argument(help="A .csv, .ndjson or .jsonl file, plain or gzip.")],
    members: Annotated[
        list[str] | None, typer.Option("--map", help="customer=COLUMN, timestamp=COLUMN or id=COLUMN; repeatable.")
    ] = None,
    fields: Annotated[
        list[str] | None,
        typer.Option("--field", help="FIELD=COLUMN or FIELD=COLUMN:Type; repeatable. All other columns, if none."),
    ] = None,
    empty: Annotated[
        Literal["omit", "zero"], typer.Option(help="What an empty number is: left out of its event, or zero.")
    ] = "omit",
    batch: Annotated[int, typer.Option(min=1, max=_MOST_BATCH, help="Events in a request.")] = 2_000,
    url: Annotated[str, typer.Option(envvar="USANCE_URL", help="Address of the API.")] = "",
    key: Annotated[str, typer.Option(envvar="USANCE_API_KEY", help="API key with the scope events:write.")] = "",
    restart: Annotated[
        bool, typer.Option(help="Begin at the first row even if an earlier import was cut off.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Send the rows of a file as events. Running it again is safe: events count once.

    An import that was cut off goes on where it was. Refused rows are named by line; exit code 2 says there are some.
    """
    columns = Columns.parse(members or [], fields or [], empty)
    source = Source.open(file)
    named = hashlib.sha256(repr((source.digest, columns, event_type, url)).encode()).hexdigest()
    progress = Progress(file.with_name(file.name + ".import"), named, batch)
    if not restart:
        progress.load()
    with contextlib.closing(UsageClient(url, key)) as client:
        for numbered in _shown(_batches(source, columns, progress), progress, quiet=as_json):
            _send(client, event_type, numbered, progress)
    progress.path.unlink(missing_ok=True)
    _tell(progress, as_json=as_json)
    if progress.refused:
        raise typer.Exit(REFUSED)


def _batches(source: Source, columns: Columns, progress: Progress) -> Iterator[Batch]:
    rows = islice(source.events(columns), progress.rows, None)
    while numbered := list(islice(rows, progress.batch)):
        yield numbered


def _send(client: UsageClient, event_type: str, numbered: Batch, progress: Progress) -> None:
    # The key is the batch's own, whenever it is sent: it stands for the file, the mapping and the first row.
    key = f"import-{progress.source[:24]}-{numbered[0][0]}"
    answer = client.send(event_type, [event for _, event in numbered], key)
    progress.rows += len(numbered)
    progress.accepted += answer.accepted
    progress.duplicates += answer.duplicates
    for place, id, errors in answer.refused:
        progress.refused.append({"row": numbered[place][0], "id": id, "errors": list(errors)})
    progress.save()


def _shown(batches: Iterator[Batch], progress: Progress, *, quiet: bool) -> Iterator[Batch]:
    if quiet or not sys.stderr.isatty():
        yield from batches
        return
    from rich.console import Console  # noqa: PLC0415 - only who watches waits for it
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415
    from rich.progress import Progress as Bar  # noqa: PLC0415

    every = list(batches)
    bar = Bar(
        TextColumn("sending"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=Console(stderr=True)
    )
    with bar:
        task = bar.add_task("rows", total=progress.rows + sum(map(len, every)), completed=progress.rows)
        for numbered in every:
            yield numbered
            bar.update(task, completed=progress.rows)


def _tell(progress: Progress, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(progress.result()))
        return
    for one in progress.refused[:_SHOWN]:
        for error in one["errors"]:
            print(f"line {one['row']}: {error['pointer'] or '/'} {error['detail']} [{error['code']}]", file=sys.stderr)
    if len(progress.refused) > _SHOWN:
        print(f"and {len(progress.refused) - _SHOWN} more rows; --json lists them all", file=sys.stderr)
    counts = f"{progress.accepted:,} accepted, {progress.duplicates:,} already there, {len(progress.refused):,} refused"
    print(f"{progress.rows:,} rows: {counts}")
