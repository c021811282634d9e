"""Webhooks: signed, sent in the background, tried a few times."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from threading import Event, Lock, Thread

from infra.local.stripe_standin.answers import Json

PAUSES = (0, 0.5, 1, 2, 4, 8)
_TIMEOUT_S = 20


@dataclass(frozen=True, slots=True)
class Hook:
    """Where events go. `account` limits it to the events of one API key, `events` to some types."""

    id: str
    url: str
    secret: str
    account: str | None = None
    events: frozenset[str] = frozenset()

    def wants(self, account: str, type_: str) -> bool:
        return self.account in (None, account) and (not self.events or type_ in self.events or "*" in self.events)


def signature(payload: bytes, secret: str, at: int) -> str:
    """The value of Stripe-Signature for a body sent at a Unix second."""
    digest = hmac.new(secret.encode(), str(at).encode() + b"." + payload, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


@dataclass
class Delivery:
    """Sends events to hooks and remembers how that went."""

    log: list[Json] = field(default_factory=list)
    _closing: Event = field(default_factory=Event)
    _threads: list[Thread] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def send(self, hook: Hook, event: Json) -> None:
        """Send an event to a hook, in a thread of its own."""
        thread = Thread(target=self._deliver, args=(hook, event), daemon=True)
        with self._lock:
            self._threads = [*(one for one in self._threads if one.is_alive()), thread]
        thread.start()

    def settle(self, seconds: float = 10) -> None:
        """Wait until everything was sent, or given up, or so many seconds are over."""
        deadline = time.monotonic() + seconds
        with self._lock:
            waiting = list(self._threads)
        for thread in waiting:
            thread.join(max(0, deadline - time.monotonic()))

    def close(self) -> None:
        """Try nothing again."""
        self._closing.set()
        self.settle(2)

    def _deliver(self, hook: Hook, event: Json) -> None:
        payload = json.dumps(event).encode()
        for attempt, pause in enumerate(PAUSES, 1):
            if self._closing.wait(pause):
                return
            status = _post(hook, payload)
            entry = {"event": event["id"], "type": event["type"], "url": hook.url, "try": attempt, "status": status}
            with self._lock:
                self.log.append(entry)
            if 200 <= status < 300:
                return


def _post(hook: Hook, payload: bytes) -> int:
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": signature(payload, hook.secret, int(time.time())),
    }
    request = urllib.request.Request(hook.url, payload, headers, method="POST")  # noqa: S310 - a url we were given
    # Without a proxy: what is local is reached directly, whatever the environment says.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=_TIMEOUT_S) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except OSError:
        return 0
