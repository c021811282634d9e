"""A front address that stays the same: forwards webhooks to the REST API and everything else to the HTTP API.

On AWS two APIs have two addresses; here one address serves both. Bodies go through as they came, both ways.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, Self

import urllib3
from hypercorn.asyncio import serve
from hypercorn.config import Config

from infra.local.emulator import free_port

_HOOKS: Final = "/v1/hooks/"
_THREADS: Final = 16
_NOT_FORWARDED: Final = {b"connection", b"host", b"keep-alive", b"transfer-encoding", b"content-length"}


class Front:
    """An HTTP server on 127.0.0.1 in a thread of its own. A context manager."""

    def __init__(self, api: str, hooks: str, *, port: int = 0) -> None:
        self.url = f"http://127.0.0.1:{free_port(port)}"
        self._api, self._hooks = api, hooks
        self._pool = urllib3.PoolManager(maxsize=_THREADS, retries=False)
        self._threads = ThreadPoolExecutor(_THREADS)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="front", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        for _ in range(200):
            try:
                urllib3.request("GET", f"{self.url}/health", retries=False, timeout=5)
            except urllib3.exceptions.HTTPError:
                self._stopping.wait(0.05)
            else:
                break
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join(10)
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _serve(self) -> None:
        config = Config()
        config.bind = [self.url.removeprefix("http://")]
        config.errorlog = None
        config.keep_alive_timeout = 75
        asyncio.run(serve(self._application, config, shutdown_trigger=self._until_stopping))  # type: ignore[arg-type]

    async def _until_stopping(self) -> None:
        await asyncio.get_running_loop().run_in_executor(None, self._stopping.wait)

    async def _application(self, scope: dict[str, Any], receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        if scope["type"] != "http":
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        loop = asyncio.get_running_loop()
        status, headers, content = await loop.run_in_executor(self._threads, self._forward, scope, body)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    def _forward(self, scope: dict[str, Any], body: bytes) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        path = scope["raw_path"].decode("latin-1")
        query = scope["query_string"].decode("latin-1")
        base = self._hooks if path.startswith(_HOOKS) else self._api
        headers = urllib3.HTTPHeaderDict()
        for name, value in scope["headers"]:
            if name.lower() not in _NOT_FORWARDED:
                headers.add(name.decode("latin-1"), value.decode("latin-1"))
        try:
            answer = self._pool.urlopen(
                scope["method"],
                f"{base}{path}{'?' + query if query else ''}",
                body=body,
                headers=headers,
                preload_content=True,
                decode_content=False,
                redirect=False,
                timeout=60,
            )
        except urllib3.exceptions.HTTPError as error:
            return 502, [(b"content-type", b"text/plain")], f"the local runtime does not answer: {error}".encode()
        kept = [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in answer.headers.items()
            if name.lower().encode() not in _NOT_FORWARDED
        ]
        return answer.status, [*kept, (b"content-length", str(len(answer.data)).encode())], answer.data
