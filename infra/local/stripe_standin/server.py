"""The stand-in over HTTP, on 127.0.0.1 only."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from infra.local.stripe_standin.answers import Answer, Json, Refused
from infra.local.stripe_standin.book import Book
from infra.local.stripe_standin.form import parse
from infra.local.stripe_standin.scripts import Then

_SILENCE_S = 60


class StripeStandin:
    """A running stand-in; a context manager. `book` is what it knows, for tests in the same process."""

    def __init__(self, port: int = 0) -> None:
        self.book = Book()
        self._closing = Event()
        self._server = _Server(("127.0.0.1", port), self.book, self._closing)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop answering and sending."""
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)
        self.book.delivery.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], book: Book, closing: Event) -> None:
        self.book = book
        self.closing = closing
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - socketserver's own
        """A caller that hung up is not worth a word: time-outs are part of the script."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def do_DELETE(self) -> None:
        self._serve("DELETE")

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the base class's name
        """The book is the log."""

    def _serve(self, verb: str) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        if parts.path.startswith("/_script/"):
            self._write(*_script(self.server.book, verb, parts.path, body))
            return
        params = parse(parts.query if verb == "GET" else body)
        api_key = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        answer = self.server.book.answer(verb, parts.path, params, api_key, self.headers.get("Idempotency-Key"))
        self._show(answer)

    def _show(self, answer: Answer) -> None:
        if answer.then is Then.SILENCE:
            # What was done is done; the caller hears nothing until it gives up.
            self.server.closing.wait(_SILENCE_S)
            self.close_connection = True
            return
        self._write(answer.status, answer.body)

    def _write(self, status: int, document: Json) -> None:
        content = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _script(book: Book, verb: str, path: str, body: str) -> tuple[int, Json]:
    given = json.loads(body) if body else {}
    match verb, path.removeprefix("/_script/"):
        case "GET", "book":
            return 200, book.to_json()
        case "GET", "events":
            return 200, {"events": book.events()}
        case "POST", "webhooks":
            events = frozenset(given.get("events", ()))
            hook = book.register(given["url"], given.get("secret"), given.get("account"), events)
            return 200, {"id": hook.id, "url": hook.url, "secret": hook.secret}
        case "DELETE", "webhooks":
            book.forget_hooks()
            return 200, {}
        case "POST", "settle":
            try:
                return 200, book.settle(given["payment_intent"], given["outcome"], given.get("code"))
            except Refused as refused:
                return refused.answer.status, refused.answer.body
        case "POST", "resend":
            return (200 if book.resend(given["event"]) else 404), {}
        case _:
            return 404, {"error": {"message": f"there is no script {path}"}}
