"""Ports that die at a chosen call, and tables that others write to just before we do: crashes and races in tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from usance.ports import Change, Tables


class Killed(BaseException):
    """The process died here. Not an Exception, so that nothing can swallow it."""


class Fuse:
    """Counts calls of all the ports it guards and kills the process at one of them, before or after it took effect."""

    def __init__(self) -> None:
        self.calls = 0
        self._at: int | None = None
        self._after = False

    def arm(self, call: int | None, *, after: bool = False) -> None:
        """Kill at the call-th call from now (counted from 0); None lets everything pass."""
        self.calls, self._at, self._after = 0, call, after

    def guard(self, port: Any) -> Any:
        """The port, with every call counted."""
        return _Guarded(port, self)

    def run(self, call: Callable[[], Any]) -> Any:
        """One counted call."""
        number, self.calls = self.calls, self.calls + 1
        if number == self._at and not self._after:
            raise Killed
        result = call()
        if number == self._at:
            raise Killed
        return result


class _Guarded:
    def __init__(self, port: Any, fuse: Fuse) -> None:
        self._port, self._fuse = port, fuse

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)

        def call(*arguments: Any, **named: Any) -> Any:
            return self._fuse.run(lambda: _whole(method(*arguments, **named)))

        return call


def _whole(result: Any) -> Any:
    # Answers that come piece by piece are taken whole, so that a kill falls between calls.
    return iter(list(result)) if hasattr(result, "__next__") else result


class Meanwhile:
    """Tables in which something else happens just before each of the first writes."""

    def __init__(self, tables: Tables, others: list[Callable[[], object]]) -> None:
        self._tables, self._others = tables, others

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tables, name)

    def transact(self, changes: Sequence[Change]) -> None:
        if self._others:
            self._others.pop(0)()
        self._tables.transact(changes)
