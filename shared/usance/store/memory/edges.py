"""Objects, queues, workflows and secrets in memory. What was sent and started can be looked at."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping, Sequence
from threading import Lock
from typing import Any

from usance.ports import Body, Machine, Queue, StoredObject
from usance.store.body import decode
from usance.store.bounds import MAX_SORT_BYTES, check_name
from usance.store.messages import message_text
from usance.store.names import execution_name, secret_name


class MemoryObjects:
    """`ports.Objects` in memory."""

    def __init__(self) -> None:
        self._content: dict[str, bytes] = {}
        self._order: list[str] = []
        self._lock = Lock()

    def put_new(self, name: str, content: bytes, content_type: str = "application/octet-stream") -> bool:  # noqa: ARG002
        check_name(name, MAX_SORT_BYTES)
        with self._lock:
            if name in self._content:
                return False
            self._content[name] = bytes(content)
            insort(self._order, name)
            return True

    def get(self, name: str) -> bytes | None:
        check_name(name, MAX_SORT_BYTES)
        return self._content.get(name)

    def list(self, prefix: str, *, after: str | None = None) -> Iterator[StoredObject]:
        start = bisect_left(self._order, max(prefix, after or ""))
        for name in self._order[start:]:
            if not name.startswith(prefix):
                # Past the prefix; a name equal to `after` is the only one skipped below.
                return
            if name != after:
                yield StoredObject(name, len(self._content[name]))


class MemoryQueues:
    """`ports.Queues` in memory; `take` receives."""

    def __init__(self) -> None:
        self._waiting: dict[Queue, list[str]] = {queue: [] for queue in Queue}

    def send(self, queue: Queue, messages: Sequence[Body]) -> None:
        self._waiting[queue] += [message_text(message) for message in messages]

    def waiting(self, queue: Queue) -> list[dict[str, Any]]:
        """Messages not taken yet, in the order in which they were sent."""
        return [decode(text) for text in self._waiting[queue]]

    def take(self, queue: Queue, most: int | None = None) -> list[dict[str, Any]]:
        """Receive and remove messages, all or at most so many."""
        waiting = self._waiting[queue]
        taken, self._waiting[queue] = waiting[:most], [] if most is None else waiting[most:]
        return [decode(text) for text in taken]


class MemoryWorkflows:
    """`ports.Workflows` in memory: remembers what was started and runs nothing."""

    def __init__(self) -> None:
        self._started: dict[Machine, dict[str, str]] = {machine: {} for machine in Machine}

    def start(self, machine: Machine, name: str, payload: Body) -> bool:
        text, name = message_text(payload), execution_name(name)
        if name in self._started[machine]:
            return False
        self._started[machine][name] = text
        return True

    def started(self, machine: Machine) -> dict[str, dict[str, Any]]:
        """Payloads by name of the execution, in the order in which they were started."""
        return {name: decode(text) for name, text in self._started[machine].items()}


class MemorySecrets:
    """`ports.Secrets` in memory."""

    def __init__(self) -> None:
        self._values: dict[str, dict[str, str]] = {}

    def read(self, organisation: str, name: str) -> Mapping[str, str] | None:
        values = self._values.get(secret_name(organisation, name))
        return None if values is None else dict(values)

    def write(self, organisation: str, name: str, values: Mapping[str, str]) -> None:
        self._values[secret_name(organisation, name)] = dict(values)
