"""What DynamoDB acknowledged survives a kill of the emulator's process.

MiniStack saves its state when it stops cleanly and at no other time. Here every request that changes items appends
one line to a journal before it is answered: all its changes together, so that a transaction is there whole or not at
all. At the next start the journal is played over the last saved state and folded into it.

The line is handed to the operating system, not forced to the disk: a killed process loses nothing, a power cut may.
Not covered: items changed through PartiQL or restored from backups, which nothing here uses. Items that expired are
removed again.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any, BinaryIO, Final

from ministack.core.persistence import STATE_DIR, load_state, save_state
from ministack.services import dynamodb

_STATE: Final = "dynamodb"
_STATE_FILE: Final = Path(STATE_DIR) / f"{_STATE}.json"
_INDEX: Final = dynamodb._INDEX_MEMBERS  # noqa: SLF001
_changes: ContextVar[list[Any] | None] = ContextVar("changes", default=None)

Table = dict[str, Any]
Item = dict[str, Any]


class Journal:
    """The journal of one emulator, in this process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        self._known: set[str] = set()

    def recover(self) -> int:
        """Load the saved state, play the journal over it and save that. Returns how many lines were played.

        Called before the server starts, which then finds the result as its own saved state.
        """
        dynamodb.load_persisted_state(load_state(_STATE))
        played = 0
        for line in self._lines():
            for change in line:
                _play(*change)
            played += 1
        if played:
            save_state(_STATE, dynamodb.get_state())
            if not self._saved():
                raise RuntimeError(f"{self._path} could not be folded into {_STATE_FILE}")
        dynamodb.reset()
        return played

    def install(self) -> None:
        """Start recording in an empty journal; `recover` has folded in what was there."""
        self._file = self._path.open("wb", buffering=0)
        dynamodb._set_item = _recorded(dynamodb._set_item)  # noqa: SLF001
        dynamodb._remove_item = _recorded(dynamodb._remove_item)  # noqa: SLF001
        dynamodb.handle_request = self._journalled(dynamodb.handle_request)

    def clear_if_saved(self) -> None:
        """Forget the journal when the state was saved after its last line; else the next start plays it."""
        if self._file is not None and self._saved():
            self._file.truncate(0)

    def _saved(self) -> bool:
        # MiniStack logs that it could not save and goes on, so look at what is there.
        return _STATE_FILE.exists() and _STATE_FILE.stat().st_mtime_ns >= self._path.stat().st_mtime_ns

    def _journalled(self, handle: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def handle_and_record(*request: Any) -> Any:  # noqa: ANN401 - MiniStack's own request and answer
            changes: list[Any] = []
            token = _changes.set(changes)
            try:
                # Handlers do not wait, so nothing of another request comes between these changes.
                return await handle(*request)
            finally:
                _changes.reset(token)
                if changes:
                    self._append(changes)

        return handle_and_record

    def _append(self, changes: list[Any]) -> None:
        if self._file is None:
            raise RuntimeError("the journal is not open")
        lines = [self._described(table, *rest) for table, *rest in changes]
        self._file.write(json.dumps(lines, separators=(",", ":")).encode() + b"\n")

    def _described(self, table: Table, partition: str, sort: str) -> list[Any]:
        arn = table["TableArn"]
        item = table["items"].get(partition, {}).get(sort)
        if arn in self._known:
            return [arn, None, partition, sort, item]
        # Tables come into being by several ways, some behind our back: the first change brings the table along.
        self._known.add(arn)
        described = {name: value for name, value in table.items() if name not in ("items", _INDEX)}
        return [arn, described, partition, sort, item]

    def _lines(self) -> Iterator[list[Any]]:
        if not self._path.exists():
            return
        for line in self._path.read_bytes().splitlines():
            try:
                yield json.loads(line)
            except ValueError:
                return  # the line that was being written when the process was killed: it was never acknowledged


def _recorded(change: Callable[..., Any]) -> Callable[..., Any]:
    def record(table: Table, partition: str, sort: str, *item: Item) -> Any:  # noqa: ANN401 - the old item
        before = change(table, partition, sort, *item)
        changes = _changes.get()
        if changes is not None:
            changes.append((table, partition, sort))
        return before

    return record


def _play(arn: str, described: Table | None, partition: str, sort: str, item: Item | None) -> None:
    _, _, _, region, account, name = arn.split(":", 5)
    name = name.removeprefix("table/")
    table = dynamodb._tables.get_scoped(account, region, name)  # noqa: SLF001
    if table is None:
        if described is None:
            raise RuntimeError(f"the journal has changes of {name} before it has {name}")
        table = {**described, "items": defaultdict(dict)}
        dynamodb._tables.set_scoped(account, region, name, table)  # noqa: SLF001
    if item is None:
        dynamodb._remove_item(table, partition, sort)  # noqa: SLF001
    else:
        dynamodb._set_item(table, partition, sort, item)  # noqa: SLF001
